import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cluster, NoQuorum } from '../../src/lab/standin/cluster.ts';
import { klog, logrus } from '../../src/lab/standin/log.ts';
import { nodeObject } from '../../src/lab/standin/node-object.ts';
import { Registry } from '../../src/lab/standin/registry.ts';
import { Store } from '../../src/lab/standin/store.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'standin-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const silence = () => Promise.reject(new Error('no network here'));

describe('the data of the stand-in cluster', () => {
  it('merges field by field, the later write wins', () => {
    const one = new Store(join(directory, 'one'));
    const two = new Store(join(directory, 'two'));
    one.set('node/a1', { lease: '1', type: 'vxlan' });
    two.merge(one.objects);
    two.set('node/a1', { type: 'host-gw' });
    one.set('node/a1', { lease: '2' });
    one.merge(two.objects);
    two.merge(one.objects);
    expect(one.objects).toEqual(two.objects);
    expect(one.get('node/a1', 'type')).toBe('host-gw');
    expect(one.get('node/a1', 'lease')).toBe('2');
  });

  it('is there again after a restart', () => {
    const store = new Store(join(directory, 'db'));
    store.set('node/a1', { ip: '172.30.0.101' });
    store.flush();
    expect(new Store(join(directory, 'db')).get('node/a1', 'ip')).toBe('172.30.0.101');
  });

  it('gives out pod subnets in the order of joining, and keeps them', async () => {
    const store = new Store(join(directory, 'db'));
    store.set('member/s1', { ip: '172.30.0.11' });
    const registry = new Registry(new Cluster(store, 's1', silence), silence, true);
    expect(await registry.register('s1', { role: 'server' })).toBe('10.42.0.0/24');
    expect(await registry.register('a1', { role: 'agent' })).toBe('10.42.1.0/24');
    expect(await registry.register('s1', { role: 'server' })).toBe('10.42.0.0/24');
  });

  it('writes nothing without a majority', async () => {
    const store = new Store(join(directory, 'db'));
    for (const name of ['s1', 's2', 's3']) store.set(`member/${name}`, { ip: '172.30.0.1' });
    const cluster = new Cluster(store, 's1', silence);
    await expect(cluster.write('node/a1', { x: '1' })).rejects.toBeInstanceOf(NoQuorum);
    cluster.heard('s2', {});
    expect(cluster.hasMajority()).toBe(true);
  });
});

describe('a node object', () => {
  const fields = (lease: number) => ({
    ip: { v: '172.30.0.11', t: 1 },
    role: { v: 'server', t: 1 },
    etcd: { v: 'true', t: 1 },
    created: { v: '0', t: 1 },
    podCIDR: { v: '10.42.0.0/24', t: 1 },
    lease: { v: String(lease), t: 1 },
    'conditions-at': { v: '1000', t: 1 },
    'ready-since': { v: '1000', t: 1 },
    'ann:k3s.io/hostname': { v: 's1', t: 1 },
    'ann:gone': { v: null, t: 2 },
  });
  const condition = (lease: number, type: string) =>
    nodeObject('s1', fields(lease), 100_000).status.conditions.find((one) => one.type === type);

  it('is Ready while its lease is young and Unknown after forty seconds', () => {
    expect(condition(60_001, 'Ready')?.status).toBe('True');
    expect(condition(59_999, 'Ready')).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
    });
  });

  it('shows a voter, and annotations that were not removed', () => {
    expect(condition(90_000, 'EtcdIsVoter')?.status).toBe('True');
    expect(nodeObject('s1', fields(1), 1).metadata['annotations']).toEqual({
      'k3s.io/hostname': 's1',
    });
  });
});

describe('log lines', () => {
  const now = new Date('2026-11-22T21:07:33.456Z');

  it('look like those of K3s', () => {
    expect(logrus('error', 'Shutdown request received: "flannel exited: x"', now)).toBe(
      'time="2026-11-22T21:07:33Z" level=error msg="Shutdown request received: \\"flannel exited: x\\""',
    );
  });

  it('look like those of Flannel', () => {
    const line = klog('W', 'route_network.go:88', 'Ignoring non-host-gw subnet', now, 633);
    expect(line).toBe(
      'W1122 21:07:33.456000     633 route_network.go:88] Ignoring non-host-gw subnet',
    );
  });
});
