import type { Direction, Entry, GuardState } from '../model/journal.ts';

/** How far one step is on its host, in one direction. */
export interface StepState {
  readonly attempts: number;
  readonly status: 'intent' | 'unknown' | 'done' | 'failed' | 'observed';
  readonly reason?: string;
}

/** A journal, folded. Everything that `next()` decides is decided from this. */
export interface RunState {
  readonly direction: Direction;
  readonly epoch: number;
  readonly steps: ReadonlyMap<string, StepState>;
  readonly guards: ReadonlyMap<string, GuardState>;
  /** How often each guard failed to answer since the run was taken up. */
  readonly guardFailures: ReadonlyMap<string, number>;
  readonly proofs: ReadonlyMap<string, boolean>;
  readonly decision: 'new' | 'old' | undefined;
  readonly turned: string | undefined;
  readonly ended: boolean;
}

export const stepKey = (direction: Direction, id: string): string => `${direction}:${id}`;

/** Folds a journal. A later `run` entry (resume, rollback) keeps what is done and asks for guards anew. */
export function fold(entries: readonly Entry[]): RunState {
  const steps = new Map<string, StepState>();
  const guards = new Map<string, GuardState>();
  const guardFailures = new Map<string, number>();
  const proofs = new Map<string, boolean>();
  let direction: Direction = 'forward';
  let epoch = 0;
  let decision: 'new' | 'old' | undefined;
  let turned: string | undefined;
  let ended = false;
  for (const e of entries) {
    switch (e.t) {
      case 'run':
        epoch = e.epoch;
        if (e.direction === 'back') direction = 'back';
        ended = false;
        guards.clear();
        guardFailures.clear();
        for (const [key, s] of steps)
          if (s.status !== 'observed') steps.set(key, { ...s, attempts: 0, status: 'intent' });
        for (const [key, ok] of proofs) if (!ok) proofs.delete(key);
        break;
      case 'intent': {
        const key = stepKey(e.direction, e.step);
        steps.set(key, { attempts: (steps.get(key)?.attempts ?? 0) + 1, status: 'intent' });
        break;
      }
      case 'effect': {
        const key = stepKey(e.direction, e.step);
        const attempts = steps.get(key)?.attempts ?? 1;
        steps.set(key, { attempts, status: e.outcome, ...(e.reason ? { reason: e.reason } : {}) });
        break;
      }
      case 'observed': {
        const key = stepKey(e.direction, e.step);
        const attempts = steps.get(key)?.attempts ?? 1;
        steps.set(key, {
          attempts,
          status: e.ok ? 'observed' : 'failed',
          ...(e.reason ? { reason: e.reason } : {}),
        });
        break;
      }
      case 'guard':
        guards.set(e.host, e.state);
        if (e.state === 'failed') guardFailures.set(e.host, (guardFailures.get(e.host) ?? 0) + 1);
        break;
      case 'turn':
        direction = 'back';
        turned = e.reason;
        break;
      case 'decision':
        decision = e.value;
        break;
      case 'proof':
        proofs.set(stepKey(e.direction, e.stage), e.ok);
        break;
      case 'end':
        ended = true;
        break;
    }
  }
  return { direction, epoch, steps, guards, guardFailures, proofs, decision, turned, ended };
}
