// Node objects on a server: registration gives out pod subnets in the order of joining.
import { randomUUID } from 'node:crypto';
import type { NodeApi } from './api.ts';
import type { Cluster } from './cluster.ts';
import { DELAYS, PORTS } from './constants.ts';
import { type Call, callJson } from './http.ts';
import { leasesOf } from './leases.ts';
import type { Value } from './store.ts';

export class Registry implements NodeApi {
  private readonly cluster: Cluster;
  private readonly call: Call;
  private readonly etcd: boolean;

  constructor(cluster: Cluster, call: Call, etcd: boolean) {
    this.cluster = cluster;
    this.call = call;
    this.etcd = etcd;
  }

  async register(name: string, fields: Record<string, Value>): Promise<string> {
    const allocator = this.cluster.allocator();
    if (allocator && allocator.name !== this.cluster.self) {
      const url = `https://${allocator.ip}:${PORTS.supervisor}/standin/register/${name}`;
      const reply = await callJson<{ podCIDR: string }>(this.call, 'POST', url, fields);
      return reply.podCIDR;
    }
    const { store } = this.cluster;
    const now = String(Date.now());
    const known = store.get(`node/${name}`, 'podCIDR');
    const podCIDR = known ?? this.freeSubnet();
    const fresh = known ? {} : { uid: randomUUID(), created: now, podCIDR };
    const etcd = this.etcd && fields['role'] === 'server' ? this.etcdFields(name) : {};
    const ready = this.wasLost(name) ? { 'ready-since': now } : {};
    const beat = { lease: now, 'conditions-at': now };
    await this.cluster.write(`node/${name}`, { ...fresh, ...fields, ...etcd, ...ready, ...beat });
    return podCIDR;
  }

  async update(name: string, fields: Record<string, Value>): Promise<void> {
    const ready =
      'lease' in fields && this.wasLost(name) ? { 'ready-since': String(Date.now()) } : {};
    await this.cluster.write(`node/${name}`, { ...fields, ...ready });
  }

  leases(): Promise<ReturnType<typeof leasesOf>> {
    return Promise.resolve(leasesOf(this.cluster.store));
  }

  private etcdFields(name: string): Record<string, Value> {
    const member = (field: string) => this.cluster.store.get(`member/${name}`, field) ?? '';
    return {
      etcd: 'true',
      'ann:etcd.k3s.cattle.io/node-address': member('ip'),
      'ann:etcd.k3s.cattle.io/node-name': member('etcd-name'),
    };
  }

  private wasLost(name: string): boolean {
    const lease = Number(this.cluster.store.get(`node/${name}`, 'lease') ?? 0);
    return Date.now() - lease > DELAYS.nodeGrace;
  }

  private freeSubnet(): string {
    const { store } = this.cluster;
    const taken = new Set(store.names('node/').map((node) => store.get(`node/${node}`, 'podCIDR')));
    let third = 0;
    while (taken.has(`10.42.${third}.0/24`)) third += 1;
    return `10.42.${third}.0/24`;
  }
}
