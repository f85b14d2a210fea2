import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { armScript } from '../../src/node/arm.ts';
import type { ArmSpec } from '../../src/node/spec.ts';
import { parseState } from '../../src/node/state.ts';

/** Shells that scripts must run in; busybox only where it is installed. */
export const SHELLS: readonly (readonly [string, readonly string[]])[] = [
  ['dash', ['dash']] as const,
  ['busybox ash', ['busybox', 'ash']] as const,
].filter(([, argv]) => spawnSync(argv[0] ?? 'sh', [...argv.slice(1), '-c', 'true']).status === 0);

export const ROOT = process.getuid?.() === 0;
export const NETNS =
  ROOT && spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'v0', 'type', 'veth']).status === 0;

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const SYSTEMCTL = `#!/bin/sh
echo "$*" >>"$FAKE/systemctl.log"
case "$1 $2" in
  'restart --no-block')
    [ ! -e "$FAKE/lost-restart" ] || exit 0
    n=$(cat "$FAKE/starts" 2>/dev/null || echo 0); n=$((n + 1)); echo "$n" >"$FAKE/starts"
    sed -i "s/^InvocationID=.*/InvocationID=start$n/" "$FAKE/unit"
    [ ! -e "$FAKE/on-restart" ] || . "$FAKE/on-restart" ;;
  'restart reweave-guard.timer') : >"$FAKE/timer-runs" ;;
  show*)
    shift; props=
    while [ $# -gt 0 ]; do case $1 in -p) props="$props|$2"; shift ;; esac; shift; done
    grep -E "^(none$props)=" "$FAKE/unit" ;;
  daemon-reload*) [ ! -e "$FAKE/no-reload" ] || { echo 'Failed to reload' >&2; exit 1; } ;;
esac
exit 0
`;
const CURL = `#!/bin/sh
for url do :; done
host=\${url#https://}; host=\${host%%:6443*}
case $url in
  */ping) [ ! -e "$FAKE/down/$host" ] && [ -e "$FAKE/served/$host" ] && printf pong ;;
  */v1-k3s/config) [ ! -e "$FAKE/down/$host" ] && [ -e "$FAKE/served/$host" ] &&
    printf '{"ClusterDNS":"10.43.0.10","FlannelBackend":"%s","FlannelIPv6Masq":false}' "$(cat "$FAKE/served/$host")" ;;
esac
`;
const SLEEP = `#!/bin/sh
read -r now idle <"$BOX/proc/uptime"
echo "$(( \${now%%.*} + \${1%%.*} )).00 0.00" >"$BOX/proc/uptime.$$"
mv "$BOX/proc/uptime.$$" "$BOX/proc/uptime"
[ ! -e "$FAKE/timer-works" ] || [ ! -e "$FAKE/timer-runs" ] ||
  $SHELL_UNDER_TEST "$BOX/var/lib/reweave/guard.sh" tick
`;

/** One node below a directory: its files, a clock and a boot id that tests set, a systemctl and a curl that obey. */
export class Box {
  readonly root = mkdtempSync(
    join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'reweave-node-'),
  );
  readonly fake = join(this.root, 'fake');
  netns: string | undefined;
  readonly shell: readonly string[];

  constructor(shell: readonly string[]) {
    this.shell = shell;
    this.write('/proc/uptime', '1000.50 900.00\n');
    this.write('/proc/sys/kernel/random/boot_id', 'boot-a\n');
    this.write('/fake/unit', 'ActiveState=active\nNRestarts=0\nInvocationID=start0\nJob=\n');
    for (const [name, text] of Object.entries({ systemctl: SYSTEMCTL, curl: CURL, sleep: SLEEP })) {
      this.write(`/fake/bin/${name}`, text);
      chmodSync(join(this.fake, 'bin', name), 0o755);
    }
  }

  path(path: string): string {
    return join(this.root, path);
  }
  write(path: string, text: string | Uint8Array): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }
  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }
  has(path: string): boolean {
    return existsSync(this.path(path));
  }
  remove(path: string): void {
    rmSync(this.path(path), { force: true, recursive: true });
  }
  clock(seconds: number): void {
    this.write('/proc/uptime', `${seconds}.25 1.00\n`);
  }
  reboot(id: string): void {
    this.write('/proc/sys/kernel/random/boot_id', `${id}\n`);
    this.clock(5);
  }
  served(values: Readonly<Record<string, string>>): void {
    for (const [address, value] of Object.entries(values))
      this.write(`/fake/served/${address}`, value);
  }
  flannel(type: string): void {
    const text = `{\n\t"Network": "10.42.0.0/16",\n\t"Backend": {\n\t"Type": "${type}"\n}\n}\n`;
    this.write('/var/lib/rancher/k3s/agent/etc/flannel/net-conf.json', text);
  }
  unit(text: string): void {
    this.write('/fake/unit', text);
  }
  restarts(): number {
    return this.log().filter((line) => line.startsWith('restart --no-block')).length;
  }
  log(): readonly string[] {
    return this.has('/fake/systemctl.log')
      ? this.read('/fake/systemctl.log').trim().split('\n')
      : [];
  }
  state(): Readonly<Record<string, string>> {
    return this.has('/var/lib/reweave/state')
      ? parseState(this.read('/var/lib/reweave/state'))
      : {};
  }
  /** The node's journal, each line parsed. */
  journal(run = 'r1'): readonly Record<string, unknown>[] {
    const text = this.read(`/var/lib/reweave/runs/${run}/journal.jsonl`);
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: `${join(this.fake, 'bin')}:${process.env.PATH ?? ''}`,
      FAKE: this.fake,
      BOX: this.root,
      SHELL_UNDER_TEST: this.shell.join(' '),
    };
  }
  argv(...more: readonly string[]): readonly string[] {
    const inside = this.netns === undefined ? [] : ['ip', 'netns', 'exec', this.netns];
    return [...inside, ...this.shell, ...more];
  }
  /** Kills the guard, and all it started, when it is about to move its n-th file. */
  guardKilledAt(n: number): void {
    this.write('/fake/moves', '0');
    this.write(
      '/fake/bin/mv',
      `#!/bin/sh\nn=$(($(cat "$FAKE/moves") + 1)); echo "$n" >"$FAKE/moves"
[ "$n" != ${n} ] || kill -9 0\nexec /bin/mv "$@"\n`,
    );
    chmodSync(join(this.fake, 'bin', 'mv'), 0o755);
    const [head = 'sh', ...rest] = this.argv(this.path('/var/lib/reweave/guard.sh'), 'tick');
    spawnSync('setsid', ['-w', head, ...rest], { env: this.env() });
    this.remove('/fake/bin/mv');
  }
  /** A script, as a session sends it: over a shell's stdin, or as a file when it reads stdin itself. */
  run(script: string, stdin?: string): Ran {
    if (stdin !== undefined) this.write('/fake/script.sh', script);
    const more = stdin === undefined ? ['-s'] : [this.path('/fake/script.sh')];
    const [head = 'sh', ...rest] = this.argv(...more);
    const ran = spawnSync(head, rest, {
      input: stdin ?? script,
      env: this.env(),
      encoding: 'utf8',
    });
    return { code: ran.status, out: ran.stdout, err: ran.stderr };
  }
  guard(what: 'tick' | 'boot' = 'tick'): Ran {
    const [head = 'sh', ...rest] = this.argv(this.path('/var/lib/reweave/guard.sh'), what);
    const ran = spawnSync(head, rest, { env: this.env(), encoding: 'utf8' });
    return { code: ran.status, out: ran.stdout, err: ran.stderr };
  }
  /** Ticks of the timer, seconds of the box's clock, until the guard has gone away. */
  ticks(from: number, to: number, every = 2): void {
    for (let at = from; at <= to && this.has('/var/lib/reweave/guard.sh'); at += every) {
      this.clock(at);
      const ran = this.guard();
      if (ran.code !== 0) throw new Error(`tick failed: ${ran.err}`);
    }
  }
  arm(spec: ArmSpec): Ran {
    this.write('/fake/timer-works', '');
    mkdirSync(this.path('/etc/systemd/system'), { recursive: true });
    return this.run(armScript(spec, { root: this.root }));
  }
  net(): string {
    this.netns = `rwt${process.pid}${Math.random().toString(36).slice(2, 7)}`;
    execFileSync('ip', ['netns', 'add', this.netns]);
    return this.netns;
  }
  ip(...args: readonly string[]): string {
    return execFileSync('ip', ['-n', this.netns ?? '', ...args], { encoding: 'utf8' });
  }
  close(): void {
    if (this.netns !== undefined) spawnSync('ip', ['netns', 'del', this.netns]);
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const NO_ACTIONS: ArmSpec['actions'] = {
  repin: [],
  files: [],
  reload: false,
  unpin: [],
  cleanOld: [],
  cleanNew: [],
  tidy: [],
};

/** A server of three, armed at uptime 1000 with a lease of 60 s and slots of 90 s. */
export function spec(more: Partial<ArmSpec> = {}): ArmSpec {
  return {
    run: 'r1',
    epoch: 1,
    host: 'alpha',
    node: 'n1',
    role: 'server',
    unit: 'k3s.service',
    dataDir: '/var/lib/rancher/k3s',
    lease: 60,
    slotIndex: 0,
    slot: 90,
    servers: [
      { node: 'n1', address: '10.0.0.1' },
      { node: 'n2', address: '10.0.0.2' },
      { node: 'n3', address: '10.0.0.3' },
    ],
    backendOld: 'vxlan',
    backendNew: 'wireguard-native',
    typeOld: 'vxlan',
    typeNew: 'wireguard',
    actions: NO_ACTIONS,
    backups: [],
    ...more,
  };
}
