import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../src/model/host.ts';
import type { Script } from '../../src/model/session.ts';

const SSHD = '/usr/sbin/sshd';
/** Why the tests against a real sshd cannot run here, if they cannot. */
export const noSshd = existsSync(SSHD) ? undefined : `${SSHD} is not installed`;
if (noSshd) console.warn(`skipped: ${noSshd}`);

/** A real OpenSSH server on a loopback port, with its own keys. */
export interface Sshd {
  readonly dir: string;
  readonly port: number;
  /** A host that reaches it. */
  readonly host: Host;
  readonly known: string;
  stop(): Promise<void>;
}

export interface SshdOptions {
  /** More lines of sshd_config. */
  readonly config?: readonly string[];
  /** PATH of its sessions. */
  readonly path?: (dir: string) => string;
}

export async function startSshd({ config = [], path }: SshdOptions = {}): Promise<Sshd> {
  const dir = mkdtempSync(join(tmpdir(), 'reweave-sshd-'));
  const port = await freePort();
  newKey(join(dir, 'host'));
  newKey(join(dir, 'user'));
  writeFileSync(join(dir, 'authorized'), readFileSync(join(dir, 'user.pub')), { mode: 0o600 });
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  writeFileSync(
    join(dir, 'config'),
    [
      ...config, // the first value of a keyword counts
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      `HostKey ${dir}/host`,
      `AuthorizedKeysFile ${dir}/authorized`,
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no',
      'PidFile none',
      'MaxStartups 100',
      ...(path ? [`SetEnv PATH=${path(dir)}`] : []),
      '',
    ].join('\n'),
  );
  const server = spawn(SSHD, ['-D', '-e', '-f', join(dir, 'config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const end = () => server.kill();
  process.once('exit', end);
  await listening(server);
  const known = join(dir, 'known_hosts');
  const [type, key] = readFileSync(join(dir, 'host.pub'), 'utf8').split(' ');
  writeFileSync(known, `[127.0.0.1]:${port} ${type} ${key}\n`);
  return {
    dir,
    port,
    known,
    host: hostAt(port, { keyFiles: [join(dir, 'user')], knownHosts: [known] }),
    stop: async () => {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      end();
      await gone;
      process.off('exit', end);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function hostAt(port: number, more: Partial<Host> = {}): Host {
  return {
    name: 'node1',
    address: '127.0.0.1',
    port,
    user: userInfo().username,
    role: undefined,
    groups: ['ungrouped'],
    keyFiles: [],
    knownHosts: [],
    hostKeyChecking: 'strict',
    become: { method: 'none', user: 'root' },
    timeout: 10,
    vars: {},
    ...more,
  };
}

export function script(text: string, more: Partial<Script> = {}): Script {
  return { class: 'read', text, limit: 30, ...more };
}

export function newKey(file: string, type = 'ed25519', passphrase = ''): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file]);
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function listening(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Server listening')) resolve();
    });
    server.once('exit', (code) => reject(new Error(`sshd ended with ${code}: ${said}`)));
  });
}
