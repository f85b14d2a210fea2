import { setTimeout as delay } from 'node:timers/promises';
import type { Summary } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import { EXIT, type Problem } from '../model/problem.ts';
import { decideScript } from '../node/lease.ts';
import type { RunFiles } from '../run/journal-file.ts';
import { unlockCluster } from '../run/lock.ts';
import type { Io } from './options.ts';
import { nodeStates } from './settle.ts';
import { lookAll, type World } from './world.ts';
import { unsettled } from './unsettled.ts';

const FINISHED = new Set(['done', 'disarmed']);

/**
 * Finishes a run that was decided and whose orchestrator died: tells the decision to every node that
 * has not got it, and lets their own guards clean. Nothing is armed anew, since an armed guard that
 * fired would go back, and there is no way back.
 */
export async function finishDecided(
  world: World,
  plan: Plan,
  files: RunFiles,
  io: Io,
): Promise<Summary> {
  const end = performance.now() + (plan.lease.seconds + plan.lease.slot + 60) * 1000;
  let told = '';
  for (;;) {
    const states = await nodeStates(world.fleet, plan);
    const open = plan.nodes.filter((n) => !FINISHED.has(states.get(n.host)?.state['phase'] ?? ''));
    if (open.length === 0) break;
    for (const n of open) {
      const state = states.get(n.host)?.state;
      if (state?.['phase'] !== 'prepared' && state?.['phase'] !== 'armed') continue;
      const text = decideScript(plan.id, Number(state['epoch'] ?? '1'));
      await world.fleet.exec(n.host, { class: 'change', text, limit: 30 });
    }
    const why = open
      .map((n) => `${n.host}: ${states.get(n.host)?.state['phase'] ?? 'not reachable'}`)
      .join(', ');
    if (performance.now() >= end) return left(plan, files, [`not finished: ${why}`]);
    if (why !== told) io.emit({ type: 'wait', level: 'info', msg: `guards go forward: ${why}` });
    told = why;
    await delay(1000);
  }
  const open = unsettled(await lookAll(world), plan, io);
  if (open.length > 0) return left(plan, files, open);
  await unlockCluster(world.fleet, plan);
  files.append({ t: 'end', at: new Date().toISOString(), outcome: 'all-new', exit: EXIT.ok });
  const nodes = plan.nodes.map((n) => ({ host: n.host, state: 'new' as const }));
  return { exit: EXIT.ok, outcome: 'all-new', problems: [], nodes };
}

function left(plan: Plan, files: RunFiles, reasons: readonly string[]): Summary {
  files.append({ t: 'end', at: new Date().toISOString(), outcome: 'mixed', exit: EXIT.mixed });
  const problems = reasons.map(
    (summary): Problem => ({ code: 'run.open', exit: EXIT.mixed, summary }),
  );
  return { exit: EXIT.mixed, outcome: 'mixed', problems, next: `reweave resume ${plan.id}` };
}
