import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCKER_HOSTS, dockerLab, QUICK } from '../labs/docker.ts';
import { type Ran, ROOT, run } from '../labs/lab.ts';
import { losses, PodMeter } from '../labs/meter.ts';
import { fingerprint, leftBehind } from '../labs/traces.ts';

const lab = dockerLab();
const scratch = mkdtempSync(join(tmpdir(), 'reweave-refusals-'));
let inventory = '';

beforeAll(async () => {
  await lab.up('--servers', '3', '--agents', '2');
  inventory = readFileSync(lab.inventory, 'utf8');
});
afterAll(() => lab.down());

/** Applies with a changed inventory or options and proves that no node was touched. */
async function untouched(text: string, args: readonly string[] = []): Promise<Ran> {
  const was = await lab.each((h) => fingerprint(lab, h));
  const file = join(scratch, 'inventory.yml');
  writeFileSync(file, text);
  const ran = await run(
    process.execPath,
    [
      join(ROOT, 'dist/cli.js'),
      'apply',
      '--to',
      'host-gw',
      '--yes',
      '-i',
      file,
      '--state-dir',
      join(scratch, 'state'),
      ...QUICK,
      ...args,
    ],
    { limit: 120, env: { CI: 'true', SSH_AUTH_SOCK: '' } },
  );
  expect(await lab.each((h) => fingerprint(lab, h))).toEqual(was);
  return ran;
}

describe('a login that fails changes nothing', () => {
  it('with a wrong key: exit 12 and what to do', async () => {
    const key = join(scratch, 'other');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const ran = await untouched(
      inventory.replace(/(ansible_ssh_private_key_file: ).*/, `$1${key}`),
    );
    expect(ran.code, ran.stderr).toBe(12);
    expect(ran.stderr).toMatch(/hint:/);
    for (const h of DOCKER_HOSTS) expect(ran.stderr).toContain(`${h}:`);
  });
  it('with a changed host key: exit 12, the host, and the command that removes the old key', async () => {
    const hosts = join(scratch, 'known_hosts');
    const known = readFileSync(join(lab.dir, 'known_hosts'), 'utf8').split('\n');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(scratch, 'host')]);
    const fresh = readFileSync(join(scratch, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    const address = /s2:\s+ansible_host: (\S+)/.exec(inventory)?.[1] ?? '';
    writeFileSync(
      hosts,
      known.map((l) => (l.startsWith(`${address} `) ? `${address} ${fresh}` : l)).join('\n'),
    );
    const ran = await untouched(
      inventory.replace(/UserKnownHostsFile=[^']*/, `UserKnownHostsFile=${hosts}`),
    );
    expect(ran.code, ran.stderr).toBe(12);
    expect(ran.stderr).toMatch(/s2: .*host key/i);
    expect(ran.stderr).toMatch(/ssh-keygen .*-R/);
  });
  it('with a wrong sudo password: exit 12 after one attempt on each host', async () => {
    const tries = (h: string): Promise<string> =>
      lab.exec(
        h,
        "journalctl -q --no-pager -o cat _COMM=sudo | grep -c 'authentication failure' || true",
      );
    const was = await lab.each(tries);
    const ran = await untouched(
      inventory.replace(
        'ansible_user: ops',
        'ansible_user: opspw\n    ansible_become: true\n    ansible_become_password: not-the-password',
      ),
    );
    expect(ran.code, ran.stderr).toBe(12);
    expect(ran.stderr).toMatch(/sudo/);
    const now = await lab.each(tries);
    for (const h of DOCKER_HOSTS) expect(Number(now.get(h)) - Number(was.get(h)), h).toBe(1);
  });
  it('works with the right sudo password', async () => {
    const file = join(scratch, 'sudo.yml');
    writeFileSync(
      file,
      inventory.replace(
        'ansible_user: ops',
        'ansible_user: opspw\n    ansible_become: true\n    ansible_become_password: weave-the-net',
      ),
    );
    const ran = await run(
      process.execPath,
      [join(ROOT, 'dist/cli.js'), 'plan', '--to', 'host-gw', '-i', file],
      { limit: 120, env: { CI: 'true' } },
    );
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout + ran.stderr).not.toContain('weave-the-net');
  });
  it('with one host down: exit 4 and its name', async () => {
    const ran = await untouched(inventory.replace(/(a2:\s+ansible_host: )(\S+)/, '$1127.0.0.9'));
    expect(ran.code, ran.stderr).toBe(4);
    expect(ran.stderr).toMatch(/a2: /);
  });
  it('with a broken inventory: exit 3, file and line, and nobody is contacted', async () => {
    const ran = await untouched(`${inventory}\n  : [`);
    expect(ran.code, ran.stderr).toBe(3);
    expect(ran.stderr).toMatch(/inventory\.yml:\d+/);
  });
});

describe('a module that seems to be there and is not', () => {
  it('is found by its restart while systemd and the node stay green; all goes back, exit 6', async () => {
    // The lie: `modprobe -n` and the functional probe succeed on every host, the kernel has no WireGuard.
    for (const h of DOCKER_HOSTS)
      await lab.exec(
        h,
        `for tool in ip modprobe; do cp -a "$(readlink -f "$(command -v $tool)")" /usr/local/lib/$tool.real 2>/dev/null; done
cat >/usr/local/sbin/ip <<'EOF'
#!/bin/sh
case "$*" in *'link add'*rwp*) exit 0 ;; *'link del'*rwp*) exit 0 ;; *'link delete'*rwp*) exit 0 ;; *'link show'*rwp*) exit 0 ;; esac
exec /sbin/ip "$@"
EOF
cat >/usr/local/sbin/modprobe <<'EOF'
#!/bin/sh
case "$*" in *-n*) echo insmod /lib/modules/wireguard.ko ;; esac
exit 0
EOF
chmod +x /usr/local/sbin/ip /usr/local/sbin/modprobe`,
      );
    const meter = await PodMeter.start(lab);
    const ran = await lab.reweave(['apply', '--to', 'wireguard-native', '--yes', ...QUICK]);
    for (const h of DOCKER_HOSTS)
      await lab.exec(h, 'rm -f /usr/local/sbin/ip /usr/local/sbin/modprobe');
    expect(ran.code, ran.stderr).toBe(6);
    expect(ran.stderr).toMatch(/turning back: s1: k3s_restart/);
    expect(ran.stdout).toMatch(/Every node is proven on the old setting/);
    expect(losses(await meter.stop())).toEqual([]);
    for (const h of DOCKER_HOSTS) expect(await leftBehind(lab, h, 'flannel-wg'), h).toBe('');
    expect((await lab.reweave(['verify'])).code).toBe(0);
  });
});

describe("the cluster's token", () => {
  it('is in no plan, journal, event, output or argument, and the search can find it', async () => {
    const token = (await lab.exec('s1', "sed -n 's/^token: *//p' /etc/rancher/k3s/config.yaml"))
      .trim()
      .replace(/["']/g, '');
    expect(token.length).toBeGreaterThan(5);
    const plan = await lab.reweave([
      'plan',
      '--to',
      'host-gw',
      '--save',
      join(scratch, 'plan.json'),
      '--output',
      'json',
      '-vvv',
    ]);
    const facts = await lab.reweave(['facts']);
    const files = readdirSync(lab.stateDir, { recursive: true, encoding: 'utf8' })
      .filter((f) => /json/.test(f))
      .map((f) => readFileSync(join(lab.stateDir, f), 'utf8'));
    expect(files.length).toBeGreaterThan(1);
    const node = await lab.exec(
      's1',
      'cat /var/lib/reweave/state /var/lib/reweave/runs/*/journal.jsonl',
    );
    const said = [
      plan.stdout,
      plan.stderr,
      facts.stdout,
      facts.stderr,
      readFileSync(join(scratch, 'plan.json'), 'utf8'),
      node,
      ...files,
    ];
    expect(said.filter((text) => text.includes(token))).toEqual([]);
    expect([...said, `planted ${token}`].filter((text) => text.includes(token))).toHaveLength(1);
  });
});
