import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { losses, PodMeter } from '../labs/meter.ts';
import { leftBehind } from '../labs/traces.ts';
import { onTheWire, SLOW, VM_HOSTS, vmLab } from '../labs/vm.ts';

const lab = vmLab();
const BRIDGE = 'rwvm0';
const CLEAR = 'udp port 8472 or (src net 10.42.0.0/16 and dst net 10.42.0.0/16)';

beforeAll(() => lab.up());
afterAll(() => lab.down());

/** Pods of every pair ping for a while. */
async function traffic(): Promise<void> {
  const meter = await PodMeter.start(lab);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(losses(await meter.stop())).toEqual([]);
}

async function move(to: string, oldLink: string): Promise<void> {
  const meter = await PodMeter.start(lab);
  const ran = await lab.reweave(['apply', '--to', to, '--yes', ...SLOW], 900);
  const pairs = await meter.stop();
  expect(ran.code, ran.stderr + ran.stdout).toBe(0);
  expect(pairs).toHaveLength(6);
  expect(losses(pairs)).toEqual([]);
  for (const h of VM_HOSTS) expect(await leftBehind(lab, h, oldLink), h).toBe('');
}

const filters = (value: string): Promise<unknown> =>
  lab.each((h) =>
    lab.exec(h, `for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo ${value} >$f; done`),
  );
const readFilters = async (): Promise<string[]> => [
  ...(
    await lab.each((h) =>
      lab.exec(
        h,
        'for l in all default eth0 cni0; do cat /proc/sys/net/ipv4/conf/$l/rp_filter; done',
      ),
    )
  ).values(),
];

/** Emulated machines take minutes for each move; a usual run takes what needs WireGuard most. */
const whole = process.env['REWEAVE_LABS_FULL'] === '1';

describe.runIf(whole).each([
  ['loose', '0'],
  ['strict', '1'],
])('with %s reverse path filters on every node', (_word, value) => {
  it('vxlan → wireguard-native loses nothing, and nothing is in clear on the wire afterwards', async () => {
    await filters(value);
    const was = await readFilters();
    await move('wireguard-native', 'flannel.1');
    expect(await readFilters()).toEqual(was);
    expect(await onTheWire(BRIDGE, CLEAR, traffic)).toBe(0);
    expect(await onTheWire(BRIDGE, 'udp port 51820', traffic)).toBeGreaterThan(50);
  });
  it('wireguard-native → vxlan loses nothing', async () => {
    await move('vxlan', 'flannel-wg');
    expect(await onTheWire(BRIDGE, CLEAR, traffic)).toBeGreaterThan(50);
  });
});

describe('a cluster that plain restarts left in clear text', () => {
  it('is found not encrypted by verify although everything is green', async () => {
    await filters('0');
    await lab.exec(
      'v1',
      "sed -i 's/^\\(flannel-backend: *\\).*/\\1wireguard-native/' /etc/rancher/k3s/config.yaml && systemctl restart k3s",
    );
    for (const h of ['v2', 'v3']) await lab.exec(h, 'systemctl restart k3s-agent');
    const ran = await lab.reweave(['verify', '--timeout', '60'], 600);
    expect(ran.code, ran.stdout + ran.stderr).toBe(2);
    expect(ran.stdout).toMatch(/not encrypted/);
    expect(ran.stdout).toMatch(/on the wire, v1 ↔ v2: \d+ pod packets in the clear/);
  });
  it('is healed by apply without a restart and without loss', async () => {
    const starts = (): Promise<Map<string, string>> =>
      lab.each((h) => lab.exec(h, 'systemctl show k3s k3s-agent -p InvocationID'));
    const was = await starts();
    await move('wireguard-native', 'flannel.1');
    expect(await starts()).toEqual(was);
    expect(await onTheWire(BRIDGE, CLEAR, traffic)).toBe(0);
    expect((await lab.reweave(['verify', '--timeout', '60'], 600)).code).toBe(0);
  });
});

describe('clear pod packets that somebody puts on the wire', () => {
  it('are seen by verify', async () => {
    await lab.exec('v1', 'ip route add 10.42.1.10/32 via 172.31.0.12 dev eth0');
    try {
      const meter = await PodMeter.start(lab);
      const ran = await lab.reweave(['verify', '--timeout', '60'], 600);
      await meter.stop();
      expect(ran.code).toBe(2);
      expect(ran.stdout).toMatch(/on the wire, v1 ↔ v2: .*in the clear/);
    } finally {
      await lab.exec('v1', 'ip route del 10.42.1.10/32');
    }
  });
});
