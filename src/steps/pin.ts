import { flannelLinks, routeTo, uplink } from '../k3s/dataplane.ts';
import type { Action, FileSplice, RouteSpec } from '../model/action.ts';
import type { NodeFacts, Route } from '../model/facts.ts';
import type { StepContext, StepMaker } from './context.ts';
import { peersOf } from './context.ts';
import { inverses } from './inverse.ts';

/** The route of `main` that carries a peer's pods today, narrowed to the peer and put into our table. */
function pinned(route: Route, subnet: string, table: string, proto: string): RouteSpec {
  return {
    family: 4,
    dst: subnet,
    table,
    proto,
    ...(route.gateway === undefined ? {} : { gateway: route.gateway }),
    ...(route.dev === undefined ? {} : { dev: route.dev }),
    ...(route.flags.includes('onlink') ? { onlink: true } : {}),
    ...(route.gateway === undefined ? { scope: 'link' } : {}),
  };
}

/** `rp_filter` of a link as the kernel applies it: the larger of `all` and the link. */
function strict(facts: NodeFacts, link: string): boolean {
  const value = (key: string): number =>
    Number(facts.sysctls[`net/ipv4/conf/${key}/rp_filter`] ?? '0');
  return Math.max(value('all'), value(link)) === 1;
}

/** Loosens strict reverse path filters on the links that carry pods for the run; `all` is never touched. */
export function loosen(facts: NodeFacts, links: readonly string[]): Exclude<Action, FileSplice>[] {
  return [...new Set(links)]
    .filter((link) => strict(facts, link))
    .map((link) => {
      const key = `net/ipv4/conf/${link}/rp_filter`;
      return { kind: 'sysctl.if_present', key, value: '2', before: facts.sysctls[key] ?? '0' };
    });
}

/** Links on which pods of other nodes arrive before and after the move, as far as they exist. */
function podLinks({ self, all, to }: StepContext): string[] {
  const peer = all.find((m) => m !== self)?.address;
  const devs = all.flatMap((m) => (m === self ? [] : (routeTo(self.facts, m.subnet)?.dev ?? [])));
  const up = uplink(self.facts, peer);
  return [
    ...devs,
    ...flannelLinks(self.facts, to.linkKind).map((l) => l.name),
    ...(up ? [up] : []),
  ];
}

/** Copies the present peer routes into a table of our own and puts one rule before `main`. */
export const pin: StepMaker = (_params, context) => {
  const { self, pin: numbers, clusterCidr } = context;
  const actions: Exclude<Action, FileSplice>[] = loosen(self.facts, podLinks(context));
  for (const peer of peersOf(context)) {
    const route = routeTo(self.facts, peer.subnet);
    if (route)
      actions.push({
        kind: 'route.add',
        route: pinned(route, peer.subnet, numbers.table, numbers.proto),
      });
  }
  actions.push({
    kind: 'rule.add',
    rule: {
      family: 4,
      pref: numbers.pref,
      to: clusterCidr,
      table: numbers.table,
      proto: numbers.proto,
    },
  });
  return {
    actions,
    undo: inverses(actions),
    signs: [],
    why: 'Flannel may change main as it likes; pods keep the path that they have',
  };
};

/** Deletes the rule: from here on pods take what `main` says. Undo is adding it again, no restart. */
export const unpin: StepMaker = (_params, { pin: numbers, clusterCidr }) => {
  const rule = {
    family: 4,
    pref: numbers.pref,
    to: clusterCidr,
    table: numbers.table,
    proto: numbers.proto,
  } as const;
  return {
    actions: [{ kind: 'rule.del', rule }],
    undo: [{ kind: 'rule.add', rule }],
    signs: [],
    why: 'the new path is proven; pods move onto it',
  };
};
