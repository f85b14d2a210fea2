import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { treeOf } from '../../src/k3s/config-tree.ts';
import { configuredBackend, settingWords, where } from '../../src/k3s/resolve.ts';
import type { NodeFacts } from '../../src/model/facts.ts';
import { factsFromRecording, RECORDINGS } from './recorded.ts';

const setting = (facts: NodeFacts): { value: string | undefined; at: string } => {
  const tree = treeOf(facts);
  if (tree === undefined) throw new Error('no unit');
  const found = where(tree, 'flannel-backend');
  if ('error' in found) throw new Error(found.error);
  return { value: found.value, at: settingWords(found.origin) };
};

const routesVia = (facts: NodeFacts, dev: string): number =>
  facts.routes.filter((r) => r.dev === dev && r.gateway !== undefined && r.dst.startsWith('10.42.'))
    .length;

describe('facts of the recorded nodes', () => {
  const folders = readdirSync(RECORDINGS).filter((f) => /^(0|wireguard-)/.test(f));
  const nodes = folders.flatMap((f) =>
    readdirSync(join(RECORDINGS, f))
      .filter((n) => /^[sav]\d$/.test(n))
      .map((n) => `${f}/${n}`),
  );

  it.each(nodes)('%s is understood', (folder) => {
    const facts = factsFromRecording(folder);
    expect(facts.unit?.role).toBe(/\/(s\d|v1)$/.test(folder) ? 'server' : 'agent');
    expect(facts.unit?.execStart.slice(0, 2)).toEqual(['/usr/local/bin/k3s', facts.unit?.role]);
    expect(facts.links.some((l) => l.name === 'cni0' && l.kind === 'bridge')).toBe(true);
    expect(facts.flannel.network).toBe('10.42.0.0/16');
  });

  it('the setting stands in config.yaml on s1, in a drop-in on s2, in ExecStart on s3', () => {
    expect(setting(factsFromRecording('01-vxlan-steady/s1'))).toEqual({
      value: 'vxlan',
      at: '/etc/rancher/k3s/config.yaml:4',
    });
    expect(setting(factsFromRecording('01-vxlan-steady/s2'))).toEqual({
      value: 'vxlan',
      at: '/etc/rancher/k3s/config.yaml.d/10-net.yaml:3',
    });
    expect(setting(factsFromRecording('01-vxlan-steady/s3'))).toEqual({
      value: 'vxlan',
      at: '/etc/systemd/system/k3s.service:34',
    });
  });

  it('edited and not restarted: the files say host-gw, the process and the node say vxlan', () => {
    for (const name of ['s1', 's2', 's3']) {
      const facts = factsFromRecording(`02-edited-not-restarted/${name}`);
      const tree = treeOf(facts);
      expect(tree && configuredBackend(tree)).toBe('host-gw');
      expect(facts.served).toBe('vxlan');
      expect(facts.flannel.netConfType).toBe('vxlan');
      expect(facts.nodes.map((n) => n.backendType)).toEqual([
        'vxlan',
        'vxlan',
        'vxlan',
        'vxlan',
        'vxlan',
      ]);
    }
  });

  it('one server restarted: it alone serves host-gw, its routes still go through flannel.1', () => {
    const s1 = factsFromRecording('03-mixed-s1-on-host-gw/s1');
    expect(s1.served).toBe('host-gw');
    expect(factsFromRecording('03-mixed-s1-on-host-gw/s2').served).toBe('vxlan');
    expect(s1.nodes.find((n) => n.name === 's1')?.backendType).toBe('host-gw');
    expect(s1.nodes.find((n) => n.name === 'a1')?.backendType).toBe('vxlan');
    expect(routesVia(s1, 'flannel.1')).toBe(4);
  });

  it('the leftover flannel.1 is there with host-gw and gone in the clean state', () => {
    const left = factsFromRecording('05-host-gw-with-leftover-vxlan/a1');
    expect(left.links.find((l) => l.name === 'flannel.1')?.vxlan).toEqual({
      vni: 1,
      port: 8472,
      local: '172.30.0.101',
    });
    expect(routesVia(left, 'eth0')).toBe(4);
    const clean = factsFromRecording('06-host-gw-clean/a1');
    expect(clean.links.some((l) => l.name === 'flannel.1')).toBe(false);
    expect(routesVia(clean, 'eth0')).toBe(4);
  });

  it('a crash loop shows in the restart counter and the state, not in the node object', () => {
    const s1 = factsFromRecording('07-s1-crash-loop-no-wireguard-module/s1');
    expect(s1.unit).toMatchObject({ nRestarts: 1, activeState: 'activating', subState: 'start' });
    expect(s1.modules['wireguard']).toBe('absent');
    expect(s1.nodes.find((n) => n.name === 's1')).toMatchObject({
      ready: true,
      backendType: 'host-gw',
    });
    expect(factsFromRecording('07-s1-crash-loop-no-wireguard-module/s2').unit?.nRestarts).toBe(0);
  });

  it('the five hosts have embedded etcd with three voters, versions, addresses and subnets', () => {
    const s1 = factsFromRecording('01-vxlan-steady/s1');
    expect(s1.k3s).toMatchObject({
      datastore: 'etcd',
      versionOnDisk: 'v1.36.3+k3s1',
      versionRunning: 'v1.36.3+k3s1',
      nodeName: 's1',
    });
    expect(s1.etcd).toEqual({
      members: ['s1-0ba6756d', 's3-6b239ae4', 's2-68c69f95'],
      healthy: true,
    });
    expect(s1.apiReady).toBe(true);
    expect(s1.nodes.filter((n) => n.etcdVoter).map((n) => n.name)).toEqual(['s1', 's2', 's3']);
    expect(s1.nodes.find((n) => n.name === 'a1')).toMatchObject({
      internalIp: '172.30.0.101',
      publicIp: '172.30.0.101',
    });
    expect(s1.flannel).toMatchObject({ subnet: '10.42.0.1/24', mtu: 1450 });
    expect(s1.udp.map((u) => u.port)).toContain(8472);
    expect(s1.modules).toMatchObject({ vxlan: 'builtin', wireguard: 'absent' });
  });

  it('agents installed by environment keep the server address and hide the token', () => {
    const a1 = factsFromRecording('01-vxlan-steady/a1');
    expect(a1.k3s.env).toEqual({ K3S_TOKEN: '(secret)', K3S_URL: 'https://172.30.0.11:6443' });
    expect([a1.nodes, a1.served, a1.etcd, a1.apiReady, a1.k3s.datastore]).toEqual([
      [],
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('WireGuard machines: sqlite, both links while vxlan routes remain, one link when clean', () => {
    const v1 = factsFromRecording('wireguard-03-all-wg-vxlan-routes-remain/v1');
    expect(v1.k3s.datastore).toBe('sqlite');
    expect(
      v1.links
        .filter((l) => l.kind === 'vxlan' || l.kind === 'wireguard')
        .map((l) => l.name)
        .sort(),
    ).toEqual(['flannel-wg', 'flannel.1']);
    expect(v1.modules).toMatchObject({
      wireguard: 'loaded',
      vxlan: 'loaded',
      ip6_udp_tunnel: 'loaded',
    });
    expect(v1.nodes.map((n) => n.backendType)).toEqual(['wireguard', 'wireguard', 'wireguard']);
    expect(routesVia(v1, 'flannel.1')).toBe(2);
    expect(v1.rules.map((r) => [r.pref, r.table])).toEqual([
      [0, 'local'],
      [32766, 'main'],
      [32767, 'default'],
    ]);
    const clean = factsFromRecording('wireguard-05-wg-after-link-delete/v1');
    expect(clean.routes.find((r) => r.dst === '10.42.0.0/16')).toMatchObject({
      dev: 'flannel-wg',
      scope: 'link',
      table: 'main',
    });
    expect(clean.links.some((l) => l.kind === 'vxlan')).toBe(false);
    expect(setting(clean)).toEqual({
      value: 'wireguard-native',
      at: '/etc/rancher/k3s/config.yaml:1',
    });
  });
});
