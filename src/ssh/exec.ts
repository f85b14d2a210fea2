import type { Outcome } from '../model/journal.ts';
import type { ExecResult, Script } from '../model/session.ts';
import { type Framed, frameReader } from './frame.ts';
import { newMarker, type Shell } from './shell.ts';
import { commandText, KILL_AFTER, TIMED_OUT } from './wire.ts';

/** Seconds that a host gets to tell that a limit was reached, before nobody waits any longer. */
const GRACE = 15;
const KILLED = 137;

/**
 * Runs one script in the persistent shell: one write, one answer. `not_sent` when the channel had
 * already ended; `unknown` when it ended, or fell silent past the limit, after the write. A process
 * that a script leaves running must have its output elsewhere: it would speak into later answers.
 */
export async function runIn(shell: Shell, script: Script): Promise<Outcome<ExecResult>> {
  const { pipe } = shell;
  const gone = pipe.goneBecause();
  if (gone !== undefined) return { t: 'not_sent', reason: gone };
  const marker = newMarker();
  const text = commandText(script, marker, shell.remote);
  const started = performance.now();
  const wait = Math.ceil(script.limit) + KILL_AFTER + GRACE;
  let timer: NodeJS.Timeout | undefined;
  const answer = await new Promise<{ out: Framed; err: Framed } | string>((resolve) => {
    const readers = { out: frameReader(marker), err: frameReader(marker) };
    const frames: { out?: Framed; err?: Framed } = {};
    const push = (which: 'out' | 'err') => (chunk: Buffer) => {
      const frame = readers[which].push(chunk);
      if (frame) frames[which] = frame;
      const { out, err } = frames;
      if (out && err) resolve({ out, err });
    };
    timer = setTimeout(() => {
      resolve(`no answer ${wait} s after sending, although the limit was ${script.limit} s`);
      pipe.channel.close();
    }, wait * 1000);
    void pipe.gone.then((reason) => resolve(`${reason} after sending`));
    pipe.listen({ out: push('out'), err: push('err') });
    pipe.channel.write(text);
  });
  clearTimeout(timer);
  pipe.listen(undefined);
  if (typeof answer === 'string') return { t: 'unknown', reason: answer };
  return settle(answer.out, answer.err, script, (performance.now() - started) / 1000);
}

function settle(out: Framed, err: Framed, script: Script, took: number): Outcome<ExecResult> {
  if (!/^\d{1,3}$/.test(out.tail)) return { t: 'unknown', reason: 'the exit code is unreadable' };
  const code = Number(out.tail);
  const value = {
    // timeout(1) is killed together with a command that did not mind its SIGTERM.
    code: code === KILLED && took >= script.limit ? TIMED_OUT : code,
    stdout: out.bytes.toString('utf8'),
    stderr: err.bytes.toString('utf8'),
    truncated: out.truncated || err.truncated,
  };
  return { t: 'done', value };
}
