import type { NodeObject } from '../model/facts.ts';
import { garbled } from './sections.ts';

interface Meta {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
interface Item {
  readonly metadata?: Meta;
  readonly spec?: { readonly podCIDR?: string; readonly podCIDRs?: readonly string[] };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
  };
}

const FLANNEL = 'flannel.alpha.coreos.com';

/** `kubectl get nodes -o json`, or nothing when the API did not answer. */
export function parseNodes(value: unknown): NodeObject[] {
  if (value === undefined) return [];
  const items = (value as { items?: unknown }).items;
  if (!Array.isArray(items)) throw garbled('nodes', 'the answer has no list of items');
  return (items as Item[]).map(nodeObject);
}

function nodeObject({ metadata = {}, spec = {}, status = {} }: Item): NodeObject {
  const notes = metadata.annotations ?? {};
  const holds = (type: string): boolean =>
    status.conditions?.some((c) => c.type === type && c.status === 'True') ?? false;
  const version = status.nodeInfo?.kubeletVersion;
  return {
    name: metadata.name ?? '',
    internalIp: status.addresses?.find((a) => a.type === 'InternalIP')?.address,
    podCidrs: spec.podCIDRs ?? (spec.podCIDR === undefined ? [] : [spec.podCIDR]),
    ready: holds('Ready'),
    backendType: notes[`${FLANNEL}/backend-type`],
    backendData: notes[`${FLANNEL}/backend-data`],
    publicIp: notes[`${FLANNEL}/public-ip`],
    etcdVoter: holds('EtcdIsVoter'),
    labels: metadata.labels ?? {},
    nodeArgs: nodeArgs(notes['k3s.io/node-args']),
    ...(version === undefined ? {} : { kubeletVersion: version }),
  };
}

/** The annotation is a JSON list that K3s writes, secrets masked; anything else reads as empty. */
function nodeArgs(text: string | undefined): string[] {
  if (text === undefined || !text.startsWith('[')) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(String) : [];
  } catch (error) {
    throw garbled('nodes', `annotation k3s.io/node-args: ${String(error)}`);
  }
}
