// Servers tell each other everything they know, twice a second. A write needs a majority of
// members that answer. No Raft, no log, no terms: enough to lose quorum as K3s loses it.
import { DELAYS, PORTS } from './constants.ts';
import { type Call, callJson } from './http.ts';
import type { Objects, Store, Value } from './store.ts';

export class NoQuorum extends Error {
  constructor() {
    super('etcdserver: no leader');
  }
}

export interface Member {
  readonly name: string;
  readonly ip: string;
}

export class Cluster {
  readonly store: Store;
  readonly self: string;
  private readonly call: Call;
  private readonly seen = new Map<string, number>();

  constructor(store: Store, self: string, call: Call) {
    this.store = store;
    this.self = self;
    this.call = call;
  }

  members(): Member[] {
    return this.store
      .names('member/')
      .map((name) => ({ name, ip: this.store.get(`member/${name}`, 'ip') ?? '' }))
      .filter(({ ip }) => ip !== '');
  }

  private peers(): Member[] {
    return this.members().filter(({ name }) => name !== this.self);
  }

  private up(member: Member): boolean {
    return Date.now() - (this.seen.get(member.name) ?? 0) < DELAYS.peerGone;
  }

  /** Members that must answer besides this one. */
  private needed(): number {
    return Math.floor(this.members().length / 2);
  }

  hasMajority(): boolean {
    return this.peers().filter((peer) => this.up(peer)).length >= this.needed();
  }

  /** The one that gives out pod subnets, so that no two servers give the same. */
  allocator(): Member | undefined {
    const alive = this.members().filter((member) => member.name === this.self || this.up(member));
    return alive.toSorted((a, b) => order(this.store, a) - order(this.store, b))[0];
  }

  /** Returns when a majority has it. */
  async write(object: string, values: Record<string, Value>): Promise<void> {
    if (!this.hasMajority()) throw new NoQuorum();
    this.store.set(object, values);
    const part = { [object]: this.store.objects[object] ?? {} };
    await this.acknowledged(this.peers().map((peer) => this.exchange(peer, part)));
  }

  private acknowledged(calls: readonly Promise<boolean>[]): Promise<void> {
    let missing = this.needed();
    let open = calls.length;
    return new Promise((resolve, reject) => {
      if (missing <= 0) resolve();
      for (const call of calls) {
        void call.then((yes) => {
          missing -= yes ? 1 : 0;
          open -= 1;
          if (missing <= 0) resolve();
          else if (open === 0) reject(new NoQuorum());
        });
      }
    });
  }

  private async exchange(peer: Member, objects: Objects): Promise<boolean> {
    try {
      const url = `https://${peer.ip}:${PORTS.supervisor}/standin/gossip`;
      const reply = await callJson<Objects>(this.call, 'POST', url, { from: this.self, objects });
      this.heard(peer.name, reply);
      return true;
    } catch {
      return false;
    }
  }

  heard(peer: string, objects: Objects): void {
    this.seen.set(peer, Date.now());
    this.store.merge(objects);
  }

  /** Never returns. */
  async gossip(): Promise<void> {
    for (;;) {
      await Promise.all(this.peers().map((peer) => this.exchange(peer, this.store.objects)));
      await new Promise((resolve) => setTimeout(resolve, DELAYS.gossip));
    }
  }
}

function order(store: Store, member: Member): number {
  return Number(store.get(`member/${member.name}`, 'joined') ?? 0);
}
