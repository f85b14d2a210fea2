// What a node needs from the cluster; a server asks itself, an agent asks a server.
import type { Lease } from './leases.ts';
import type { Value } from './store.ts';

export interface NodeApi {
  /** Creates or updates the node object; gives its pod subnet. */
  register(name: string, fields: Record<string, Value>): Promise<string>;
  update(name: string, fields: Record<string, Value>): Promise<void>;
  leases(): Promise<readonly Lease[]>;
}
