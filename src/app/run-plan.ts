import { createHash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Summary } from '../model/event.ts';
import type { Direction } from '../model/journal.ts';
import type { Plan } from '../model/plan.ts';
import { EXIT, type Problem, ReweaveError } from '../model/problem.ts';
import { renewScript } from '../node/lease.ts';
import { isoNow, type Engine } from '../run/engine.ts';
import { execute, type RunEnd } from '../run/execute.ts';
import { FencedError } from '../run/fenced.ts';
import type { RunFiles } from '../run/journal-file.ts';
import { Leases } from '../run/leases.ts';
import { lockCluster, unlockCluster } from '../run/lock.ts';
import { fold } from '../run/state.ts';
import type { Io } from './options.ts';
import { Prover } from './prover.ts';
import type { World } from './world.ts';

export interface RunSettings {
  readonly rollback: 'auto' | 'never';
  readonly maxLoss: number;
  readonly takeover: boolean;
  /** Seconds to wait for somebody else's lock. */
  readonly lockTimeout: number;
}

/** Seconds that K3s must run by itself before it counts as started: longer than Flannel needs to fail. */
export const stableFor = (restartLimit: number): number => Math.max(4, Math.min(15, restartLimit / 6));

/** Locks, runs a plan from its journal in one direction to an observed end, and says how it ended. */
export async function runPlan(world: World, plan: Plan, files: RunFiles, direction: Direction, settings: RunSettings, io: Io): Promise<Summary> {
  const epoch = fold(files.entries).epoch + 1;
  const owner = `${userInfo().username}@${hostname()} pid ${process.pid}`;
  await lockCluster(world.fleet, plan, { owner, epoch, takeover: settings.takeover, seconds: settings.lockTimeout });
  const hash = createHash('sha256').update(JSON.stringify(plan)).digest('hex');
  files.append({ t: 'run', at: isoNow(), run: plan.id, direction, plan: hash, epoch });
  const leases = new Leases(world.fleet, plan.lease.seconds, () => ({ class: 'change', text: renewScript(plan.id, epoch, plan.lease.seconds), limit: 20 }), io.emit);
  const prover = new Prover(world.fleet, plan, settings.maxLoss, io.emit);
  const engine: Engine = {
    plan, epoch, files, fleet: world.fleet, leases, emit: io.emit, signal: io.stop, rollback: settings.rollback, stable: stableFor(plan.lease.slot),
    prove: (stage, towards) => prover.prove(stage, towards),
    enter: (stage, towards) => prover.enter(stage, towards),
  };
  io.emit({ type: 'run', level: 'info', msg: `run ${plan.id}: ${direction === 'forward' ? `${plan.from} → ${plan.to}` : `back to ${plan.from}`}`, data: { run: plan.id, epoch, direction } });
  try {
    const end = await execute(engine);
    await leases.stop();
    const loss = await prover.stop();
    if (end.outcome === 'interrupted') return interrupted(plan, end, io);
    const exit = exitFor(end, direction, settings.rollback);
    files.append({ t: 'end', at: isoNow(), outcome: end.outcome, exit });
    if (end.outcome !== 'mixed') await unlockCluster(world.fleet, plan);
    return summaryOf(plan, end, exit, loss);
  } catch (error) {
    await leases.stop();
    await prover.stop();
    if (error instanceof FencedError) return takenOver(plan, error.message);
    throw error;
  } finally {
    files.close();
  }
}

function exitFor(end: RunEnd, direction: Direction, rollback: 'auto' | 'never'): number {
  if (end.outcome === 'all-new') return EXIT.ok;
  if (end.outcome === 'all-old') return direction === 'back' ? EXIT.ok : EXIT.rolledBack;
  return rollback === 'never' && end.turned?.startsWith('not proven') ? EXIT.unproven : EXIT.mixed;
}

const outcomes = { 'all-new': 'every node is on', 'all-old': 'every node is back on', mixed: 'not every node is proven on one setting', interrupted: 'interrupted' } as const;

function summaryOf(plan: Plan, end: RunEnd, exit: number, loss: string | undefined): Summary {
  const target = end.outcome === 'all-new' ? plan.to : end.outcome === 'all-old' ? plan.from : '';
  const problems: Problem[] = [...(end.turned ? [{ code: 'run.turned', exit: EXIT.rolledBack, summary: end.turned }] : []), ...end.reasons.map((r) => ({ code: 'run.open', exit: EXIT.mixed, summary: r }))];
  return {
    exit, outcome: `${outcomes[end.outcome]} ${target}`.trim() + (loss ? `; ${loss}` : ''), problems,
    ...(end.outcome === 'mixed' ? { next: `reweave rollback ${plan.id}` } : {}),
  };
}

function interrupted(plan: Plan, end: RunEnd, io: Io): Summary {
  const reason = end.reasons[0] ?? 'interrupted';
  io.emit({ type: 'guard', level: 'warn', msg: `guards hold for ${plan.lease.seconds} s from now; then every node returns to ${plan.from} by itself within ${plan.lease.bound} s (or goes forward, if that was decided)` });
  return { exit: reason.includes('SIGTERM') ? EXIT.terminated : EXIT.interrupted, outcome: 'interrupted; state is saved', problems: [], next: `reweave resume ${plan.id}` };
}

function takenOver(plan: Plan, why: string): Summary {
  return {
    exit: EXIT.mixed, outcome: `the guards have taken over; nothing more was changed from here`,
    problems: [{ code: 'run.fenced', exit: EXIT.mixed, summary: why, detail: `The leases ran out, so the nodes return to one setting by themselves within ${plan.lease.bound} s.`, hint: 'wait for that, then let resume look at every node', next: `reweave resume ${plan.id}` }],
    next: `reweave resume ${plan.id}`,
  };
}

export function noRun(): ReweaveError {
  return new ReweaveError({ code: 'run.none', exit: EXIT.usage, summary: 'no run is recorded', hint: 'runs are kept in --state-dir', next: 'reweave status' });
}
