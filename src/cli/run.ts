import { CommanderError } from 'commander';
import { eventSink } from '../output/sink.ts';
import type { Summary } from '../model/event.ts';
import { EXIT } from '../model/problem.ts';
import { checkRequest, dispatch, type Request } from './dispatch.ts';
import { applyEnvironment } from './environment.ts';
import { summaryOf, withSignal } from './faults.ts';
import { makeIo } from './io.ts';
import { wantsJson } from './json-wish.ts';
import { makeProgram, rawFlags, type Typed } from './program.ts';
import { recoveringCommand, withHosts } from './recover.ts';
import { makeScreen, type Screen } from './screen.ts';
import { readPasswords } from './secrets.ts';
import { watchSignals } from './signals.ts';
import { guardedStream, type Out } from './streams.ts';
import { prompt } from './terminal.ts';
import { fromCommander, usageError } from './usage.ts';

/** Runs one command line to its end; resolves with the exit code once everything is written. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const { env } = process;
  const out = guardedStream(process.stdout);
  const err = guardedStream(process.stderr);
  const verbosity = argv.join(' ').match(/(?<= -|^-)v+/)?.[0].length ?? 0;
  let screen = makeScreen({ out, err, env, json: wantsJson(argv, env), colour: true, verbosity });
  let summary: Summary;
  try {
    const request = understand(argv, out, err);
    if (request === undefined) return await leave(EXIT.ok, out, err);
    const { color, output, verbose } = request.raw;
    screen = makeScreen({
      out,
      err,
      env,
      json: output === 'json',
      colour: color,
      verbosity: verbose,
    });
    summary = await carryOut(request, screen, { out, err });
  } catch (fault) {
    summary = summaryOf(fault, undefined, verbosity);
    screen.end(summary, eventSink(screen.event, () => new Date()).emit);
  }
  return leave(summary.exit, out, err);
}

/** argv and environment as a checked request; undefined when help or version was all. */
function understand(argv: readonly string[], out: Out, err: Out): Request | undefined {
  let typed: Typed | undefined;
  const program = makeProgram((found) => {
    typed = found;
  }, out.write);
  if (argv.length === 0) {
    err.write(`${program.helpInformation()}\n`);
    throw usageError('a command is needed', undefined, 'reweave --help');
  }
  try {
    program.parse([...argv], { from: 'user' });
  } catch (fault) {
    if (!(fault instanceof CommanderError)) throw fault;
    if (fault.exitCode === 0) return undefined;
    throw fromCommander(fault, program.commands.find((c) => c.name() === argv[0])?.name());
  }
  if (typed === undefined) return undefined;
  applyEnvironment(typed.command, typed.spec.flags, process.env);
  const request = { name: typed.spec.name, args: typed.args, raw: rawFlags(typed.command) };
  checkRequest(request);
  return request;
}

async function carryOut(
  request: Request,
  screen: Screen,
  streams: { out: Out; err: Out },
): Promise<Summary> {
  const sink = eventSink(screen.event, () => new Date());
  const next = (): string | undefined =>
    sink.run() === '' ? undefined : recoveringCommand(sink.run(), request.raw);
  const signals = watchSignals({
    first: (signal) => {
      const how = signal === 'SIGINT' ? '; Ctrl-C again leaves at once' : '';
      sink.emit({
        type: 'log',
        level: 'warn',
        msg: `${signal}: finishing the step under way${how}`,
      });
    },
    again: (exit) => {
      const command = next();
      const recover = command === undefined ? {} : { next: command };
      screen.end({ exit, outcome: 'interrupted', problems: [], ...recover }, sink.emit);
      process.exit(exit);
    },
  });
  const { io, mayAsk } = makeIo({ request, screen, streams, sink, stop: signals.stop });
  try {
    const secret = (question: string): Promise<string> =>
      prompt(question, { echo: false, stop: signals.stop });
    const secrets = await readPasswords(request.raw, mayAsk ? secret : undefined);
    const ended = withSignal(await dispatch(request, secrets, io), signals.exit());
    const command = withHosts(ended.next, request.raw);
    const summary = command === undefined ? ended : { ...ended, next: command };
    screen.end(summary, sink.emit);
    return summary;
  } catch (fault) {
    const command = next();
    const summary = summaryOf(fault, signals.exit(), request.raw.verbose);
    const whole = command === undefined ? summary : { next: command, ...summary };
    screen.end(whole, sink.emit);
    return whole;
  } finally {
    signals.dispose();
  }
}

async function leave(exit: number, out: Out, err: Out): Promise<number> {
  await Promise.all([out.flushed(), err.flushed()]);
  return exit;
}
