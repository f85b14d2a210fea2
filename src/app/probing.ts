import type { PlanNode } from '../model/plan.ts';
import type { Session } from '../model/session.ts';
import type { ProbeSpec } from '../proof/probe.ts';
import { runProbes } from '../proof/run-probes.ts';
import { type Failure, verdict } from '../proof/verdict.ts';

/** Largest ICMP payload that a path of this MTU carries: 20 bytes IPv4, 8 bytes ICMP. */
export const fullSize = (mtu: number): number => mtu - 28;

export interface Probing {
  readonly sessions: ReadonlyMap<string, Session>;
  readonly nodes: readonly PlanNode[];
  readonly address: (node: PlanNode) => string;
  readonly devs: (node: PlanNode) => readonly string[];
  readonly mtu: (node: PlanNode) => number;
}

/** Every ordered pair, small and full-size: what failed, named by direction. */
export async function probeAll({
  sessions,
  nodes,
  address,
  devs,
  mtu,
}: Probing): Promise<{ ok: boolean; failures: Failure[]; pairs: number }> {
  const sizes = [56, fullSize(Math.min(...nodes.map(mtu)))];
  const ends = nodes.map((n) => ({ host: n.host, address: address(n) }));
  const specs = ends.map(
    (self): ProbeSpec => ({
      self,
      peers: ends.filter((e) => e !== self),
      sizes,
      count: 5,
      intervalMs: 200,
      timeoutMs: 2000,
    }),
  );
  const results = await runProbes(sessions, specs, 20);
  const pairs = nodes.flatMap((a) =>
    nodes.filter((b) => b !== a).map((b) => ({ from: a.host, to: b.host })),
  );
  const judged = verdict(results, {
    pairs,
    sizes,
    expectDev: (host) => nodes.filter((n) => n.host === host).flatMap(devs),
  });
  return { ...judged, pairs: pairs.length };
}

export function tellFailures(failures: readonly Failure[]): string {
  const shown = failures
    .slice(0, 10)
    .map(
      (f) =>
        `${f.from} → ${f.to}${f.direction === 'unknown' ? ' (direction unknown)' : ''}, ${f.size} bytes: ${f.why}`,
    );
  return [...shown, ...(failures.length > 10 ? [`and ${failures.length - 10} more`] : [])].join(
    '; ',
  );
}

/** Devices that may carry a node's probes: of the old backend on the way back. */
export const devsOf =
  (back: boolean) =>
  (n: PlanNode): readonly string[] =>
    back ? n.oldDevs : n.newDevs;
