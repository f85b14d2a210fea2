import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Outcome } from '../../src/model/journal.ts';
import { Secret } from '../../src/model/secret.ts';
import type { ExecResult, Script, Session, Stream } from '../../src/model/session.ts';

/** Real kernels' networking in network namespaces: needs root, iproute2, nft, ping, dash. */
export const noNetns = ((): string | undefined => {
  if (process.getuid?.() !== 0) return 'needs root for network namespaces';
  const probe =
    'command -v ip nft ping dash timeout && ip netns add rwtry$$ && ip netns del rwtry$$';
  try {
    execFileSync('sh', ['-c', probe], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs ip netns, nft, ping, dash and timeout';
  }
})();

let made = 0;

/**
 * `count` nodes on one switch: node i has 172.30.0.i on eth0, 10.42.i.1/24 on cni0 with
 * 10.42.i.253 (meter) and .254 (proof), flannel.1 over eth0 (UDP 8472), and routes to its peers'
 * /24 through `carrier`.
 */
export class Net {
  readonly hosts: readonly string[];
  readonly #prefix: string;
  readonly #paths: string[] = [];
  readonly #sessions = new Map<string, NetnsSession>();

  constructor(count: number, carrier: 'eth0' | 'flannel.1') {
    made += 1;
    this.#prefix = `rw${process.pid}x${made}`;
    this.hosts = Array.from({ length: count }, (_, i) => `n${i + 1}`);
    const lines = [
      `ip netns add ${this.#ns('sw')}`,
      `ip -n ${this.#ns('sw')} link add br0 type bridge`,
    ];
    const sw = `ip -n ${this.#ns('sw')}`;
    lines.push(`${sw} link set br0 up`);
    for (let i = 1; i <= count; i += 1) {
      const ns = this.#ns(`n${i}`);
      const ip = `ip -n ${ns}`;
      lines.push(
        `ip netns add ${ns}`,
        `${ip} link add eth0 type veth peer name p${i} netns ${this.#ns('sw')}`,
        `${sw} link set p${i} master br0 up`,
        `${ip} link set lo up`,
        `${ip} addr add 172.30.0.${i}/24 dev eth0`,
        `${ip} link set eth0 up`,
        `${ip} link add flannel.1 address 02:00:00:00:00:0${i} mtu 1450 type vxlan id 1 local 172.30.0.${i} dev eth0 dstport 8472 nolearning`,
        `${ip} addr add 10.42.${i}.0/32 dev flannel.1`,
        `${ip} link set flannel.1 up`,
        `${ip} link add cni0 type bridge`,
        `${ip} link set cni0 up`,
        `${ip} addr add 10.42.${i}.1/24 dev cni0`,
        `${ip} addr add 10.42.${i}.253/32 dev cni0`,
        `${ip} addr add 10.42.${i}.254/32 dev cni0`,
        `ip netns exec ${ns} sysctl -qw net.ipv4.ip_forward=1`,
      );
      for (let j = 1; j <= count; j += 1)
        if (j !== i)
          lines.push(
            `bridge -n ${ns} fdb add 02:00:00:00:00:0${j} dev flannel.1 dst 172.30.0.${j}`,
            `${ip} neigh add 10.42.${j}.0 lladdr 02:00:00:00:00:0${j} dev flannel.1 nud permanent`,
            `${ip} route add 10.42.${j}.0/24 via ${carrier === 'eth0' ? `172.30.0.${j}` : `10.42.${j}.0`} dev ${carrier} onlink`,
          );
    }
    execFileSync('sh', ['-e', '-c', lines.join('\n')]);
  }

  /** Runs shell text on a node and returns its output; throws when it fails. */
  run(host: string, text: string): string {
    return execFileSync('ip', ['netns', 'exec', this.#ns(host), 'sh', '-e', '-c', text], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** A PATH with these tools alone, until the net goes down. */
  only(...tools: string[]): string {
    const dir = mkdtempSync(join(tmpdir(), 'rw-path-'));
    this.#paths.push(dir);
    for (const tool of tools) {
      // A python3 in PATH may be a wrapper that needs more of PATH.
      const find =
        tool === 'python3'
          ? "python3 -c 'import sys; print(sys.executable)'"
          : `command -v ${tool}`;
      const found = execFileSync('sh', ['-c', find], { encoding: 'utf8' }).trim();
      symlinkSync(found, join(dir, tool));
    }
    return dir;
  }

  /** One nft rule in a chain of its own. */
  nft(host: string, hook: string, rule: string): void {
    const chain = `{ type filter hook ${hook} priority 0 ; }`;
    this.run(host, `nft 'add table ip t; add chain ip t c ${chain}; add rule ip t c ${rule}'`);
  }

  /** A login that stays the same until it is closed. `path` replaces PATH on the node. */
  session(host: string, path?: string): NetnsSession {
    const key = `${host} ${path ?? ''}`;
    const open = this.#sessions.get(key);
    if (open !== undefined && !open.closed) return open;
    const session = new NetnsSession(host, this.#ns(host), path);
    this.#sessions.set(key, session);
    return session;
  }

  sessions(path?: string): Map<string, Session> {
    return new Map(this.hosts.map((host) => [host, this.session(host, path)]));
  }

  /** Process ids on a node whose command line holds `word`. */
  pids(host: string, word: string): number[] {
    const listed = execFileSync('ip', ['netns', 'pids', this.#ns(host)], { encoding: 'utf8' });
    return listed
      .split('\n')
      .filter((pid) => pid !== '' && this.#command(pid).includes(word))
      .map(Number);
  }

  /** The first of them; throws when there is none. */
  pid(host: string, word: string): number {
    const [first] = this.pids(host, word);
    if (first === undefined) throw new Error(`no ${word} on ${host}`);
    return first;
  }

  #command(pid: string): string {
    try {
      const args = execFileSync('cat', [`/proc/${pid}/cmdline`], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return args.split('\0')[0] ?? '';
    } catch {
      return '';
    }
  }

  async down(): Promise<void> {
    for (const session of this.#sessions.values()) await session.close();
    for (const name of [...this.hosts, 'sw']) execFileSync('ip', ['netns', 'del', this.#ns(name)]);
    for (const path of this.#paths) rmSync(path, { recursive: true });
  }

  #ns(host: string): string {
    return `${this.#prefix}${host}`;
  }
}

/** A session whose `sh` is dash in a namespace; `drop()` loses the connection. */
export class NetnsSession implements Session {
  readonly host: string;
  readonly lost: Promise<string>;
  closed = false;
  readonly #ns: string;
  readonly #path: string | undefined;
  readonly #closers = new Set<() => Promise<void>>();
  #lose: (reason: string) => void = () => undefined;

  constructor(host: string, ns: string, path: string | undefined) {
    this.host = host;
    this.#ns = ns;
    this.#path = path;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  async exec(script: Script): Promise<Outcome<ExecResult>> {
    if (this.closed) return { t: 'not_sent', reason: 'connection lost' };
    const child = this.#spawn(script);
    const { stdin } = script;
    child.stdin.end(stdin instanceof Secret ? stdin.reveal() : (stdin ?? ''));
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === null) return { t: 'unknown', reason: 'connection lost' };
    return { t: 'done', value: { code, stdout, stderr, truncated: false } };
  }

  async stream(script: Script): Promise<Stream> {
    if (this.closed) throw new Error('connection lost');
    const child = this.#spawn(script);
    const gone = once(child, 'close');
    child.stdin.on('error', () => undefined);
    child.stderr.resume();
    const close = async (): Promise<void> => {
      child.stdin.end();
      const kill = setTimeout(() => child.kill('SIGKILL'), 2000);
      await gone;
      clearTimeout(kill);
      this.#closers.delete(close);
    };
    this.#closers.add(close);
    return {
      lines: createInterface({ input: child.stdout }),
      write: (line) => void child.stdin.write(`${line}\n`),
      close,
    };
  }

  /** The connection is cut: channels close, as sshd would do it. */
  async drop(): Promise<void> {
    this.closed = true;
    this.#lose('connection lost');
    await Promise.all([...this.#closers].map((close) => close()));
  }

  async close(): Promise<void> {
    await this.drop();
  }

  #spawn(script: Script) {
    const limited = ['timeout', '-k', '1', String(script.limit), 'dash', '-c', script.text];
    const env = this.#path === undefined ? process.env : { ...process.env, PATH: this.#path };
    const inside = this.#path === undefined ? limited : ['env', `PATH=${this.#path}`, ...limited];
    return spawn('ip', ['netns', 'exec', this.#ns, ...inside], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...env, PATH: process.env.PATH ?? '' },
    });
  }
}
