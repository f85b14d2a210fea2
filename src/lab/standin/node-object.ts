// The fields of a node → the Node object that the API shows.
import { DELAYS, VERSION } from './constants.ts';
import type { Fields } from './store.ts';

interface Condition {
  readonly lastHeartbeatTime: string;
  readonly lastTransitionTime: string;
  readonly message: string;
  readonly reason: string;
  readonly status: string;
  readonly type: string;
}

export interface NodeObject {
  readonly metadata: { readonly name: string } & Record<string, unknown>;
  readonly status: { readonly conditions: readonly Condition[] } & Record<string, unknown>;
  readonly [key: string]: unknown;
}

const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export function nodeObject(name: string, fields: Fields, now: number): NodeObject {
  const get = (key: string): string => fields[key]?.v ?? '';
  const resources = {
    cpu: get('cpu'),
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: get('memory'),
    pods: '110',
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      annotations: prefixed(fields, 'ann:'),
      creationTimestamp: time(Number(get('created'))),
      finalizers: [
        ...(get('etcd') ? ['wrangler.cattle.io/managed-etcd-controller'] : []),
        'wrangler.cattle.io/node',
      ],
      labels: labels(name, fields),
      name,
      resourceVersion: String(Math.max(...Object.values(fields).map(({ t }) => t))),
      uid: get('uid'),
    },
    spec: {
      podCIDR: get('podCIDR'),
      podCIDRs: [get('podCIDR')],
      providerID: `k3s://${name}`,
    },
    status: {
      addresses: [
        { address: get('ip'), type: 'InternalIP' },
        { address: name, type: 'Hostname' },
      ],
      allocatable: resources,
      capacity: resources,
      conditions: conditions(get, now),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: 'amd64',
        bootID: get('boot'),
        containerRuntimeVersion: 'containerd://2.3.2+unknown',
        kernelVersion: get('kernel'),
        kubeProxyVersion: '',
        kubeletVersion: VERSION,
        machineID: get('machine'),
        operatingSystem: 'linux',
        osImage: get('image'),
        systemUUID: get('machine'),
      },
    },
  };
}

function labels(name: string, fields: Fields): Record<string, string> {
  const server = fields['role']?.v === 'server';
  return {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/instance-type': 'k3s',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    ...(server ? { 'node-role.kubernetes.io/control-plane': 'true' } : {}),
    ...(fields['etcd']?.v ? { 'node-role.kubernetes.io/etcd': 'true' } : {}),
    'node.kubernetes.io/instance-type': 'k3s',
    ...prefixed(fields, 'label:'),
  };
}

function prefixed(fields: Fields, prefix: string): Record<string, string> {
  const entries = Object.entries(fields)
    .filter(([key, { v }]) => key.startsWith(prefix) && v !== null)
    .map(([key, { v }]): [string, string] => [key.slice(prefix.length), v ?? '']);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A kubelet whose lease is old is Unknown; what it said before stays readable. */
function conditions(get: (key: string) => string, now: number): Condition[] {
  const lease = Number(get('lease'));
  const lost = now - lease > DELAYS.nodeGrace;
  const heartbeat = Number(get('conditions-at'));
  const since = lost ? lease + DELAYS.nodeGrace : Number(get('ready-since'));
  const kubelet = (type: string, status: string, reason: string, message: string): Condition => ({
    lastHeartbeatTime: time(heartbeat),
    lastTransitionTime: time(since),
    message: lost ? 'Kubelet stopped posting node status.' : message,
    reason: lost ? 'NodeStatusUnknown' : reason,
    status: lost ? 'Unknown' : status,
    type,
  });
  const etcdSince = time(Number(get('created')));
  const voter: Condition = {
    lastHeartbeatTime: etcdSince,
    lastTransitionTime: etcdSince,
    message: 'Node is a voting member of the etcd cluster',
    reason: 'MemberNotLearner',
    status: 'True',
    type: 'EtcdIsVoter',
  };
  return [
    ...(get('etcd') ? [voter] : []),
    kubelet(
      'MemoryPressure',
      'False',
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ),
    kubelet('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    kubelet(
      'PIDPressure',
      'False',
      'KubeletHasSufficientPID',
      'kubelet has sufficient PID available',
    ),
    kubelet('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ];
}
