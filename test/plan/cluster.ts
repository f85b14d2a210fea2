import { backendByName } from '../../src/k3s/backends.ts';
import type { BackendName, Link, NodeFacts, NodeObject, Route } from '../../src/model/facts.ts';
import type { FlagReader } from '../../src/plan/flags.ts';

export interface Shape {
  readonly servers: number;
  readonly agents: number;
  readonly backend: BackendName;
  /** Backend whose per-peer routes still stand in `main`, as plain restarts leave them. */
  readonly stale?: BackendName;
}

const link = (name: string, kind: string | undefined, mtu: number, addresses: string[]): Link => ({
  name,
  kind,
  mtu,
  up: true,
  mac: undefined,
  master: undefined,
  addresses,
});
const route = (r: Partial<Route> & { dst: string }): Route => ({
  family: 4,
  gateway: undefined,
  dev: undefined,
  table: 'main',
  protocol: undefined,
  scope: undefined,
  src: undefined,
  metric: undefined,
  type: undefined,
  flags: [],
  ...r,
});

/** Names of a cluster: s1…, a1…; node N has subnet 10.42.N.0/24 and address 172.30.0.(10+N). */
export function cluster(shape: Shape): NodeFacts[] {
  const names = [
    ...Array.from({ length: shape.servers }, (_, i) => `s${i + 1}`),
    ...Array.from({ length: shape.agents }, (_, i) => `a${i + 1}`),
  ];
  const type = backendByName(shape.backend)?.type ?? '';
  const nodes = names.map(
    (name, n): NodeObject => ({
      name,
      internalIp: `172.30.0.${10 + n}`,
      podCidrs: [`10.42.${n}.0/24`],
      ready: true,
      backendType: type,
      backendData: undefined,
      publicIp: `172.30.0.${10 + n}`,
      etcdVoter: name.startsWith('s'),
      labels: {},
      nodeArgs: [],
    }),
  );
  return names.map((name, n) => facts(name, n, nodes, shape));
}

function paths(n: number, count: number, backend: BackendName): { links: Link[]; routes: Route[] } {
  const own = `10.42.${n}.0/32`;
  const peers = Array.from({ length: count }, (_, p) => p).filter((p) => p !== n);
  if (backend === 'vxlan')
    return {
      links: [link('flannel.1', 'vxlan', 1450, [own])],
      routes: peers.map((p) =>
        route({
          dst: `10.42.${p}.0/24`,
          gateway: `10.42.${p}.0`,
          dev: 'flannel.1',
          flags: ['onlink'],
        }),
      ),
    };
  if (backend === 'host-gw')
    return {
      links: [],
      routes: peers.map((p) =>
        route({ dst: `10.42.${p}.0/24`, gateway: `172.30.0.${10 + p}`, dev: 'eth0' }),
      ),
    };
  return {
    links: [link('flannel-wg', 'wireguard', 1420, [own])],
    routes: [route({ dst: '10.42.0.0/16', dev: 'flannel-wg', scope: 'link' })],
  };
}

function facts(host: string, n: number, nodes: NodeObject[], shape: Shape): NodeFacts {
  const server = host.startsWith('s');
  const ways = [
    paths(n, nodes.length, shape.backend),
    ...(shape.stale ? [paths(n, nodes.length, shape.stale)] : []),
  ];
  const links = [
    link('lo', undefined, 65536, ['127.0.0.1/8']),
    link('eth0', 'veth', 1500, [`172.30.0.${10 + n}/24`]),
    link('cni0', 'bridge', 1450, [`10.42.${n}.1/24`]),
    ...ways.flatMap((w) => w.links),
  ];
  const sysctls = Object.fromEntries(
    ['all', 'default', ...links.map((l) => l.name)].map((l) => [
      `net/ipv4/conf/${l}/rp_filter`,
      '0',
    ]),
  );
  return {
    host,
    takenAt: '2026-01-01T00:00:00Z',
    hostname: host,
    machineId: `m-${host}`,
    bootId: `b-${host}`,
    uptime: 100,
    kernel: '6.1.0',
    os: { id: 'debian', version: '12', pretty: 'Debian 12' },
    diskFreeKiB: {},
    tools: { ping: 'iputils', curl: '/usr/bin/curl', ip: '/sbin/ip', perl: '/usr/bin/perl' },
    unit: {
      name: server ? 'k3s.service' : 'k3s-agent.service',
      role: server ? 'server' : 'agent',
      fragment: '/etc/systemd/system/k3s.service',
      dropIns: [],
      environmentFiles: [],
      execStart: ['k3s', server ? 'server' : 'agent'],
      activeState: 'active',
      subState: 'running',
      nRestarts: 0,
      invocationId: 'i',
      mainPid: 1,
      activeEnter: 1,
      needDaemonReload: false,
    },
    k3s: {
      versionOnDisk: 'v1.36.3+k3s1',
      versionRunning: 'v1.36.3+k3s1',
      dataDir: '/var/lib/rancher/k3s',
      clusterId: 'ca',
      nodeName: host,
      datastore: server ? 'etcd' : undefined,
      env: server ? {} : { K3S_URL: 'https://172.30.0.10:6443' },
    },
    files: [],
    links,
    routes: [
      route({ dst: 'default', gateway: '172.30.0.1', dev: 'eth0' }),
      route({ dst: '172.30.0.0/24', dev: 'eth0', scope: 'link' }),
      route({ dst: `10.42.${n}.0/24`, dev: 'cni0', scope: 'link' }),
      ...ways.flatMap((w) => w.routes),
    ],
    rules: [
      { family: 4, pref: 0, from: 'all', to: undefined, table: 'local', protocol: undefined },
    ],
    sysctls,
    modules: { wireguard: 'loadable', vxlan: 'builtin' },
    udp: [],
    flannel: {
      netConfType: backendByName(shape.backend)?.type,
      network: '10.42.0.0/16',
      subnet: `10.42.${n}.1/24`,
      ipv6Network: undefined,
      ipv6Subnet: undefined,
      mtu: 1450,
    },
    hostLocal: [`10.42.${n}.10`],
    served: server ? shape.backend : undefined,
    nodes: server ? nodes : [],
    etcd: server ? { members: [], healthy: true } : undefined,
    apiReady: server ? true : undefined,
    reweave: {},
  };
}

/** A flag reader for clusters whose servers keep the setting in config.yaml, one line. */
export function flagsOf(value: string): FlagReader {
  return {
    value: () => value,
    where: () => '/etc/rancher/k3s/config.yaml:1',
    args: (f) => f.unit?.execStart ?? [],
    edit: (_f, to) =>
      to === value
        ? { actions: [], undo: [], backups: [], files: [] }
        : {
            actions: [
              {
                kind: 'file.splice',
                path: '/etc/rancher/k3s/config.yaml',
                before: 'old',
                after: 'new',
                splices: [{ start: 17, end: 17 + value.length, text: to }],
              },
            ],
            undo: [
              {
                kind: 'file.splice',
                path: '/etc/rancher/k3s/config.yaml',
                before: 'new',
                after: 'old',
                splices: [{ start: 17, end: 17 + to.length, text: value }],
              },
            ],
            backups: ['/etc/rancher/k3s/config.yaml'],
            files: [
              {
                path: '/etc/rancher/k3s/config.yaml',
                before: 'old',
                after: 'new',
                diff: '',
                redacted: false,
              },
            ],
          },
  };
}
