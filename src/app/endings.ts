import type { MeterTotals, NodeResult, Summary } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import { EXIT, type ExitCode, type Problem, ReweaveError } from '../model/problem.ts';
import type { RunEnd } from '../run/execute.ts';
import type { RunState } from '../run/state.ts';

/** What was asked for: a run that ends elsewhere is not a success, even when all is well there. */
export type Asked = 'new' | 'old';

export function exitFor(end: RunEnd, asked: Asked): ExitCode {
  if (end.outcome === 'all-new') return EXIT.ok;
  if (end.outcome === 'all-old') return asked === 'old' ? EXIT.ok : EXIT.rolledBack;
  return end.reasons.every((r) => r === end.turned) && end.turned?.startsWith('not proven')
    ? EXIT.unproven
    : EXIT.mixed;
}

/** The summary of a run that came to an end. */
export function summaryOf(
  plan: Plan,
  end: RunEnd,
  exit: ExitCode,
  state: RunState,
  meter: MeterTotals | undefined,
): Summary {
  const problems: Problem[] = [
    ...(end.turned ? [{ code: 'run.turned', exit: EXIT.rolledBack, summary: end.turned }] : []),
    ...end.reasons
      .filter((r) => r !== end.turned)
      .map((r) => ({ code: 'run.open', exit: EXIT.mixed, summary: r })),
  ];
  const where = end.outcome === 'all-new' ? 'new' : end.outcome === 'all-old' ? 'old' : 'unknown';
  const nodes = plan.nodes.map((n): NodeResult => ({ host: n.host, state: where }));
  const way = state.decision === 'new' ? 'resume' : 'rollback';
  return {
    exit,
    outcome: end.outcome,
    problems,
    nodes,
    ...(meter ? { meter } : {}),
    ...(end.outcome === 'mixed' ? { next: `reweave ${way} ${plan.id}` } : {}),
  };
}

/** Until when the guards hold, and what they then do. */
export function guardsHold(plan: Plan): string {
  return `guards hold for ${plan.lease.seconds} s from now; then every node returns to ${plan.from} by itself within ${plan.lease.bound} s (or goes forward, if that was decided)`;
}

export function interrupted(plan: Plan, end: RunEnd): Summary {
  const reason = end.reasons[0] ?? 'interrupted';
  return {
    exit: reason.includes('SIGTERM') ? EXIT.terminated : EXIT.interrupted,
    outcome: 'interrupted',
    problems: [],
    next: `reweave resume ${plan.id}`,
  };
}

export function takenOver(plan: Plan, why: string): Summary {
  return {
    exit: EXIT.mixed,
    outcome: `the guards have taken over; nothing more was changed from here`,
    problems: [
      {
        code: 'run.fenced',
        exit: EXIT.mixed,
        summary: why,
        detail: `The leases ran out, so the nodes return to one setting by themselves within ${plan.lease.bound} s.`,
        hint: 'wait for that, then let resume look at every node',
        next: `reweave resume ${plan.id}`,
      },
    ],
    next: `reweave resume ${plan.id}`,
  };
}

export function noRun(): ReweaveError {
  return new ReweaveError({
    code: 'run.none',
    exit: EXIT.usage,
    summary: 'no run is recorded',
    hint: 'runs are kept in --state-dir',
    next: 'reweave status',
  });
}
