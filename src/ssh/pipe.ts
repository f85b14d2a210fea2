import type { ClientChannel } from 'ssh2';
import type { Host } from '../model/host.ts';
import { EXIT } from '../model/problem.ts';
import { sameLogin, sshError } from './problem.ts';
import type { Transport } from './transport.ts';

/** Who gets the output that comes now. */
export interface Sink {
  out(chunk: Buffer): void;
  err(chunk: Buffer): void;
}

/** One channel with a bare `/bin/sh` at its end. What nobody wants to read is read and dropped. */
export interface Pipe {
  readonly channel: ClientChannel;
  /** Resolves with the reason when the channel has closed, however it did. */
  readonly ended: Promise<string>;
  /** The reason, once ended. */
  endedBecause(): string | undefined;
  listen(sink: Sink | undefined): void;
}

/**
 * Opens a channel. `exec /bin/sh` is something every login shell understands (bash, fish, csh), and
 * takes its place.
 */
export async function openPipe(host: Host, transport: Transport): Promise<Pipe> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    transport.client.exec('exec /bin/sh', (error, opened) => {
      if (!error) return resolve(opened);
      const full = /open failure/i.test(error.message);
      reject(
        sshError(host, 'channel', EXIT.access, 'the server refuses a shell', {
          detail: error.message,
          hint: full
            ? 'sshd allows too few channels a login (MaxSessions)'
            : 'is it a forced command?',
          next: sameLogin(host),
        }),
      );
    });
  });
  return watch(channel);
}

function watch(channel: ClientChannel): Pipe {
  let sink: Sink | undefined;
  let because: string | undefined;
  channel.on('data', (chunk: Buffer) => sink?.out(chunk));
  channel.stderr.on('data', (chunk: Buffer) => sink?.err(chunk));
  let exit: string | undefined;
  channel.on('exit', (code: number | null, signal?: string) => {
    if (code !== null) exit = `the remote shell ended with code ${code}`;
    else if (signal) exit = `the remote shell was ended by SIG${signal}`;
  });
  let broken: string | undefined;
  channel.on('error', (error: Error) => {
    broken = error.message;
  });
  const ended = new Promise<string>((resolve) => {
    channel.on('close', () => {
      because = exit ?? broken ?? 'the connection was lost';
      resolve(because);
    });
  });
  return {
    channel,
    ended,
    endedBecause: () => because,
    listen: (next) => {
      sink = next;
    },
  };
}
