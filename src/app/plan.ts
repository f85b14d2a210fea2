import { writeFileSync } from 'node:fs';
import type { Summary } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import { EXIT } from '../model/problem.ts';
import { renderPlan } from '../output/plan.ts';
import { say } from '../steps/say.ts';
import type { Io, PlanOptions } from './options.ts';
import { planFrom } from './planning.ts';
import { lookAll, openWhole } from './world.ts';

/** The plan as an event for machines and as text for people. */
export function showPlan(plan: Plan, io: Io): void {
  io.emit({ type: 'plan', level: 'info', msg: `plan ${plan.id}`, data: plan });
  io.out(renderPlan(plan, { columns: io.columns, colour: io.colour, say }));
}

/** Looks, plans, tells. Sends nothing but read scripts. */
export async function plan(options: PlanOptions, io: Io): Promise<Summary> {
  const world = await openWhole(options, io);
  try {
    const made = planFrom(await lookAll(world), options, io);
    showPlan(made, io);
    if (options.save !== undefined)
      writeFileSync(options.save, `${JSON.stringify(made, undefined, 2)}\n`, { mode: 0o600 });
    const pending = made.stages.length > 0;
    return {
      exit: pending && options.detailedExitcode ? EXIT.pending : EXIT.ok,
      outcome: pending
        ? 'changes are planned; nothing was changed'
        : `no changes: the cluster already runs ${made.to}`,
      problems: [],
    };
  } finally {
    await world.fleet.close();
  }
}
