import type { Host } from '../model/host.ts';
import type { Script, Stream } from '../model/session.ts';
import { EXIT, type ReweaveError } from '../model/problem.ts';
import { beginMark, endMark, OUTPUT_CAP } from './frame.ts';
import { lineQueue } from './lines.ts';
import { Secret } from '../model/secret.ts';
import { lostError, sshError } from './problem.ts';
import { newMarker, openShell } from './shell.ts';
import type { Transport } from './transport.ts';
import { streamText, TIMED_OUT } from './wire.ts';

/** Of a failed stream's stderr, this much is told. */
const STDERR_TOLD = 4096;

/**
 * Starts a long-running command on a channel of its own. `lines` ends when the command ends with
 * code 0 or `close` was called; otherwise it throws a ReweaveError with the code and stderr, or with
 * the reason why the connection was lost. `write` after the end goes nowhere.
 */
export async function openStream(
  host: Host,
  transport: Transport,
  script: Script,
): Promise<Stream> {
  const { pipe } = await openShell(host, transport);
  const { channel } = pipe;
  const marker = newMarker();
  const queue = lineQueue(channel);
  const reader = lineReader(marker);
  let stderr = '';
  let code: number | undefined;
  let closing = false;
  // The shell reads ahead: bytes before the begin mark would be taken for its own commands.
  let held: string[] | undefined = [];
  const send = (text: string) => {
    if (held) held.push(text);
    else if (pipe.goneBecause() === undefined && !closing) channel.write(text);
  };
  pipe.listen({
    out: (chunk) => {
      const { lines, begun, ended } = reader(chunk);
      if (begun && held) {
        const text = held.join('');
        held = undefined;
        if (text !== '') send(text);
      }
      for (const line of lines) queue.push(line);
      if (ended === undefined) return;
      code = ended;
      channel.end();
      if (code === 0) queue.end();
    },
    err: (chunk) => {
      stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_TOLD);
    },
  });
  const over = pipe.ended.then((reason) => {
    // Only now has all of stderr come.
    if (code !== undefined && code !== 0) queue.fail(failed(host, code, stderr));
    else if (closing || code === 0) queue.end();
    else queue.fail(lostError(host, reason));
  });
  channel.write(streamText(script, marker));
  if (script.stdin !== undefined)
    send(script.stdin instanceof Secret ? script.stdin.reveal() : script.stdin);
  return {
    lines: queue.lines,
    write: (line) => send(`${line}\n`),
    close: async () => {
      closing = true;
      queue.end();
      channel.end();
      await over;
    },
  };
}

interface Read {
  readonly lines: string[];
  readonly begun: boolean;
  readonly ended: number | undefined;
}

/** Cuts the frame's stdout into lines, without the line break that belongs to the end mark. */
function lineReader(marker: string) {
  const begin = beginMark(marker);
  const end = endMark(marker).slice(1);
  let rest: Buffer = Buffer.alloc(0);
  let inside = false;
  let blank = false;
  return (chunk: Buffer): Read => {
    const lines: string[] = [];
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (!inside) {
      const at = rest.indexOf(begin);
      if (at < 0) {
        rest = rest.subarray(Math.max(0, rest.length - begin.length + 1));
        return { lines, begun: false, ended: undefined };
      }
      rest = rest.subarray(at + begin.length);
      inside = true;
    }
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      const line = rest.toString('utf8', 0, at);
      rest = rest.subarray(at + 1);
      if (line.startsWith(end))
        return { lines, begun: true, ended: Number(line.slice(end.length)) };
      if (blank) lines.push('');
      blank = line === '';
      if (!blank) lines.push(line);
    }
    if (rest.length > OUTPUT_CAP) {
      lines.push(rest.toString('utf8'));
      rest = Buffer.alloc(0);
    }
    return { lines, begun: true, ended: undefined };
  };
}

function failed(host: Host, code: number, stderr: string): ReweaveError {
  const summary =
    code === TIMED_OUT
      ? 'a long-running command reached its limit'
      : `a long-running command ended with code ${code}`;
  const detail = stderr.replaceAll(/^.*:(begin|end:\d*)$/gm, '').trim();
  return sshError(host, 'stream', EXIT.bug, summary, detail === '' ? {} : { detail });
}
