import { linkOf, routeTo, uplink } from '../k3s/dataplane.ts';
import type { Action } from '../model/action.ts';
import type { GuardActions } from '../model/plan.ts';
import { leftovers } from '../steps/clean.ts';
import type { StepContext } from '../steps/context.ts';
import { endpoints } from '../steps/endpoints.ts';
import { inverses } from '../steps/inverse.ts';
import { mainRoutesStep } from '../steps/main-routes.ts';
import { pin, unpin } from '../steps/pin.ts';

/** Everything of our own comes off a node: the pin, loosened filters, probe rules and addresses. */
export function tidyActions(context: StepContext): Action[] {
  const loosened =
    mainRoutesStep({}, context)?.actions.filter((a) => a.kind === 'sysctl.if_present') ?? [];
  return [
    ...(pin({}, context)?.undo ?? []),
    ...inverses(loosened),
    ...(endpoints({}, context)?.undo ?? []),
  ];
}

/** What the old backend leaves on a node that has moved for good. */
export function cleanNew(context: StepContext): Action[] {
  const all = leftovers(context, context.to.name);
  return context.to.routes === 'per-peer' ? all.filter((a) => a.kind === 'link.del') : all;
}

/**
 * What the new backend leaves on a node that returns: its link, if the run made it, and bare routes
 * to peers where the old backend has one route for the whole network and would be outranked.
 */
export function cleanOld(context: StepContext): Action[] {
  const { self, all, to } = context;
  const peers = all.filter((p) => p !== self);
  const fresh = to.linkNames.filter((n) => !self.facts.links.some((l) => l.name === n));
  const links = fresh.map(
    (name): Action => ({ kind: 'link.del', name, linkKind: to.linkKind ?? '' }),
  );
  const whole = peers.every(
    (p) => linkOf(self.facts, routeTo(self.facts, p.subnet)?.dev)?.kind === 'wireguard',
  );
  if (to.linkKind !== undefined || !whole) return links;
  const dev = uplink(self.facts, peers[0]?.address) ?? '';
  return peers.map((p) => ({
    kind: 'route.del',
    route: { family: 4, dst: p.subnet, gateway: p.address, dev, table: 'main' },
  }));
}

/** What a guard may do on this node by itself. */
export function guardActions(context: StepContext): GuardActions {
  const pinned = pin({}, context)?.actions ?? [];
  const main = mainRoutesStep({}, context)?.undo ?? [];
  return {
    repin: [
      ...pinned.filter((a) => a.kind !== 'sysctl.if_present'),
      ...main.filter((a) => a.kind === 'route.add'),
    ],
    files: context.edit?.undo ?? [],
    reload: context.edit?.undo.some((a) => a.kind === 'systemd.reload') ?? false,
    unpin: unpin({}, context)?.actions ?? [],
    cleanOld: cleanOld(context),
    cleanNew: cleanNew(context),
    tidy: tidyActions(context),
    backups: context.edit?.backups ?? [],
  };
}
