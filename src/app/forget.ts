import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from '../model/event.ts';
import { EXIT, type Problem, ReweaveError } from '../model/problem.ts';
import { forgetScript } from '../node/disarm.ts';
import type { ForgetOptions, Io } from './options.ts';
import { recorded } from './runs.ts';
import { openWhole } from './world.ts';

/** Drops a finished run's backups and journals on every node, then its record here. */
export async function forget(options: ForgetOptions, io: Io): Promise<Summary> {
  const run = recorded(io.stateDir, options.run);
  if (run.outcome === undefined || run.outcome === 'mixed')
    throw new ReweaveError({
      code: 'run.open',
      exit: EXIT.refused,
      summary: `run ${run.id} is not finished; its backups are still needed`,
      next: `reweave resume ${run.id}`,
    });
  const world = await openWhole(options, io);
  try {
    const problems = await Promise.all(
      run.plan.nodes.map(async (n): Promise<Problem[]> => {
        const result = await world.fleet.exec(n.host, {
          class: 'change',
          text: forgetScript(run.id),
          limit: 30,
        });
        if (result.t === 'done' && result.value.code === 0) return [];
        return [
          {
            code: 'run.forget',
            exit: EXIT.leftOut,
            host: n.host,
            summary: `${n.host}: ${result.t === 'done' ? result.value.stderr.trim() : result.reason}`,
          },
        ];
      }),
    );
    const open = problems.flat();
    if (open.length > 0)
      return { exit: EXIT.leftOut, outcome: 'some nodes still hold backups', problems: open };
    rmSync(join(io.stateDir, 'runs', run.id), { recursive: true });
    return { exit: EXIT.ok, outcome: `run ${run.id} is forgotten`, problems: [] };
  } finally {
    await world.fleet.close();
  }
}
