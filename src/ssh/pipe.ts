import type { ClientChannel } from 'ssh2';
import type { Host } from '../model/host.ts';
import { EXIT } from '../model/problem.ts';
import { lostError, sameLogin, sshError } from './problem.ts';
import type { Transport } from './transport.ts';

/** The reason for a channel that closed with neither a code nor a signal. */
export const LOST = 'the connection was lost';

/** Who gets the output that comes now. */
export interface Sink {
  out(chunk: Buffer): void;
  err(chunk: Buffer): void;
}

/** One channel with a bare `/bin/sh` at its end. What nobody wants to read is read and dropped. */
export interface Pipe {
  readonly channel: ClientChannel;
  /** Resolves with the reason when the channel has closed, however it did; all output has come by then. */
  readonly ended: Promise<string>;
  /**
   * Resolves with the reason as soon as the shell is gone, which may be long before the channel
   * closes: a script of its may hold that open.
   */
  readonly gone: Promise<string>;
  /** The reason, once gone. */
  goneBecause(): string | undefined;
  listen(sink: Sink | undefined): void;
}

/**
 * Opens a channel. `exec /bin/sh` is something every login shell understands (bash, fish, csh), and
 * takes its place.
 */
export async function openPipe(host: Host, transport: Transport): Promise<Pipe> {
  const gone = transport.lostBecause();
  if (gone !== undefined) throw lostError(host, gone);
  const channel = await new Promise<ClientChannel | Error>((resolve) => {
    try {
      transport.client.exec('exec /bin/sh', (error, opened) => resolve(error ?? opened));
    } catch (error) {
      resolve(error as Error); // ssh2 throws when the connection has just ended
    }
  });
  if (!(channel instanceof Error)) return watch(channel);
  if (/not connected|no response from server/i.test(channel.message))
    throw lostError(host, channel.message);
  const full = /open failure/i.test(channel.message);
  throw sshError(host, 'channel', EXIT.access, 'the server refuses a shell', {
    detail: channel.message,
    hint: full ? 'sshd allows too few channels a login (MaxSessions)' : 'is it a forced command?',
    next: sameLogin(host),
  });
}

function watch(channel: ClientChannel): Pipe {
  let sink: Sink | undefined;
  let because: string | undefined;
  channel.on('data', (chunk: Buffer) => sink?.out(chunk));
  channel.stderr.on('data', (chunk: Buffer) => sink?.err(chunk));
  let leave: (reason: string) => void;
  const gone = new Promise<string>((resolve) => {
    leave = (reason) => {
      because ??= reason;
      resolve(because);
    };
  });
  channel.on('exit', (code: number | null, signal?: string) => {
    if (code !== null) leave(`the remote shell ended with code ${code}`);
    else if (signal) leave(`the remote shell was ended by ${signal}`);
  });
  let broken = LOST;
  channel.on('error', (error: Error) => {
    broken = error.message;
  });
  const ended = new Promise<string>((resolve) => {
    channel.on('close', () => {
      leave(broken); // no code and no signal: nobody ended it, the line did
      resolve(because ?? broken);
    });
  });
  return {
    channel,
    ended,
    gone,
    goneBecause: () => because,
    listen: (next) => {
      sink = next;
    },
  };
}
