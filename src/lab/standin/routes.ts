// Every path that a server answers, with who may ask.
import { type Cluster, NoQuorum } from './cluster.ts';
import { controlConfig, criticalConfig } from './control-config.ts';
import { dbInfo } from './etcd.ts';
import { leasesOf } from './leases.ts';
import { type NodeObject, nodeObject } from './node-object.ts';
import type { Registry } from './registry.ts';
import { failure, json, type Reply, text } from './reply.ts';
import type { Settings } from './settings.ts';
import type { Fields, Objects, Value } from './store.ts';

export interface ServerState {
  readonly settings: Settings;
  readonly ip: string;
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly etcd: boolean;
  readonly caPem: string;
  /** Said READY, that is: the API server is up. */
  ready: boolean;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

type Route = (state: ServerState, asked: Asked, name: string) => Reply | Promise<Reply>;

/** `open` ones need no client certificate. */
const ROUTES: readonly { at: RegExp; open?: boolean; to: Route }[] = [
  { at: /^GET \/ping$/, open: true, to: () => text('pong') },
  { at: /^GET \/cacerts$/, open: true, to: (state) => text(state.caPem) },
  { at: /^GET \/db\/info$/, open: true, to: (state) => dbInfo(state.cluster, state.etcd) },
  { at: /^GET \/v1-k3s\/config$/, to: (state) => json(controlConfig(state.settings, state.ip)) },
  { at: /^GET \/v1-k3s\/readyz$/, to: readyz },
  { at: /^GET \/(readyz|healthz|livez)$/, to: readyz },
  {
    at: /^GET \/version$/,
    to: () => json({ major: '1', minor: '36', gitVersion: 'v1.36.3+k3s1' }),
  },
  { at: /^GET \/api\/v1\/nodes$/, to: listNodes },
  { at: /^GET \/api\/v1\/nodes\/(.+)$/, to: (state, _asked, name) => getNode(state, name) },
  { at: /^PATCH \/api\/v1\/nodes\/(.+)$/, to: patchNode },
  { at: /^POST \/standin\/gossip$/, to: gossip },
  { at: /^POST \/standin\/join$/, to: join },
  { at: /^POST \/standin\/register\/(.+)$/, to: register },
  { at: /^POST \/standin\/node\/(.+)$/, to: update },
  { at: /^GET \/standin\/leases$/, to: (state) => json(leasesOf(state.cluster.store)) },
  { at: /^GET \/standin\/members$/, to: (state) => json(state.cluster.members()) },
];

/** undefined: nobody is allowed to ask that without a certificate. */
export async function route(
  state: ServerState,
  asked: Asked,
  authorized: boolean,
): Promise<Reply | undefined> {
  const line = `${asked.method} ${asked.path.split('?')[0]}`;
  const found = ROUTES.find(({ at }) => at.test(line));
  if (!found?.open && !authorized) return undefined;
  if (!found) return failure(404, 'NotFound', 'the server could not find the requested resource');
  if (line.includes('/api/v1/') && !state.ready) return unavailable();
  try {
    return await found.to(state, asked, decodeURIComponent(found.at.exec(line)?.[1] ?? ''));
  } catch (error) {
    if (error instanceof NoQuorum) return unavailable();
    return failure(500, 'InternalError', String(error));
  }
}

function unavailable(): Reply {
  return failure(503, 'ServiceUnavailable', 'etcdserver: request timed out');
}

function readyz(state: ServerState): Reply {
  return state.ready && state.cluster.hasMajority()
    ? text('ok')
    : failure(503, 'ServiceUnavailable', 'not ready');
}

function nodes(state: ServerState): NodeObject[] {
  if (!state.cluster.hasMajority()) throw new NoQuorum();
  const { store } = state.cluster;
  return store
    .names('node/')
    .filter((name) => store.get(`node/${name}`, 'podCIDR'))
    .map((name) => nodeObject(name, store.objects[`node/${name}`] as Fields, Date.now()));
}

function listNodes(state: ServerState): Reply {
  const metadata = { resourceVersion: String(Date.now()) };
  return json({ kind: 'NodeList', apiVersion: 'v1', metadata, items: nodes(state) });
}

function getNode(state: ServerState, name: string): Reply {
  const node = nodes(state).find(({ metadata }) => metadata.name === name);
  return node ? json(node) : failure(404, 'NotFound', `nodes "${name}" not found`);
}

/** A merge patch; annotations and labels alone. */
async function patchNode(state: ServerState, asked: Asked, name: string): Promise<Reply> {
  const found = getNode(state, name);
  if (found.status !== 200) return found;
  const patch = JSON.parse(asked.body) as { metadata?: Record<string, Record<string, Value>> };
  const fields: Record<string, Value> = {};
  for (const [key, v] of Object.entries(patch.metadata?.['annotations'] ?? {}))
    fields[`ann:${key}`] = v;
  for (const [key, v] of Object.entries(patch.metadata?.['labels'] ?? {}))
    fields[`label:${key}`] = v;
  await state.registry.update(name, fields);
  return getNode(state, name);
}

function gossip(state: ServerState, asked: Asked): Reply {
  const { from, objects } = JSON.parse(asked.body) as { from: string; objects: Objects };
  state.cluster.heard(from, objects);
  return json(state.cluster.store.objects);
}

/** A new server must agree with this one; then it is a member. */
async function join(state: ServerState, asked: Asked): Promise<Reply> {
  const { name, member, critical } = JSON.parse(asked.body) as {
    name: string;
    member: Record<string, Value>;
    critical: Record<string, string>;
  };
  const ours = criticalConfig(state.settings);
  const mismatched = Object.keys(ours).filter((key) => ours[key] !== critical[key]);
  if (mismatched.length > 0) return json({ mismatched });
  if (!state.ready) return unavailable();
  await state.cluster.write(`member/${name}`, member);
  return json({ mismatched, objects: state.cluster.store.objects });
}

async function register(state: ServerState, asked: Asked, name: string): Promise<Reply> {
  const fields = JSON.parse(asked.body) as Record<string, Value>;
  return json({ podCIDR: await state.registry.register(name, fields) });
}

async function update(state: ServerState, asked: Asked, name: string): Promise<Reply> {
  await state.registry.update(name, JSON.parse(asked.body) as Record<string, Value>);
  return json({});
}
