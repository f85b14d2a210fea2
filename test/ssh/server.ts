import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AuthContext, type ServerChannel } from 'ssh2';
import type { Host } from '../../src/model/host.ts';
import { hostAt } from './sshd.ts';

/** An SSH server in this process that can be broken in every way; its shells are real. */
export interface BreakableServer {
  readonly host: Host;
  /** Sockets of the logins, to be destroyed or paused. */
  readonly sockets: Socket[];
  readonly channels: ServerChannel[];
  readonly children: ChildProcessWithoutNullStreams[];
  stop(): Promise<void>;
}

export interface BreakableOptions {
  readonly auth?: (context: AuthContext) => void;
  /** What a session prints before its shell speaks. */
  readonly banner?: string;
}

export async function startServer(options: BreakableOptions = {}): Promise<BreakableServer> {
  const dir = mkdtempSync(join(tmpdir(), 'reweave-server-'));
  const key = ssh2.utils.generateKeyPairSync('ed25519');
  const sockets: Socket[] = [];
  const channels: ServerChannel[] = [];
  const children: ChildProcessWithoutNullStreams[] = [];
  const ssh = new ssh2.Server({ hostKeys: [key.private] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) =>
      options.auth ? options.auth(context) : context.accept(),
    );
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        channels.push(channel);
        if (options.banner) channel.write(options.banner);
        const child = spawn('/bin/sh', ['-c', command]);
        children.push(child);
        channel.pipe(child.stdin);
        child.stdin.on('error', () => undefined);
        child.stdout.pipe(channel, { end: false });
        child.stderr.pipe(channel.stderr, { end: false });
        child.on('exit', (code, signal) => {
          if (code !== null) channel.exit(code);
          else channel.exit(signal ?? 'SIGKILL');
        });
        child.on('close', () => channel.end());
      });
    });
  });
  const tcp = createServer((socket) => {
    sockets.push(socket);
    socket.setNoDelay(true);
    ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const { port } = tcp.address() as AddressInfo;
  const known = join(dir, 'known_hosts');
  writeFileSync(known, `[127.0.0.1]:${port} ${key.public.split(' ').slice(0, 2).join(' ')}\n`);
  return {
    host: hostAt(port, { knownHosts: [known] }),
    sockets,
    channels,
    children,
    stop: async () => {
      for (const child of children) child.kill('SIGKILL');
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => tcp.close(resolve));
      rmSync(dir, { recursive: true });
    },
  };
}
