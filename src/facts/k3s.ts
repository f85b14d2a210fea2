import { X509Certificate } from 'node:crypto';
import { type ConfigTree, treeOf } from '../k3s/config-tree.ts';
import { where } from '../k3s/resolve.ts';
import { parseVersion } from '../k3s/versions.ts';
import type { NodeFacts, NodeObject, UnitFacts } from '../model/facts.ts';
import { sha256 } from '../text/bytes.ts';
import { parseBlobs } from './files.ts';
import type { Answers } from './sections.ts';

type K3s = NodeFacts['k3s'];

/** What is needed beside the answers to tell K3s' own facts. */
export interface K3sInput {
  readonly answers: Answers;
  readonly unit: UnitFacts;
  readonly tree: ConfigTree;
  readonly env: K3s['env'];
  readonly nodes: readonly NodeObject[];
  readonly hostname: string;
}

export function parseK3s(input: K3sInput): K3s {
  const { answers, unit, tree, env } = input;
  const blobs = parseBlobs(answers.text('blobs'));
  const dataDir =
    answers.pairs('paths')['data'] ?? valueOf(tree, 'data-dir') ?? '/var/lib/rancher/k3s';
  const ca = blobs.get(`${dataDir}/agent/server-ca.crt`);
  const onDisk = version(answers.text('version'));
  const nodeName = nodeNameOf(
    input,
    blobs.get(`${dataDir}/agent/client-kubelet.crt`),
    blobs.get('/etc/rancher/node/id'),
  );
  const own = input.nodes.find((n) => n.name === nodeName)?.kubeletVersion;
  return {
    versionOnDisk: onDisk,
    versionRunning: own === undefined ? unlessSwapped(answers, onDisk) : version(own),
    dataDir,
    clusterId: ca === undefined ? undefined : sha256(ca),
    nodeName,
    datastore: unit.role === 'server' ? datastore(answers, tree) : undefined,
    env,
  };
}

const version = (text: string): string | undefined => {
  const found = parseVersion(text);
  return found === undefined ? undefined : `v${found}`;
};

function valueOf(tree: ConfigTree, flag: string): string | undefined {
  const setting = where(tree, flag);
  return 'error' in setting || setting.value === '' ? undefined : setting.value;
}

/** The node's own client certificate names it (`system:node:NAME`); else the setting, else the host name. */
function nodeNameOf(
  { tree, hostname }: K3sInput,
  certificate: Buffer | undefined,
  id: Buffer | undefined,
): string | undefined {
  const named = certificate === undefined ? undefined : commonName(certificate);
  if (named?.startsWith('system:node:')) return named.slice('system:node:'.length);
  const base = (valueOf(tree, 'node-name') ?? hostname).toLowerCase();
  const suffix = id?.toString('utf8').trim();
  const withId = valueOf(tree, 'with-node-id') === 'true' && suffix !== undefined && suffix !== '';
  if (base === '') return undefined;
  return withId ? `${base}-${suffix}` : base;
}

/** Undefined for what is no certificate: a stand-in's file, or one cut while K3s renews it. */
function commonName(pem: Buffer): string | undefined {
  try {
    return /^CN=(.*)$/m.exec(new X509Certificate(pem).subject)?.[1];
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/**
 * Where no node object tells, the running version is that on disk, unless the binary was replaced:
 * its process then runs a deleted file, or the file changed after the process started.
 */
function unlessSwapped(answers: Answers, onDisk: string | undefined): string | undefined {
  const { exe, changed } = answers.pairs('process');
  const { now, uptime } = answers.pairs('ids');
  const started = /^ExecMainStartTimestampMonotonic=(\d+)$/m.exec(answers.text('unit'))?.[1];
  if (exe === undefined || exe === '' || exe.endsWith(' (deleted)')) return undefined;
  if (changed === undefined || changed === '' || started === undefined || started === '0')
    return undefined;
  const boot = Number(now) - Number(uptime);
  return Number(changed) <= boot + Number(started) / 1e6 + 1 ? onDisk : undefined;
}

/** Once etcd has data, K3s ignores datastore flags; so its directory decides first. */
function datastore(answers: Answers, tree: ConfigTree): K3s['datastore'] {
  const { etcd, sqlite } = answers.pairs('storage');
  if (etcd === '1') return 'etcd';
  const setting = where(tree, 'datastore-endpoint');
  if ('error' in setting) return 'unknown';
  if (setting.value !== undefined && setting.value !== '' && !setting.value.startsWith('sqlite'))
    return 'external';
  return sqlite === '1' ? 'sqlite' : 'unknown';
}

export function k3sOf(facts: Omit<NodeFacts, 'k3s'>, env: K3s['env'], answers: Answers): K3s {
  const none: K3s = {
    versionOnDisk: undefined,
    versionRunning: undefined,
    dataDir: '/var/lib/rancher/k3s',
    clusterId: undefined,
    nodeName: undefined,
    datastore: undefined,
    env,
  };
  const { unit, nodes, hostname } = facts;
  const tree = treeOf({ ...facts, k3s: none });
  if (unit === undefined || tree === undefined) return none;
  return parseK3s({ answers, unit, tree, env, nodes, hostname });
}
