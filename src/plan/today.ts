import { type Backend, backendByName, backendByType } from '../k3s/backends.ts';
import { carrier } from '../k3s/dataplane.ts';
import type { BackendName } from '../model/facts.ts';
import { leftovers } from '../steps/clean.ts';
import type { Known, StepContext } from '../steps/context.ts';
import { highest } from '../text/cidr.ts';
import type { FlagReader } from './flags.ts';

const peersOf = (known: readonly Known[], self: Known): Known[] => known.filter((m) => m !== self);

/** The backend that a node's K3s runs, by its annotation. */
export function running(m: Known): string {
  return backendByType(m.node.backendType)?.name ?? m.node.backendType ?? 'unknown';
}

/** The backend that carries pods today: the one that most pairs cross, another than the wanted one first. */
export function carrying(known: readonly Known[], to: Backend): BackendName {
  const counts = new Map<BackendName, number>();
  for (const m of known)
    for (const p of peersOf(known, m)) {
      const name = carrier(m.facts, p.subnet);
      if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  const other = [...counts].filter(([name]) => name !== to.name).sort((a, b) => b[1] - a[1])[0];
  const behind = known.find((m) => m.node.backendType !== to.type);
  return other?.[0] ?? (behind && backendByName(running(behind))?.name) ?? to.name;
}

/** Nothing to do on this node: it runs the wanted backend, reaches all over it, and keeps nothing of another. */
export function isSettled(context: StepContext): boolean {
  const { self, all, to } = context;
  const paths = peersOf(all, self).every((p) => carrier(self.facts, p.subnet) === to.name);
  return !context.restart && paths && leftovers(context, to.name).length === 0;
}

/** Where disk, process and data plane disagree today; apart from what the plan wants. */
export function driftOf(known: readonly Known[], flags: FlagReader): string[] {
  return known.flatMap((m) => {
    const lines: string[] = [];
    const now = running(m);
    if (m.facts.unit?.role === 'server' && flags.value(m.facts) !== now)
      lines.push(
        `${m.facts.host}: ${flags.where(m.facts)} says ${flags.value(m.facts)}, the running K3s uses ${now}; the next start activates the file.`,
      );
    const carried = [
      ...new Set(peersOf(known, m).map((p) => carrier(m.facts, p.subnet) ?? 'nothing')),
    ];
    const clear =
      backendByName(now)?.encrypted && carried.some((c) => !backendByName(c)?.encrypted);
    if (carried.some((c) => c !== now))
      lines.push(
        `${m.facts.host}: K3s says ${now}, pods to other nodes are carried by ${carried.join(', ')}${clear ? ': not encrypted' : ''}.`,
      );
    return lines;
  });
}

export type Endpoints = Map<string, { probe: string; meter: string; dev: string; store: string }>;

/** Probe and meter address of every node: the highest of its subnet that nobody has. */
export function addressesOf(known: readonly Known[]): Endpoints {
  return new Map(
    known.map((m) => {
      const own = m.facts.links.flatMap((l) => l.addresses.map((a) => a.split('/')[0] ?? ''));
      const [probe = '', meter = ''] = highest(
        m.subnet,
        2,
        new Set([...m.facts.hostLocal, ...own]),
      );
      const dev = m.facts.links.some((l) => l.name === 'cni0') ? 'cni0' : 'lo';
      return [m.node.name, { probe, meter, dev, store: '/var/lib/cni/networks/cbr0' }];
    }),
  );
}
