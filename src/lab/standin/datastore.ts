// Which datastore this server has, and where its data lies: the places that tell K3s itself.
import { existsSync, mkdirSync } from 'node:fs';
import type { Settings } from './settings.ts';
import { Store } from './store.ts';

export interface Datastore {
  readonly kind: 'etcd' | 'sqlite';
  readonly store: Store;
  /** Started before, so it is a member already. */
  readonly existing: boolean;
}

/** Existing etcd data wins over flags, as in K3s. */
export function openDatastore(settings: Settings): Datastore {
  const db = `${settings.dataDir}/server/db`;
  const wal = `${db}/etcd/member/wal`;
  const etcd = existsSync(wal) || settings.clusterInit || settings.join !== undefined;
  const file = etcd ? `${db}/etcd/member/snap/db` : `${db}/state.db`;
  const existing = existsSync(file);
  if (etcd) mkdirSync(wal, { recursive: true });
  return { kind: etcd ? 'etcd' : 'sqlite', store: new Store(file), existing };
}
