import type { BackendName, Link, NodeFacts, NodeObject, Route } from '../model/facts.ts';
import { base, covers, network, span } from '../text/cidr.ts';
import { BACKENDS, type Backend } from './backends.ts';

/** A node of the cluster joined with the facts of its host, if that host is known. */
export interface Member {
  readonly node: NodeObject;
  readonly facts: NodeFacts | undefined;
  readonly subnet: string;
  readonly address: string;
}

/** Node objects as the first server with a ready API sees them. */
export function nodeObjects(all: readonly NodeFacts[]): readonly NodeObject[] {
  return all.find((f) => f.nodes.length > 0)?.nodes ?? [];
}

/** Joins node objects and hosts by K3s' node name. */
export function members(all: readonly NodeFacts[]): Member[] {
  return nodeObjects(all).map((node) => {
    const facts = all.find((f) => (f.k3s.nodeName ?? f.hostname) === node.name);
    const subnet = facts?.flannel.subnet ? network(facts.flannel.subnet) : (node.podCidrs[0] ?? '');
    return { node, facts, subnet, address: node.publicIp ?? node.internalIp ?? '' };
  });
}

export function mainRoutes(facts: NodeFacts): Route[] {
  return facts.routes.filter(
    (r) => r.family === 4 && r.table === 'main' && r.dst !== 'default' && r.type !== 'throw',
  );
}

/** The most specific route of `main` towards a subnet, the default route left out. */
export function routeTo(facts: NodeFacts, subnet: string): Route | undefined {
  return mainRoutes(facts)
    .filter((r) => covers(r.dst, subnet))
    .sort((a, b) => span(b.dst).length - span(a.dst).length)[0];
}

export function linkOf(facts: NodeFacts, name: string | undefined): Link | undefined {
  return facts.links.find((l) => l.name === name);
}

/** The backend whose shape a route has: by the kind of its link, or a plain next hop on the uplink. */
export function backendOfRoute(facts: NodeFacts, route: Route): Backend | undefined {
  const kind = linkOf(facts, route.dev)?.kind;
  const tunnel = BACKENDS.find((b) => b.linkKind !== undefined && b.linkKind === kind);
  if (tunnel) return tunnel;
  return route.gateway !== undefined ? BACKENDS.find((b) => b.linkKind === undefined) : undefined;
}

/** Which backend carries pods from this host to a subnet through `main`; undefined = no path. */
export function carrier(facts: NodeFacts, subnet: string): BackendName | undefined {
  const route = routeTo(facts, subnet);
  return route && backendOfRoute(facts, route)?.name;
}

/** Flannel's own links of a kind: by kind and address, whatever their name. */
export function flannelLinks(facts: NodeFacts, kind: string | undefined): Link[] {
  if (kind === undefined || facts.flannel.subnet === undefined) return [];
  const own = `${base(facts.flannel.subnet)}/32`;
  return facts.links.filter((l) => l.kind === kind && l.addresses.includes(own));
}

/** Interface of the default route, or of the route to a peer's address. */
export function uplink(facts: NodeFacts, peer: string | undefined): string | undefined {
  const direct = peer === undefined ? undefined : routeTo(facts, peer)?.dev;
  return (
    direct ??
    facts.routes.find((r) => r.family === 4 && r.table === 'main' && r.dst === 'default')?.dev
  );
}

/** Routes of `main` inside the cluster network that belong to another backend than the wanted one. */
export function staleRoutes(facts: NodeFacts, clusterCidr: string, wanted: Backend): Route[] {
  return mainRoutes(facts).filter((r) => {
    if (!covers(clusterCidr, r.dst)) return false;
    const owner = backendOfRoute(facts, r);
    return owner !== undefined && owner.name !== wanted.name;
  });
}
