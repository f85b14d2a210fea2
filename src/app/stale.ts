import type { NodeFacts } from '../model/facts.ts';
import type { Plan, PlanNode } from '../model/plan.ts';
import { EXIT, type Problem } from '../model/problem.ts';

/** What has moved on the nodes since a plan was saved; each difference names node and thing (exit 10). */
export function moved(plan: Plan, facts: readonly NodeFacts[]): Problem[] {
  const problem = (host: string, what: string): Problem => ({
    code: 'plan.stale',
    exit: EXIT.planStale,
    host,
    summary: `${host}: ${what}`,
    hint: 'plan again and review the difference',
    next: 'reweave plan --save plan.json',
  });
  const seen = new Set(facts.map((f) => f.host));
  return [
    ...plan.nodes.flatMap((n) => {
      const f = facts.find((x) => x.host === n.host);
      return f === undefined
        ? [problem(n.host, 'is in the plan and not in the inventory')]
        : changes(n, f, plan.clusterId).map((what) => problem(n.host, what));
    }),
    ...[...seen]
      .filter((h) => !plan.nodes.some((n) => n.host === h))
      .map((h) => problem(h, 'is in the inventory and not in the plan')),
  ];
}

function changes(n: PlanNode, f: NodeFacts, clusterId: string): string[] {
  const now = new Map(f.files.map((x) => [x.path, x.sha256]));
  const paths = new Set([...now.keys(), ...Object.keys(n.pre.files)]);
  const told = (label: string, before: string, after: string | undefined): string[] =>
    before === (after ?? '')
      ? []
      : [`${label} was ${before || 'nothing'}, is ${after || 'nothing'}`];
  return [
    ...told('machine id', n.pre.machineId, f.machineId),
    ...told('boot id', n.pre.bootId, f.bootId),
    ...told('K3s on disk', n.pre.versionOnDisk, f.k3s.versionOnDisk),
    ...told('the start of K3s', n.pre.invocationId, f.unit?.invocationId),
    ...told('the cluster', clusterId, f.k3s.clusterId),
    ...[...paths].flatMap((p) =>
      (n.pre.files[p] ?? undefined) === now.get(p) ? [] : [`${p} has changed`],
    ),
  ];
}
