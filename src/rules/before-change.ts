import { flannelLinks, routeTo, uplink } from '../k3s/dataplane.ts';
import { covers } from '../text/cidr.ts';
import { finding, type Rule } from './rule.ts';

const INSTALL: Readonly<Record<string, string>> = {
  ping: 'install iputils-ping (Debian, Ubuntu) or iputils (RHEL, SUSE)',
  curl: 'install curl',
  ip: 'install iproute2',
};

/** Everything that refuses a change of the backend before anything is touched. */
export const BEFORE_CHANGE: readonly Rule[] = [
  {
    id: 'module-missing',
    source: 'K3s, basic network options: WireGuard kernel modules must be available on every node',
    find: ({ facts, to }) =>
      to.module === undefined
        ? []
        : facts.flatMap((f) => {
            const state = f.modules[to.module ?? ''] ?? 'absent';
            return state === 'absent' || state === 'blacklisted'
              ? [
                  finding(
                    'module-missing',
                    'error',
                    f.host,
                    `kernel ${f.kernel} has no module ${to.module} (${state})`,
                    `${to.name} cannot start without it; K3s would restart for ever while systemd and the node stay green`,
                    `install a kernel with ${to.module} on ${f.host}, or choose another backend`,
                  ),
                ]
              : [];
          }),
  },
  {
    id: 'tool-missing',
    source: 'probes and guards run on the nodes with ordinary tools',
    find: ({ facts }) =>
      facts.flatMap((f) =>
        Object.entries(INSTALL).flatMap(([tool, fix]) =>
          f.tools[tool] === undefined
            ? [
                finding(
                  'tool-missing',
                  'error',
                  f.host,
                  `${tool} is not installed`,
                  'without it nothing can be proven there',
                  fix,
                ),
              ]
            : [],
        ),
      ),
  },
  {
    id: 'no-k3s',
    source: 'the deployed unit decides, not the inventory',
    find: ({ facts }) =>
      facts.flatMap((f) =>
        f.unit === undefined
          ? [
              finding(
                'no-k3s',
                'error',
                f.host,
                'no K3s unit was found',
                'this host runs no K3s under systemd',
                `take ${f.host} out of the inventory, or install K3s there`,
              ),
            ]
          : f.unit.activeState === 'active'
            ? []
            : [
                finding(
                  'k3s-not-running',
                  'error',
                  f.host,
                  `${f.unit.name} is ${f.unit.activeState}`,
                  'only a healthy cluster is changed',
                  `journalctl -u ${f.unit.name} on ${f.host}`,
                ),
              ],
      ),
  },
  {
    id: 'api-down',
    source: 'node annotations are read from the API',
    find: ({ facts, members }) => {
      const servers = facts.filter((f) => f.unit?.role === 'server');
      if (servers.length === 0)
        return [
          finding(
            'no-server',
            'error',
            undefined,
            'no host runs k3s server',
            'the setting lives on servers',
            'put the servers into the inventory',
          ),
        ];
      const down = servers
        .filter((f) => f.apiReady === false)
        .map((f) =>
          finding(
            'api-down',
            'error',
            f.host,
            'the API of this server is not ready',
            'servers restart one at a time, only while all others are healthy',
            `k3s kubectl get --raw /readyz on ${f.host}`,
          ),
        );
      return members.length === 0
        ? [
            ...down,
            finding(
              'api-down',
              'error',
              servers[0]?.host,
              "no server told the cluster's nodes",
              'without node objects no pair is known',
              'k3s kubectl get nodes',
            ),
          ]
        : down;
    },
  },
  {
    id: 'etcd-unhealthy',
    source: 'K3s, high availability embedded etcd: a restart needs a majority',
    find: ({ facts }) =>
      facts.flatMap((f) =>
        f.etcd && !f.etcd.healthy
          ? [
              finding(
                'etcd-unhealthy',
                'error',
                f.host,
                'etcd says it is not healthy',
                'a restart would cost the majority',
                `repair etcd on ${f.host} first`,
              ),
            ]
          : [],
      ),
  },
  {
    id: 'node-not-ready',
    source: 'only a healthy cluster is changed',
    find: ({ members }) =>
      members.flatMap((m) =>
        m.node.ready
          ? []
          : [
              finding(
                'node-not-ready',
                'error',
                m.facts?.host ?? m.node.name,
                `node ${m.node.name} is not Ready`,
                'a node that is down cannot be proven, and would come back on the old backend',
                `k3s kubectl describe node ${m.node.name}`,
              ),
            ],
      ),
  },
  {
    id: 'not-in-inventory',
    source: "a node that is left behind loses its pods' path",
    find: ({ members }) =>
      members.flatMap((m) =>
        m.facts
          ? []
          : [
              finding(
                'not-in-inventory',
                'error',
                m.node.name,
                `node ${m.node.name} (${m.address}) is in the cluster and not in the inventory`,
                'its pods would lose their path to all others',
                `add ${m.node.name} to the inventory, or delete the node`,
              ),
            ],
      ),
  },
  {
    id: 'not-in-cluster',
    source: 'a host that is no member cannot be proven',
    find: ({ facts, members }) =>
      members.length === 0
        ? []
        : facts.flatMap((f) =>
            members.some((m) => m.facts === f)
              ? []
              : [
                  finding(
                    'not-in-cluster',
                    'error',
                    f.host,
                    `host ${f.host} (K3s node name ${f.k3s.nodeName ?? f.hostname}) is no node of this cluster`,
                    'two clusters, or a wrong inventory',
                    `k3s kubectl get nodes; or --limit '!${f.host}'`,
                  ),
                ],
          ),
  },
  {
    id: 'two-clusters',
    source: 'the cluster is known by its CA',
    find: ({ facts }) => {
      const ids = new Map<string, string[]>();
      for (const f of facts)
        if (f.k3s.clusterId)
          ids.set(f.k3s.clusterId, [...(ids.get(f.k3s.clusterId) ?? []), f.host]);
      return ids.size > 1
        ? [
            finding(
              'two-clusters',
              'error',
              undefined,
              [...ids.values()].map((h) => h.join(', ')).join(' | '),
              'these hosts trust different cluster CAs',
              'use --limit to name one cluster',
            ),
          ]
        : [];
    },
  },
  {
    id: 'one-machine-twice',
    source: 'a name that leads to another machine is refused',
    find: ({ facts }) =>
      facts.flatMap((f, i) => {
        const twin = facts
          .slice(0, i)
          .find((g) => g.machineId === f.machineId && g.bootId === f.bootId);
        return twin
          ? [
              finding(
                'one-machine-twice',
                'error',
                f.host,
                `${f.host} and ${twin.host} are one machine`,
                'a machine counted twice breaks every majority',
                'remove one of the names from the inventory',
              ),
            ]
          : [];
      }),
  },
  {
    id: 'ipv6-pods',
    source: 'the pin is made and proven for IPv4 only so far',
    find: ({ facts, clusterCidrs }) =>
      clusterCidrs.some((c) => c.includes(':')) ||
      facts.some((f) => f.flannel.ipv6Subnet !== undefined)
        ? [
            finding(
              'ipv6-pods',
              'error',
              undefined,
              `cluster network ${clusterCidrs.join(', ')}`,
              'IPv6 pods are not pinned nor proven yet',
              'not supported yet',
            ),
          ]
        : [],
  },
  {
    id: 'no-path-today',
    source: 'the pin copies the path that pods have today',
    find: ({ members, clusterCidrs }) =>
      members.flatMap((m) =>
        members.flatMap((p) =>
          m === p ||
          m.facts === undefined ||
          p.subnet === '' ||
          routeTo(m.facts, p.subnet) !== undefined
            ? []
            : [
                finding(
                  'no-path-today',
                  'error',
                  m.facts.host,
                  `no route to ${p.subnet} (${p.node.name}) inside ${clusterCidrs.join(', ')}`,
                  'pods of this pair have no path even now',
                  `ip route show on ${m.facts.host}; restart K3s there`,
                ),
              ],
        ),
      ),
  },
  {
    id: 'routed-between-nodes',
    source: 'K3s, basic network options: host-gw needs direct layer 2 between all nodes',
    find: ({ members, to }) =>
      to.name !== 'host-gw'
        ? []
        : members.flatMap((m) =>
            members.flatMap((p) => {
              if (m === p || m.facts === undefined) return [];
              const onLink = m.facts.routes.some(
                (r) =>
                  r.table === 'main' &&
                  r.family === 4 &&
                  r.gateway === undefined &&
                  r.dst !== 'default' &&
                  covers(r.dst, p.address),
              );
              return onLink
                ? []
                : [
                    finding(
                      'routed-between-nodes',
                      'error',
                      m.facts.host,
                      `${p.node.name} (${p.address}) is behind a router`,
                      'host-gw needs every node on one layer 2',
                      'choose vxlan or wireguard-native',
                    ),
                  ];
            }),
          ),
  },
  {
    id: 'port-taken',
    source: 'a backend that cannot bind its port crash-loops',
    find: ({ facts, to }) =>
      facts.flatMap((f) =>
        flannelLinks(f, to.linkKind).length > 0
          ? []
          : to.ports.flatMap((port) =>
              f.udp.some((u) => u.port === port)
                ? [
                    finding(
                      'port-taken',
                      'error',
                      f.host,
                      `UDP ${port} is in use${f.udp.find((u) => u.port === port)?.process ? ` by ${f.udp.find((u) => u.port === port)?.process}` : ''}`,
                      `${to.name} needs it`,
                      `ss -lunp 'sport = :${port}' on ${f.host}`,
                    ),
                  ]
                : [],
            ),
      ),
  },
  {
    id: 'ssh-inside-cluster-network',
    source: 'wireguard-native routes the whole cluster network',
    find: ({ members, clusterCidrs }) =>
      members.flatMap((m) =>
        clusterCidrs.some((c) => covers(c, m.address))
          ? [
              finding(
                'node-inside-cluster-network',
                'error',
                m.facts?.host,
                `${m.address} lies inside ${clusterCidrs.join(', ')}`,
                'the node would be routed into the tunnel',
                "change the cluster network or the node's address",
              ),
            ]
          : [],
      ),
  },
  {
    id: 'no-uplink',
    source: 'capture and reverse path filters are looked at on the interface towards the peers',
    find: ({ members }) =>
      members.flatMap((m) =>
        m.facts && uplink(m.facts, members.find((p) => p !== m)?.address) === undefined
          ? [
              finding(
                'no-uplink',
                'error',
                m.facts.host,
                'no route to the other nodes',
                'nodes cannot reach each other',
                `ip route on ${m.facts.host}`,
              ),
            ]
          : [],
      ),
  },
];
