import type { Direction } from '../model/journal.ts';
import type { Emit } from '../model/event.ts';
import type { Plan, PlanNode, Stage } from '../model/plan.ts';
import type { Fleet } from './fleet.ts';
import type { RunFiles } from './journal-file.ts';
import type { Leases } from './leases.ts';

/** What a proof of the whole cluster said. */
export interface Proven {
  readonly ok: boolean;
  readonly reason?: string;
}

/** Everything that the executor works with; the decisions are all in `next()`. */
export interface Engine {
  readonly plan: Plan;
  readonly epoch: number;
  readonly files: RunFiles;
  readonly fleet: Fleet;
  readonly leases: Leases;
  readonly emit: Emit;
  /** First signal: finish the atomic step, then leave. */
  readonly signal: AbortSignal;
  /** Shall a run that cannot go on turn back? Asked once, with the reason. */
  turnBack(reason: string): Promise<boolean>;
  /** Seconds that K3s must run without a restart of its own before it counts as started. */
  readonly stable: number;
  prove(stage: Stage, direction: Direction): Promise<Proven>;
  /** Called when a stage begins; the meter starts and stops here. */
  enter(stage: Stage, direction: Direction): Promise<void>;
}

export const isoNow = (): string => new Date().toISOString();

export function nodeOf(plan: Plan, host: string): PlanNode {
  const node = plan.nodes.find((n) => n.host === host);
  if (node === undefined) throw new Error(`host ${host} is not in the plan`);
  return node;
}
