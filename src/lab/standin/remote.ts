// The cluster as an agent sees it: through its own load balancer.
import type { NodeApi } from './api.ts';
import { type Call, callJson } from './http.ts';
import type { Lease } from './leases.ts';
import type { Value } from './store.ts';

export class Remote implements NodeApi {
  private readonly call: Call;
  private readonly base: string;

  constructor(call: Call, base: string) {
    this.call = call;
    this.base = base;
  }

  async register(name: string, fields: Record<string, Value>): Promise<string> {
    const url = `${this.base}/standin/register/${name}`;
    return (await callJson<{ podCIDR: string }>(this.call, 'POST', url, fields)).podCIDR;
  }

  async update(name: string, fields: Record<string, Value>): Promise<void> {
    await callJson(this.call, 'POST', `${this.base}/standin/node/${name}`, fields);
  }

  leases(): Promise<readonly Lease[]> {
    return callJson<Lease[]>(this.call, 'GET', `${this.base}/standin/leases`);
  }
}
