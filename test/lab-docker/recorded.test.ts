import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../src/model/facts.ts';
import { factsFromRecording } from '../facts/recorded.ts';
import { comparable } from '../labs/compare.ts';
import { DOCKER_HOSTS, dockerLab } from '../labs/docker.ts';
import { eventually } from '../labs/lab.ts';
import { PodMeter } from '../labs/meter.ts';

const lab = dockerLab();
beforeAll(() => lab.up('--servers', '3', '--agents', '2'));
afterAll(() => lab.down());

/** The lab as the product's own facts see it. */
async function seen(): Promise<Map<string, NodeFacts>> {
  const ran = await lab.reweave(['facts']);
  if (ran.code !== 0) throw new Error(ran.stderr);
  return new Map((JSON.parse(ran.stdout) as NodeFacts[]).map((f) => [f.host, f]));
}

/** Waits until the lab has arrived, then compares each node with the recording of a real K3s. */
async function same(state: string): Promise<void> {
  const real = new Map(DOCKER_HOSTS.map((h) => [h as string, factsFromRecording(`${state}/${h}`)]));
  const view = (all: ReadonlyMap<string, NodeFacts>, host: string): unknown =>
    comparable(all.get(host) as NodeFacts, all.get('s2')?.nodes ?? []);
  const end = performance.now() + 30_000;
  let last = await seen();
  const arrived = (): boolean =>
    DOCKER_HOSTS.every((h) => JSON.stringify(view(last, h)) === JSON.stringify(view(real, h)));
  while (!arrived() && performance.now() < end) last = await seen();
  for (const h of DOCKER_HOSTS) expect(view(last, h), `${state}/${h}`).toEqual(view(real, h));
}

const edit = (to: string): Promise<unknown> =>
  Promise.all([
    lab.exec(
      's1',
      `sed -i 's/^\\(flannel-backend: *\\)[a-z-]*/\\1${to}/' /etc/rancher/k3s/config.yaml`,
    ),
    lab.exec(
      's2',
      `sed -i 's/^\\("flannel-backend": *"\\)[a-z-]*/\\1${to}/' /etc/rancher/k3s/config.yaml.d/10-net.yaml`,
    ),
    lab.exec(
      's3',
      `sed -i "/--flannel-backend/{n;s/'[a-z-]*'/'${to}'/}" /etc/systemd/system/k3s.service && systemctl daemon-reload`,
    ),
  ]);

describe('the stand-in, driven through the states that a real K3s was recorded in', () => {
  it('01: everything on vxlan', () => same('01-vxlan-steady'));
  it('02: files say host-gw, processes and data plane say vxlan', async () => {
    await edit('host-gw');
    await same('02-edited-not-restarted');
  });
  it('03: one server restarted', async () => {
    await lab.exec('s1', 'systemctl restart k3s');
    await same('03-mixed-s1-on-host-gw');
  });
  it('04: all servers restarted', async () => {
    for (const h of ['s2', 's3']) await lab.exec(h, 'systemctl restart k3s');
    await same('04-servers-on-host-gw');
  });
  it('05: agents too, flannel.1 is left', async () => {
    for (const h of ['a1', 'a2']) await lab.exec(h, 'systemctl restart k3s-agent');
    await same('05-host-gw-with-leftover-vxlan');
  });
  it('06: flannel.1 deleted', async () => {
    for (const h of DOCKER_HOSTS) await lab.exec(h, 'ip link del flannel.1');
    await same('06-host-gw-clean');
  });
  it('07: a backend that cannot start stays active and Ready, only the restart counter tells', async () => {
    await lab.exec(
      's1',
      "sed -i 's/^\\(flannel-backend: *\\).*/\\1wireguard-native/' /etc/rancher/k3s/config.yaml",
    );
    expect(
      await lab.exec(
        's1',
        'systemctl restart k3s; echo rc=$?; systemctl show k3s -p ActiveState -p Result',
      ),
    ).toMatch(/rc=0\nResult=success\nActiveState=active/);
    await eventually('K3s restarts by itself', 60, async () => {
      const n = Number((await lab.exec('s1', 'systemctl show k3s -p NRestarts --value')).trim());
      return n >= 2 ? '' : `NRestarts is ${n}`;
    });
    const nodes = (await seen()).get('s2')?.nodes.find((n) => n.name === 's1');
    expect(nodes).toMatchObject({ ready: true, backendType: 'host-gw' });
    expect(
      await lab.exec(
        's1',
        'journalctl -u k3s -o cat --no-pager | grep -c "Shutdown request received" ',
      ),
    ).not.toBe('0\n');
  });
});

describe('a naive procedure', () => {
  it('loses pod packets when it cleans before the new path stands', async () => {
    await edit('vxlan');
    for (const h of ['s1', 's2', 's3']) await lab.exec(h, 'systemctl restart k3s');
    for (const h of ['a1', 'a2']) await lab.exec(h, 'systemctl restart k3s-agent');
    await same('01-vxlan-steady');
    const meter = await PodMeter.start(lab);
    await lab.exec('s2', 'ip link del flannel.1');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const lost = (await meter.stop()).filter((p) => p.sent - p.received > 5);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.every((p) => p.from === 's2' || p.to === 's2')).toBe(true);
  });
});
