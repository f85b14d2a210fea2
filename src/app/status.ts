import type { Summary } from '../model/event.ts';
import { EXIT } from '../model/problem.ts';
import { fold } from '../run/state.ts';
import type { Io, StatusOptions } from './options.ts';
import { pickRun, recorded, runIds } from './runs.ts';
import { nodeStates } from './settle.ts';
import { openWorld } from './world.ts';

/** Tells the last runs, where each node stands, what is armed and until when. Heals nothing. */
export async function status(options: StatusOptions, io: Io): Promise<Summary> {
  const ids = runIds(io.stateDir);
  for (const id of ids.slice(0, 5)) {
    const run = recorded(io.stateDir, id);
    io.out(`${id}  ${run.plan.from} → ${run.plan.to}  ${run.outcome ?? 'open'}\n`);
  }
  const run = pickRun(io.stateDir, undefined);
  if (run === undefined) return { exit: EXIT.ok, outcome: 'no run is recorded', problems: [] };
  const open = run.outcome === undefined || run.outcome === 'mixed';
  const next = open
    ? `reweave ${fold(run.entries).direction === 'back' ? 'rollback' : 'resume'} ${run.id}`
    : undefined;
  if (options.inventory.length === 0 || !open)
    return {
      exit: EXIT.ok,
      outcome: open ? `run ${run.id} is open` : `run ${run.id}: ${run.outcome ?? ''}`,
      problems: [],
      ...(next ? { next } : {}),
    };
  const world = await openWorld(options, io);
  try {
    const states = await nodeStates(world.fleet, run.plan);
    for (const node of run.plan.nodes) {
      const s = states.get(node.host);
      if (s === undefined) io.out(`${node.host}: not reachable\n`);
      else {
        const left = Number(s.state['lease_uptime'] ?? '0') - s.uptime;
        const lease = ['armed', 'prepared'].includes(s.state['phase'] ?? '')
          ? left > 0
            ? `, acts by itself in ${left} s`
            : ', its lease is over'
          : '';
        io.out(
          `${node.host}: ${s.state['phase'] ?? 'nothing armed'}${lease}${s.state['reason'] ? ` (${s.state['reason']})` : ''}\n`,
        );
      }
    }
    return {
      exit: EXIT.ok,
      outcome: `run ${run.id} is open`,
      problems: world.problems,
      ...(next ? { next } : {}),
    };
  } finally {
    await world.fleet.close();
  }
}
