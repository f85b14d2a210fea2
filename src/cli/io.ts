import type { Io } from '../app/options.ts';
import { EXIT, ReweaveError } from '../model/problem.ts';
import type { EventSink } from '../output/sink.ts';
import { COMMANDS } from './commands.ts';
import type { Request } from './dispatch.ts';
import type { Screen } from './screen.ts';
import { homeOf, stateDirOf } from './state-dir.ts';
import type { Out } from './streams.ts';
import { prompt } from './terminal.ts';
import { yesOrNo } from './parse.ts';
import { VERSION } from './version.ts';

/** Commands whose results are events with data; the others' texts become `log` events in JSON. */
const TOLD_AS_DATA: readonly string[] = ['plan', 'apply', 'facts'];

export interface IoInput {
  readonly request: Request;
  readonly screen: Screen;
  readonly streams: { readonly out: Out; readonly err: Out };
  readonly sink: EventSink;
  readonly stop: AbortSignal;
}

/**
 * The world for a use case. `mayAsk` is true when somebody sits at the terminal and wants to be
 * asked. A command that must ask fails here, before anything is contacted, when nobody can answer.
 */
export function makeIo({ request, screen, streams, sink, stop }: IoInput): {
  io: Io;
  mayAsk: boolean;
} {
  const { env } = process;
  const { raw } = request;
  const mayAsk = process.stdin.isTTY === true && streams.err.isTTY && raw.input && !isCi(env['CI']);
  if (mustAsk(request) && !raw.yes && !mayAsk) throw nobodyThere();
  const cwd = process.cwd();
  const io: Io = {
    emit: sink.emit,
    out(text) {
      if (!screen.json) return streams.out.write(text);
      if (TOLD_AS_DATA.includes(request.name)) return;
      sink.emit({ type: 'log', level: 'info', msg: text.trimEnd() });
    },
    err: (text) => streams.err.write(text),
    isTTY: mayAsk,
    columns: screen.columns,
    colour: screen.colour,
    stop,
    env,
    cwd,
    home: homeOf(env),
    stateDir: stateDirOf(raw.stateDir, env, cwd),
    version: VERSION,
    async ask(question) {
      if (raw.yes) return true;
      if (!mayAsk) throw nobodyThere();
      const answer = await prompt(`${question} [y/N] `, { echo: true, stop });
      return /^y(es)?$/i.test(answer.trim());
    },
  };
  return { io, mayAsk };
}

/** Does this request end in a question? A check does not. */
function mustAsk({ name, raw }: Request): boolean {
  if (raw.check || raw.dryRun) return false;
  return COMMANDS.some((spec) => spec.name === name && spec.asks === true);
}

/** CI=true and the like; `CI=0` and `CI=false` are none. */
function isCi(value: string | undefined): boolean {
  if (value === undefined) return false;
  try {
    return yesOrNo(value);
  } catch {
    return true;
  }
}

function nobodyThere(): ReweaveError {
  return new ReweaveError({
    code: 'cli.no_terminal',
    exit: EXIT.usage,
    summary: 'there is a question to answer, and no terminal to ask it on',
    hint: '--yes answers it; --check shows the plan and changes nothing',
  });
}
