import type { NodeFacts } from '../../src/model/facts.ts';

/**
 * What is compared of a node between a recording of a real K3s and the lab, and how it is made
 * comparable. Everything that is left out here is left out of the claim:
 * - pod subnets are given in join order: `10.42.N` becomes `10.42.<node>`;
 * - node addresses differ by lab: `172.3x.y.` becomes `net.`;
 * - MAC addresses, keys, ids, times, counters and kernel versions are the machine's own;
 * - links and routes that are not the pod network's (lo, eth0's own, veth names) are left out;
 * - file contents are compared elsewhere; here their paths;
 * - rules were not recorded;
 * - of UDP listeners those of Flannel's ports; annotations of Flannel, not of kubelet.
 */
export function comparable(f: NodeFacts, nodes: readonly NodeFacts['nodes'][number][]): unknown {
  const subnets = nodes.flatMap((n) =>
    n.podCidrs.map((c) => [c.replace(/\.0\/24$/, ''), `10.42.<${n.name}>`] as const),
  );
  const text = (value: string | undefined): string | undefined =>
    value === undefined
      ? undefined
      : subnets
          .reduce(
            (s, [from, to]) =>
              s.replaceAll(new RegExp(`${from.replaceAll('.', '\\.')}(?=\\.)`, 'g'), to),
            value,
          )
          .replaceAll(/172\.3[01]\.\d+\./g, 'net.');
  const shape = (data: string | undefined): string | undefined =>
    data
      ?.replace(/"VtepMAC":"[^"]*"/, '"VtepMAC":"…"')
      .replace(/"PublicKey":"[^"]*"/, '"PublicKey":"…"');
  const view = {
    links: f.links
      .filter((l) => ['cni0', 'flannel.1', 'flannel-wg'].includes(l.name))
      .map((l) => ({
        name: l.name,
        kind: l.kind,
        mtu: l.mtu,
        up: l.up,
        addresses: l.addresses.map(text).filter((a) => !a?.startsWith('fe80')),
        vxlan: l.vxlan && { ...l.vxlan, local: text(l.vxlan.local) },
      }))
      .sort((a, b) => a.name.localeCompare(b.name)),
    routes: f.routes
      .filter((r) => r.table === 'main' && r.family === 4 && r.dst.startsWith('10.42.'))
      .map((r) =>
        `${text(r.dst)} via ${text(r.gateway) ?? '-'} dev ${r.dev ?? '-'} ${r.scope ?? ''} ${r.flags.join(' ')}`.trim(),
      )
      .sort(),
    ports: [...new Set(f.udp.map((u) => u.port).filter((p) => p === 8472 || p === 51820))].sort(
      (a, b) => a - b,
    ),
    flannel: { ...f.flannel, subnet: text(f.flannel.subnet) },
    unit: f.unit && {
      name: f.unit.name,
      role: f.unit.role,
      fragment: f.unit.fragment,
      environmentFiles: f.unit.environmentFiles,
    },
    served: f.served,
    nodes: f.nodes
      .map((n) => ({
        name: n.name,
        ready: n.ready,
        type: n.backendType,
        data: shape(n.backendData),
        publicIp: text(n.publicIp),
        voter: n.etcdVoter,
      }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
  return JSON.parse(JSON.stringify(view));
}
