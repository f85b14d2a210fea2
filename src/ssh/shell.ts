import { randomBytes } from 'node:crypto';
import type { Host } from '../model/host.ts';
import { EXIT, type ReweaveError } from '../model/problem.ts';
import type { Secret } from '../model/secret.ts';
import {
  askMark,
  becomeError,
  becomeQuietly,
  becomeWithPassword,
  insideMark,
  wrongPassword,
} from './become.ts';
import { type Framed, frameReader } from './frame.ts';
import { LOST, openPipe, type Pipe } from './pipe.ts';
import { sameLogin, sshError, timeoutError } from './problem.ts';
import type { Transport } from './transport.ts';
import { ENVIRONMENT, helloText, parseHello, type Remote } from './wire.ts';

/** A ready shell of the wanted user at the end of its own channel. */
export interface Shell {
  readonly pipe: Pipe;
  readonly remote: Remote;
}

export const newMarker = () => randomBytes(16).toString('hex');

/** Opens a channel, becomes who the host says, and sets up the shell; or throws a ReweaveError. */
export async function openShell(host: Host, transport: Transport): Promise<Shell> {
  const pipe = await openPipe(host, transport);
  const timer = AbortSignal.timeout(Math.max(host.timeout, BECOME_SECONDS) * 1000);
  const late = new Promise<never>((_, reject) => {
    timer.addEventListener('abort', () => reject(timeoutError(host, 'opening a shell')));
  });
  late.catch(() => undefined); // the losing side of the races below
  try {
    await Promise.race([becomeUser(host, pipe), late]);
    const marker = newMarker();
    const said = await Promise.race([ask(pipe, helloText(marker), marker), late]);
    if (!('frame' in said)) throw noShell(host, said.ended, said.words);
    return { pipe, remote: parseHello(said.frame.bytes.toString('latin1')) };
  } catch (error) {
    pipe.channel.close();
    throw error;
  } finally {
    pipe.listen(undefined);
  }
}

/** PAM makes a wrong answer wait; a login's own limit may be shorter than that. */
const BECOME_SECONDS = 10;

async function becomeUser(host: Host, pipe: Pipe): Promise<void> {
  const { become } = host;
  if (become.method === 'none') return;
  const marker = newMarker();
  if (become.method === 'sudo' && become.password) {
    await answerSudo(host, pipe, become.password, marker);
    return;
  }
  const text = `${ENVIRONMENT}\n${becomeQuietly(become, marker)}`;
  const said = await ask(pipe, text, marker, 'stdout only');
  if (!('frame' in said)) throw noShell(host, said.ended, said.words);
  if (said.frame.tail !== '0') throw becomeError(host, said.frame.bytes.toString('utf8'));
}

/** Answers one question for the password. A second question means that the first answer was wrong. */
function answerSudo(host: Host, pipe: Pipe, password: Secret, marker: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    let asked = 0;
    pipe.listen({
      out: (chunk) => {
        out = (out + chunk.toString('latin1')).slice(-SAID);
        if (out.includes(insideMark(marker))) resolve();
      },
      err: (chunk) => {
        err = (err + chunk.toString('utf8')).slice(-SAID);
        const questions = err.split(askMark(marker)).length - 1;
        if (questions > 1) reject(wrongPassword(host));
        else if (questions > asked) {
          asked = questions;
          pipe.channel.write(`${password.reveal()}\n`);
        }
      },
    });
    pipe.ended.then((reason) => {
      const words = err.replaceAll(askMark(marker), '').trim() || out.trim();
      const before = asked === 0 && words === '';
      reject(before ? noShell(host, reason, words) : becomeError(host, words));
    }, reject);
    pipe.channel.write(`${ENVIRONMENT}\n${becomeWithPassword(host.become, marker)}`);
  });
}

const SAID = 64 * 1024;

type Said = { readonly frame: Framed } | { readonly ended: string; readonly words: string };

/** Sends lines and waits for their frame on stdout (and, unless told otherwise, its end on stderr). */
function ask(pipe: Pipe, text: string, marker: string, only?: 'stdout only'): Promise<Said> {
  const out = frameReader(marker);
  const err = frameReader(marker);
  let words = '';
  return new Promise((resolve) => {
    let frame: Framed | undefined;
    let errDone = only !== undefined;
    const done = () => {
      if (frame && errDone) resolve({ frame });
    };
    const note = (chunk: Buffer) => {
      words = (words + chunk.toString('utf8')).slice(-SAID);
    };
    pipe.listen({
      out: (chunk) => {
        note(chunk);
        frame ??= out.push(chunk);
        done();
      },
      err: (chunk) => {
        note(chunk);
        errDone ||= err.push(chunk) !== undefined;
        done();
      },
    });
    void pipe.ended.then((ended) => resolve({ ended, words }));
    pipe.channel.write(text);
  });
}

function noShell(host: Host, ended: string, words: string): ReweaveError {
  const lost = ended === LOST;
  const cause = lost ? 'unreachable' : 'shell';
  const summary = lost
    ? 'the connection was lost while opening a shell'
    : 'there is no usable shell';
  return sshError(host, cause, lost ? EXIT.unreachable : EXIT.access, summary, {
    detail: [ended, words.trim().slice(-500)].filter((text) => text !== '').join('; '),
    hint: lost ? 'try again' : `may ${host.user} log in and run /bin/sh?`,
    next: sameLogin(host),
  });
}
