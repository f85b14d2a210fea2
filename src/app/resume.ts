import type { Summary } from '../model/event.ts';
import type { Direction } from '../model/journal.ts';
import { EXIT, ReweaveError } from '../model/problem.ts';
import { RunFiles } from '../run/journal-file.ts';
import { fold } from '../run/state.ts';
import { finishDecided } from './finish.ts';
import type { Io, ResumeOptions } from './options.ts';
import { noRun } from './endings.ts';
import { runPlan } from './run-plan.ts';
import { pickRun } from './runs.ts';
import { directionOf, guardsSettled } from './settle.ts';
import { openWhole } from './world.ts';

/** Finishes a run from its journal: forward, or back where a guard has returned a node by itself. */
export async function resume(options: ResumeOptions, io: Io): Promise<Summary> {
  return takeUp(options, io, undefined);
}

/** Takes a run up where its journal and its nodes say it is. */
export async function takeUp(
  options: ResumeOptions,
  io: Io,
  wanted: Direction | undefined,
): Promise<Summary> {
  const run = pickRun(io.stateDir, options.run);
  if (run === undefined) throw noRun();
  const state = fold(run.entries);
  if (run.outcome === 'all-new' || run.outcome === 'all-old') {
    if (wanted === undefined || run.outcome === 'all-old')
      return {
        exit: EXIT.ok,
        outcome: `run ${run.id} is finished: ${run.outcome === 'all-new' ? run.plan.to : run.plan.from} everywhere`,
        problems: [],
      };
    throw decidedAlready(run.id, run.plan.from);
  }
  const world = await openWhole(options, io);
  try {
    const states = await guardsSettled(world.fleet, run.plan, io.emit);
    const decided =
      state.decision === 'new' ||
      [...states.values()].some(
        (s) =>
          s.state['run'] === run.id &&
          ['decided', 'done', 'forwarding'].includes(s.state['phase'] ?? ''),
      );
    if (decided && wanted === 'back') throw decidedAlready(run.id, run.plan.from);
    const { files, plan } = RunFiles.open(io.stateDir, run.id);
    if (decided) {
      if (state.decision === undefined)
        files.append({ t: 'decision', at: new Date().toISOString(), value: 'new' });
      return await finishDecided(world, plan, files, io);
    }
    const direction = state.direction === 'back' ? 'back' : (wanted ?? directionOf(states, run.id));
    return await runPlan(
      world,
      plan,
      files,
      direction,
      {
        rollback: 'auto',
        asked: wanted === 'back' ? 'old' : 'new',
        lockTimeout: options.lockTimeout,
        maxLoss: options.maxLoss,
        takeover: true,
      },
      io,
    );
  } finally {
    await world.fleet.close();
  }
}

function decidedAlready(id: string, from: string): ReweaveError {
  return new ReweaveError({
    code: 'run.decided',
    exit: EXIT.refused,
    summary: `run ${id} was decided: what the old backend left is being or has been cleaned`,
    hint: `to have ${from} again, migrate to it`,
    next: `reweave apply --to ${from}`,
  });
}
