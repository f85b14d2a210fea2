import type { Direction, Entry, GuardState, RunOutcome } from '../model/journal.ts';
import type { HostStep, Plan, Stage } from '../model/plan.ts';
import { backStages } from './back.ts';
import { fold, type RunState, stepKey } from './state.ts';

/** What the executor does next; it appends entries, and asks again. */
export type Next =
  | {
      readonly t: 'guard';
      readonly to: Exclude<GuardState, 'failed'>;
      readonly hosts: readonly string[];
    }
  | {
      readonly t: 'steps';
      readonly stage: Stage;
      readonly steps: readonly HostStep[];
      readonly direction: Direction;
    }
  | { readonly t: 'proof'; readonly stage: Stage; readonly direction: Direction }
  | { readonly t: 'decide' }
  | { readonly t: 'turn'; readonly reason: string }
  | { readonly t: 'end'; readonly outcome: RunOutcome; readonly reasons: readonly string[] };

/** A step is sent again this often when its outcome stays unknown; its script looks before it acts. */
export const ATTEMPTS = 3;

/** The engine: pure. The same function runs, resumes, rolls back, and tells where a run stands. */
export function next(plan: Plan, entries: readonly Entry[]): Next {
  const state = fold(entries);
  if (state.direction === 'back' && state.decision !== 'new') return back(plan, state);
  const arm = guards(plan, state, 'armed', ['armed', 'prepared', 'decided']);
  if (arm && state.decision === undefined) return arm;
  for (const stage of plan.stages) {
    if ((stage.phase === 'clean' || stage.phase === 'tidy') && state.decision === undefined)
      return guards(plan, state, 'prepared', ['prepared', 'decided']) ?? { t: 'decide' };
    if (state.decision === 'new') {
      const commit = guards(plan, state, 'decided', ['decided', 'disarmed']);
      if (commit) return commit;
    }
    const move = advance(stage, state, 'forward');
    if (move) return move;
  }
  return (
    guards(plan, state, 'disarmed', ['disarmed']) ?? { t: 'end', outcome: 'all-new', reasons: [] }
  );
}

function back(plan: Plan, state: RunState): Next {
  const touched = plan.nodes.filter((n) => state.guards.has(n.host)).map((n) => n.host);
  const unguarded = plan.nodes.filter((n) => !state.guards.has(n.host)).map((n) => n.host);
  if (state.steps.size > 0 && unguarded.length > 0)
    return { t: 'guard', to: 'armed', hosts: unguarded };
  for (const stage of backStages(plan, state)) {
    const move = advance(stage, state, 'back');
    if (move) return move;
  }
  const owed = touched.filter((h) => state.guards.get(h) !== 'disarmed');
  const dead = owed.filter((h) => (state.guardFailures.get(h) ?? 0) >= ATTEMPTS);
  if (dead.length > 0 && state.steps.size > 0)
    return {
      t: 'end',
      outcome: 'mixed',
      reasons: dead.map((h) => `${h}: its guard does not answer`),
    };
  const asked = owed.filter((h) => !dead.includes(h));
  if (asked.length > 0) return { t: 'guard', to: 'disarmed', hosts: asked };
  return { t: 'end', outcome: 'all-old', reasons: [] };
}

/** Guards that are not where they must be; a failed one turns the run, or ends it after the decision. */
function guards(
  plan: Plan,
  state: RunState,
  to: Exclude<GuardState, 'failed'>,
  fine: readonly GuardState[],
): Next | undefined {
  const failed = plan.nodes.filter((n) => state.guards.get(n.host) === 'failed').map((n) => n.host);
  if (failed.length > 0) {
    const reason = `the guard on ${failed.join(', ')} could not be ${to}`;
    return state.decision === 'new'
      ? { t: 'end', outcome: 'mixed', reasons: [reason] }
      : { t: 'turn', reason };
  }
  const hosts = plan.nodes
    .filter((n) => !fine.includes(state.guards.get(n.host) ?? 'failed'))
    .map((n) => n.host);
  return hosts.length > 0 ? { t: 'guard', to, hosts } : undefined;
}

/** The next move inside one stage, or undefined when it is complete. */
function advance(stage: Stage, state: RunState, direction: Direction): Next | undefined {
  const fail = (reason: string): Next =>
    direction === 'back' || state.decision === 'new'
      ? { t: 'end', outcome: 'mixed', reasons: [reason] }
      : { t: 'turn', reason };
  if (stage.proof !== undefined) {
    const proven = state.proofs.get(stepKey(direction, stage.id));
    if (proven === undefined) return { t: 'proof', stage, direction };
    return proven ? undefined : fail(`not proven: ${stage.title}`);
  }
  for (const batch of stage.batches) {
    const open: HostStep[] = [];
    const failed: string[] = [];
    for (const step of batch) {
      const s = state.steps.get(stepKey(direction, step.id));
      if (s?.status === 'observed') continue;
      const spent = s !== undefined && s.attempts >= ATTEMPTS;
      if (s?.status === 'failed' || (s?.status === 'unknown' && spent))
        failed.push(`${step.host}: ${step.step}: ${s.reason ?? s.status}`);
      else open.push(step);
    }
    if (failed.length > 0) return fail(failed.join('; '));
    if (open.length > 0) return { t: 'steps', stage, steps: open, direction };
  }
  return undefined;
}
