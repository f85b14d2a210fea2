import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCKER_HOSTS, dockerLab, QUICK } from '../labs/docker.ts';
import { losses, PodMeter } from '../labs/meter.ts';
import { fingerprint, leftBehind } from '../labs/traces.ts';

const lab = dockerLab();
const SETTING: Record<string, string> = {
  s1: '/etc/rancher/k3s/config.yaml',
  s2: '/etc/rancher/k3s/config.yaml.d/10-net.yaml',
  s3: '/etc/systemd/system/k3s.service',
};
const settings = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(SETTING).map(async ([h, f]) => [h, await lab.exec(h, `cat ${f}`)] as const),
    ),
  );

let before: Record<string, string> = {};

beforeAll(async () => {
  await lab.up('--servers', '3', '--agents', '2');
  before = await settings();
});
afterAll(() => lab.down());

describe('a plan', () => {
  it('leaves files, units, links, routes, rules, nft, sysctls and modules as they were', async () => {
    const was = await lab.each((h) => fingerprint(lab, h));
    const plan = await lab.reweave(['plan', '--to', 'host-gw', '--detailed-exitcode']);
    expect(plan.stderr + plan.stdout).toMatch(
      /Plan: 3 files to change on 3 servers, 5 restarts, no pod-to-pod loss expected\./,
    );
    expect(plan.code).toBe(2);
    expect(await lab.each((h) => fingerprint(lab, h))).toEqual(was);
  });
  it('shows diffs that git apply accepts where no secret is near', async () => {
    const { stdout } = await lab.reweave(['plan', '--to', 'host-gw']);
    expect(stdout).toContain("-\t'vxlan' \\\n+\t'host-gw' \\");
    expect(stdout).toContain('-"flannel-backend": "vxlan"\n+"flannel-backend": "host-gw"');
  });
});

describe('a backend that a kernel lacks', () => {
  it('is refused with exit 5 before anything changed, each node named', async () => {
    const was = await lab.each((h) => fingerprint(lab, h));
    const ran = await lab.reweave(['apply', '--to', 'wireguard-native', '--yes']);
    expect(ran.code).toBe(5);
    for (const h of DOCKER_HOSTS) expect(ran.stderr).toMatch(new RegExp(`${h}: .*wireguard`));
    expect(await lab.each((h) => fingerprint(lab, h))).toEqual(was);
  });
});

describe.each([
  ['host-gw', 'vxlan', 'flannel.1'],
  ['vxlan', 'host-gw', 'flannel-wg'],
] as const)('a migration to %s', (to, from, oldLink) => {
  it(`from ${from} loses nothing on 20 pairs by the test's own meter, and leaves nothing behind`, async () => {
    const meter = await PodMeter.start(lab);
    const ran = await lab.reweave(['apply', '--to', to, '--yes', ...QUICK]);
    const pairs = await meter.stop();
    expect(ran.code, ran.stderr + ran.stdout).toBe(0);
    expect(pairs).toHaveLength(20);
    expect(Math.min(...pairs.map((p) => p.sent))).toBeGreaterThan(100);
    expect(losses(pairs)).toEqual([]);
    for (const h of DOCKER_HOSTS) expect(await leftBehind(lab, h, oldLink), h).toBe('');
  });
  it('is proven by the product too: verify finds nothing, the next plan has no changes', async () => {
    const verified = await lab.reweave(['verify']);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    const plan = await lab.reweave(['plan', '--to', to, '--detailed-exitcode']);
    expect(plan.stdout).toContain(`No changes. The cluster already runs ${to}.`);
    expect(plan.code).toBe(0);
  });
  it('changed nothing in the files but the value', async () => {
    const now = await settings();
    for (const h of Object.keys(SETTING))
      expect(now[h]).toBe(
        before[h]?.replace(
          /(flannel-backend["']?:? *|flannel-backend' \\\n\t')(["']?)vxlan/,
          `$1$2${to}`,
        ),
      );
  });
});

describe('one direction of one pair dropped', () => {
  it('is named exactly by verify, and nothing else is', async () => {
    const to = (
      await lab.exec(
        'a2',
        "ip -4 -o addr show cni0 | sed -n 's/.*inet \\(10[0-9.]*\\)\\.1\\/24.*/\\1/p'",
      )
    ).trim();
    await lab.exec(
      's2',
      `nft add table inet labdrop; nft 'add chain inet labdrop out { type filter hook output priority 0; }'; nft add rule inet labdrop out ip daddr ${to}.0/24 drop`,
    );
    try {
      const ran = await lab.reweave(['verify']);
      expect(ran.code).toBe(2);
      expect(ran.stdout).toMatch(/s2 → a2, 56 bytes/);
      expect(
        [...ran.stdout.matchAll(/(\w+) → (\w+), 56 bytes/g)].map((m) => `${m[1]}→${m[2]}`),
      ).toEqual(['s2→a2']);
    } finally {
      await lab.exec('s2', 'nft delete table inet labdrop');
    }
    expect((await lab.reweave(['verify'])).code).toBe(0);
  });
});
