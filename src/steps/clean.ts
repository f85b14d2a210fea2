import { BACKENDS } from '../k3s/backends.ts';
import { flannelLinks, staleRoutes } from '../k3s/dataplane.ts';
import type { Action } from '../model/action.ts';
import type { StepContext, StepMaker } from './context.ts';
import { asSpec } from './main-routes.ts';

/** Links and routes of other backends than `keep` on a node: what Flannel leaves behind, and only that. */
export function leftovers(
  context: Pick<StepContext, 'self' | 'clusterCidr'>,
  keep: string,
): Action[] {
  const { self, clusterCidr } = context;
  const wanted = BACKENDS.find((b) => b.name === keep);
  if (wanted === undefined) return [];
  const links = BACKENDS.filter(
    (b) => b.linkKind !== undefined && b.linkKind !== wanted.linkKind,
  ).flatMap((b) =>
    flannelLinks(self.facts, b.linkKind).map(
      (l) => ({ kind: 'link.del', name: l.name, linkKind: l.kind ?? '' }) as const,
    ),
  );
  const gone = new Set<string>(links.map((l) => l.name));
  const bare = staleRoutes(self.facts, clusterCidr, wanted).filter((r) => !gone.has(r.dev ?? ''));
  return [...bare.map((r) => ({ kind: 'route.del', route: asSpec(r) }) as const), ...links];
}

/** Deletes what the old backend left; after the decision, never before. */
export const flannelClean: StepMaker = (_params, context) => {
  const actions = leftovers(context, context.to.name);
  // Per-peer backends replace each other's routes; only routes that still have the old shape are owed.
  const owed =
    context.to.routes === 'per-peer' ? actions.filter((a) => a.kind === 'link.del') : actions;
  if (owed.length === 0) return undefined;
  return {
    actions: owed,
    undo: [],
    signs: [],
    why: 'left behind, it would carry or mislead pod traffic later',
  };
};
