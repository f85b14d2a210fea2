import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Summary } from '../model/event.ts';
import type { Direction } from '../model/journal.ts';
import type { Plan } from '../model/plan.ts';
import { renewScript } from '../node/lease.ts';
import { isoNow, type Engine } from '../run/engine.ts';
import { execute } from '../run/execute.ts';
import { FencedError } from '../run/fenced.ts';
import type { RunFiles } from '../run/journal-file.ts';
import { Leases } from '../run/leases.ts';
import { lockCluster, unlockCluster } from '../run/lock.ts';
import { fold } from '../run/state.ts';
import { type Asked, exitFor, guardsHold, interrupted, summaryOf, takenOver } from './endings.ts';
import type { Io } from './options.ts';
import { Prover } from './prover.ts';
import type { World } from './world.ts';

export interface RunSettings {
  readonly rollback: 'auto' | 'ask' | 'never';
  readonly asked: Asked;
  readonly maxLoss: number;
  readonly takeover: boolean;
  /** Seconds to wait for somebody else's lock. */
  readonly lockTimeout: number;
}

/** Seconds that K3s must run by itself before it counts as started: longer than Flannel needs to fail. */
export const stableFor = (restartLimit: number): number =>
  Math.max(4, Math.min(15, restartLimit / 6));

/** Seconds: a step that runs holds the node's mutex, and a renewal waits for it. */
const renewalLimit = (plan: Plan): number => Math.max(20, plan.lease.seconds / 2);

/** Locks, runs a plan from its journal in one direction to an observed end, and says how it ended. */
export async function runPlan(
  world: World,
  plan: Plan,
  files: RunFiles,
  direction: Direction,
  settings: RunSettings,
  io: Io,
): Promise<Summary> {
  const epoch = fold(files.entries).epoch + 1;
  const owner = `${userInfo().username}@${hostname()} pid ${process.pid}`;
  await lockCluster(world.fleet, plan, {
    owner,
    epoch,
    takeover: settings.takeover,
    seconds: settings.lockTimeout,
  });
  const hash = createHash('sha256').update(JSON.stringify(plan)).digest('hex');
  files.append({ t: 'run', at: isoNow(), run: plan.id, direction, plan: hash, epoch });
  const leases = new Leases(
    world.fleet,
    plan.lease.seconds,
    () => ({
      class: 'change',
      text: renewScript(plan.id, epoch, plan.lease.seconds),
      limit: renewalLimit(plan),
    }),
    io.emit,
  );
  const prover = new Prover(world.fleet, plan, epoch, settings.maxLoss, io.emit);
  const engine: Engine = {
    plan,
    epoch,
    files,
    fleet: world.fleet,
    leases,
    emit: io.emit,
    signal: io.stop,
    turnBack: (reason) => turnBack(settings.rollback, reason, io),
    stable: stableFor(plan.lease.slot),
    prove: (stage, towards) => prover.prove(stage, towards),
    enter: (stage, towards) => prover.enter(stage, towards),
  };
  io.emit({
    type: 'run',
    level: 'info',
    msg: `run ${plan.id}: ${direction === 'forward' ? `${plan.from} → ${plan.to}` : `back to ${plan.from}`}`,
    data: { run: plan.id, epoch, direction },
  });
  try {
    const end = await execute(engine);
    await leases.stop();
    const loss = await prover.stop();
    if (end.outcome === 'interrupted') {
      io.emit({ type: 'guard', level: 'warn', msg: guardsHold(plan) });
      return interrupted(plan, end);
    }
    const exit = exitFor(end, settings.asked);
    files.append({ t: 'end', at: isoNow(), outcome: end.outcome, exit });
    if (end.outcome !== 'mixed') await unlockCluster(world.fleet, plan);
    return summaryOf(plan, end, exit, fold(files.entries), loss);
  } catch (error) {
    await leases.stop();
    await prover.stop();
    if (error instanceof FencedError) return takenOver(plan, error.message);
    throw error;
  } finally {
    files.close();
  }
}

/** With `ask` and nobody to answer, a run turns back: that is the safe way. */
async function turnBack(
  rollback: RunSettings['rollback'],
  reason: string,
  io: Io,
): Promise<boolean> {
  if (rollback !== 'ask' || !io.isTTY) return rollback !== 'never';
  return io.ask(`${reason}. Turn back?`);
}
