import type { RunOutcome } from '../model/journal.ts';
import { FencedError } from './fenced.ts';
import { decide } from './decide.ts';
import { type Engine, isoNow } from './engine.ts';
import { moveGuards } from './guards.ts';
import { next } from './next.ts';
import { performSteps } from './perform.ts';

export interface RunEnd {
  readonly outcome: RunOutcome;
  readonly reasons: readonly string[];
  /** Why the run turned back, if it did. */
  readonly turned: string | undefined;
}

/**
 * Asks `next()` and does what it says, until the end, an interruption, or a guard that took over.
 * After each move the journal holds all that the next question needs.
 */
export async function execute(engine: Engine): Promise<RunEnd> {
  const { plan, files, emit } = engine;
  let turned: string | undefined;
  for (;;) {
    if (engine.leases.taken !== undefined) throw new FencedError(engine.leases.taken);
    if (engine.signal.aborted)
      return {
        outcome: 'interrupted',
        reasons: [String(engine.signal.reason ?? 'interrupted')],
        turned,
      };
    const move = next(plan, files.entries);
    switch (move.t) {
      case 'guard':
        await moveGuards(engine, move.to, move.hosts);
        break;
      case 'steps':
        await engine.enter(move.stage, move.direction);
        if (move.stage.phase === 'restart') await freshLeases(engine);
        if (engine.leases.taken === undefined)
          await performSteps(engine, move.stage, move.steps, move.direction);
        break;
      case 'proof': {
        await engine.enter(move.stage, move.direction);
        const proven = await engine.prove(move.stage, move.direction);
        files.append({
          t: 'proof',
          at: isoNow(),
          stage: move.stage.id,
          direction: move.direction,
          ...proven,
        });
        emit({
          type: 'proof',
          level: proven.ok ? 'info' : 'error',
          msg: proven.ok
            ? `proven: ${move.stage.title}`
            : `not proven: ${proven.reason ?? move.stage.title}`,
        });
        break;
      }
      case 'decide':
        await decide(engine);
        break;
      case 'turn':
        turned = move.reason;
        emit({ type: 'rollback', level: 'error', msg: `turning back: ${move.reason}` });
        if (!(await engine.turnBack(move.reason)))
          return { outcome: 'mixed', reasons: [move.reason], turned };
        files.append({ t: 'turn', at: isoNow(), reason: move.reason });
        break;
      case 'end':
        return { outcome: move.outcome, reasons: move.reasons, turned };
    }
  }
}

/** K3s restarts only while every node's lease is fresh: a guard must never wake up in between. */
async function freshLeases(engine: Engine): Promise<void> {
  if (engine.leases.stale().length > 0) await engine.leases.renew();
  const stale = engine.leases.stale();
  if (stale.length > 0)
    engine.emit({ type: 'guard', level: 'warn', msg: `leases not fresh on ${stale.join(', ')}` });
}
