// How a server becomes a member: it starts a cluster, it joins one, or it was one before.
import { randomBytes } from 'node:crypto';
import type { Cluster } from './cluster.ts';
import { DELAYS } from './constants.ts';
import { criticalConfig } from './control-config.ts';
import type { Datastore } from './datastore.ts';
import { type Call, callJson } from './http.ts';
import { fatal, say } from './log.ts';
import type { Settings } from './settings.ts';
import { insist } from './sleep.ts';
import type { Objects } from './store.ts';

interface JoinReply {
  readonly mismatched: readonly string[];
  readonly objects?: Objects;
}

export async function becomeMember(
  settings: Settings,
  datastore: Datastore,
  cluster: Cluster,
  call: Call,
  ip: string,
): Promise<void> {
  const name = settings.nodeName;
  if (datastore.existing && cluster.members().length > 0) return;
  const member = {
    ip,
    id: randomBytes(8).readBigUInt64BE().toString(),
    'etcd-name': `${name}-${randomBytes(4).toString('hex')}`,
    joined: String(Date.now()),
  };
  if (settings.join === undefined) {
    datastore.store.set(`member/${name}`, member);
    return;
  }
  const body = { name, member, critical: criticalConfig(settings) };
  const url = `${settings.join}/standin/join`;
  const reply = await insist(() => callJson<JoinReply>(call, 'POST', url, body), DELAYS.retry);
  if (reply.mismatched.length > 0) refuse(reply.mismatched);
  datastore.store.merge(reply.objects ?? {});
}

function refuse(mismatched: readonly string[]): never {
  for (const key of mismatched) say('warning', `critical configuration mismatched: ${key}`);
  return fatal(
    'preparing server: failed to bootstrap cluster data: failed to validate server configuration: critical configuration value mismatch between servers',
  );
}
