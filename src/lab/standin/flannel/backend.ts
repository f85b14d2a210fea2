// What every Flannel backend has in common.
import type { Lease } from '../leases.ts';
import type { Kernel, Uplink } from '../kernel.ts';

export interface Place {
  readonly kernel: Kernel;
  readonly uplink: Uplink;
  readonly node: string;
  /** This node's pod subnet. */
  readonly subnet: string;
  /** The cluster's whole pod network. */
  readonly network: string;
  /** The lease that this node published last, by whatever backend. */
  readonly before: Lease | undefined;
  /** Writes this node's lease. */
  publish(data: unknown): Promise<void>;
}

export interface Backend {
  /** As in annotations and in net-conf.json. */
  readonly type: string;
  readonly options: Record<string, number>;
  /** Link, lease, address; gives the MTU of pods. Throws where the kernel refuses. */
  start(place: Place): Promise<number>;
  /** A lease of this backend's own type was seen. */
  added(place: Place, lease: Lease): Promise<void>;
  /** A lease of another type was seen: said, and otherwise left alone. */
  ignored(lease: Lease): void;
  /** Called every ten seconds. */
  recheck?(place: Place, leases: readonly Lease[]): Promise<void>;
}

/** 10.42.3.0/24 → 10.42.3.0 */
export function baseOf(subnet: string): string {
  return subnet.split('/')[0] ?? subnet;
}
