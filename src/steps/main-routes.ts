import { staleRoutes } from '../k3s/dataplane.ts';
import type { Action, FileSplice, RouteSpec } from '../model/action.ts';
import type { NodeFacts, Route } from '../model/facts.ts';
import type { StepMaker } from './context.ts';
import { inverses } from './inverse.ts';
import { loosen } from './pin.ts';

export function asSpec(route: Route): RouteSpec {
  return {
    family: route.family,
    dst: route.dst,
    table: route.table,
    ...(route.gateway === undefined ? {} : { gateway: route.gateway }),
    ...(route.dev === undefined ? {} : { dev: route.dev }),
    ...(route.flags.includes('onlink') ? { onlink: true } : {}),
    ...(route.scope === undefined || route.scope === 'global' ? {} : { scope: route.scope }),
    ...(route.src === undefined ? {} : { src: route.src }),
    ...(route.metric === undefined ? {} : { metric: route.metric }),
  };
}

/** A link that does not exist yet is born with `default`; once it is there its filter is loosened too. */
function loosenNew(facts: NodeFacts, names: readonly string[]): Exclude<Action, FileSplice>[] {
  const born = facts.sysctls['net/ipv4/conf/default/rp_filter'] ?? '0';
  const missing = names.filter((name) => !facts.links.some((l) => l.name === name));
  const sysctls: Record<string, string> = { ...facts.sysctls };
  for (const name of missing) sysctls[`net/ipv4/conf/${name}/rp_filter`] = born;
  return loosen({ ...facts, sysctls }, missing);
}

/**
 * Makes `main` lead to peers over the new backend, while pods are still pinned elsewhere: routes of
 * the old backend that outrank the new one are taken out (source: measured; a per-peer route via
 * flannel.1 or a node's address outranks the whole-network route of WireGuard for ever).
 */
export const mainRoutesStep: StepMaker = (_params, { self, clusterCidr, to }) => {
  const outranking = to.routes === 'whole' ? staleRoutes(self.facts, clusterCidr, to) : [];
  const actions: Exclude<Action, FileSplice>[] = [
    ...loosenNew(self.facts, to.linkNames),
    ...outranking.map((route) => ({ kind: 'route.del', route: asSpec(route) }) as const),
  ];
  return {
    actions,
    undo: inverses(actions),
    signs: [{ kind: 'routes', value: to.name, why: `main leads to every peer over ${to.name}` }],
    why: `main must lead to every peer over ${to.name} before that is proven`,
  };
};
