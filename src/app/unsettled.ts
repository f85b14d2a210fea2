import type { NodeFacts } from '../model/facts.ts';
import type { Plan } from '../model/plan.ts';
import { ReweaveError } from '../model/problem.ts';
import type { Io, PlanOptions } from './options.ts';
import { planFrom } from './planning.ts';

/** Options of a plan that is only looked at. */
export function lookingAt(to: Plan['to']): PlanOptions {
  return {
    inventory: [],
    forks: 1,
    become: false,
    verbosity: 0,
    lockTimeout: 0,
    to,
    batch: [],
    maxLoss: 0,
    rollback: 'auto',
    lease: 300,
    restartLimit: 90,
    allow: [],
    diff: false,
    detailedExitcode: false,
  };
}

/** What a plan to the same backend would still do now; empty = the cluster is settled on it. */
export function unsettled(facts: readonly NodeFacts[], plan: Plan, io: Io): string[] {
  try {
    return planFrom(facts, lookingAt(plan.to), io).stages.map((s) => `still to do: ${s.title}`);
  } catch (error) {
    if (error instanceof ReweaveError) return error.problems.map((p) => p.summary);
    throw error;
  }
}
