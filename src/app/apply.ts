import { readFileSync } from 'node:fs';
import type { Summary } from '../model/event.ts';
import type { NodeFacts } from '../model/facts.ts';
import type { Plan } from '../model/plan.ts';
import { EXIT, type Problem, ReweaveError } from '../model/problem.ts';
import { moduleProbeScript } from '../node/module-probe.ts';
import { backendByName } from '../k3s/backends.ts';
import { RunFiles } from '../run/journal-file.ts';
import type { ApplyOptions, Io } from './options.ts';
import { planFrom } from './planning.ts';
import { showPlan } from './plan.ts';
import { runPlan } from './run-plan.ts';
import { pickRun } from './runs.ts';
import { moved } from './stale.ts';
import { lookAll, openWhole, type World } from './world.ts';

/** Plans, asks, runs: from facts to an observed end. A saved plan is run exactly, or refused. */
export async function apply(options: ApplyOptions, io: Io): Promise<Summary> {
  refuseOverOpenRun(io.stateDir);
  const world = await openWhole(options, io);
  try {
    const facts = await lookAll(world);
    const saved = options.playbook?.endsWith('.json') ? options.playbook : undefined;
    const plan =
      saved === undefined ? planFrom(facts, options, io) : fitting(savedPlan(saved), facts);
    showPlan(plan, io);
    if (plan.stages.length === 0)
      return {
        exit: EXIT.ok,
        outcome: `no changes: the cluster already runs ${plan.to}`,
        problems: [],
      };
    await probeModules(world, plan);
    if (!(await io.ask(`Move ${plan.nodes.length} nodes from ${plan.from} to ${plan.to}?`)))
      return { exit: EXIT.ok, outcome: 'declined', problems: [] };
    const files = RunFiles.create(io.stateDir, plan);
    return await runPlan(
      world,
      plan,
      files,
      'forward',
      {
        rollback: options.rollback,
        asked: 'new',
        maxLoss: options.maxLoss,
        lockTimeout: options.lockTimeout,
        takeover: false,
      },
      io,
    );
  } finally {
    await world.fleet.close();
  }
}

/** A run that is still open is finished first; a new one beside it would work on half a cluster. */
function refuseOverOpenRun(stateDir: string): void {
  const open = pickRun(stateDir, undefined);
  if (open === undefined || (open.outcome !== undefined && open.outcome !== 'mixed')) return;
  throw new ReweaveError({
    code: 'run.open',
    exit: EXIT.locked,
    summary: `run ${open.id} (${open.plan.from} → ${open.plan.to}) is not finished`,
    hint: `or go back: reweave rollback ${open.id}`,
    next: `reweave resume ${open.id}`,
  });
}

function savedPlan(file: string): Plan {
  try {
    const plan = JSON.parse(readFileSync(file, 'utf8')) as Plan;
    if (plan.v === 1 && Array.isArray(plan.stages)) return plan;
  } catch (cause) {
    throw new ReweaveError({
      code: 'plan.unreadable',
      exit: EXIT.usage,
      file,
      summary: `${file} cannot be read as a plan`,
      detail: String(cause),
    });
  }
  throw new ReweaveError({
    code: 'plan.version',
    exit: EXIT.usage,
    file,
    summary: `${file} is no plan of this version`,
    hint: 'save a new one: reweave plan --save plan.json',
  });
}

function fitting(plan: Plan, facts: readonly NodeFacts[]): Plan {
  const problems = moved(plan, facts);
  if (problems.length > 0) throw new ReweaveError(problems);
  return plan;
}

/**
 * Makes and deletes one unused link of the new backend's kind on every node: the same path through
 * the kernel that Flannel takes. Nothing else has been touched when this refuses.
 */
async function probeModules(world: World, plan: Plan): Promise<void> {
  const module = backendByName(plan.to)?.module;
  if (module !== 'vxlan' && module !== 'wireguard') return;
  const problems = await Promise.all(
    plan.nodes.map(async (n): Promise<Problem[]> => {
      const result = await world.fleet.exec(n.host, {
        class: 'probe',
        text: moduleProbeScript(module),
        limit: 30,
      });
      if (result.t === 'done' && result.value.code === 0) return [];
      const why = result.t === 'done' ? result.value.stderr.trim() : result.reason;
      return [
        {
          code: 'rule.module-probe',
          exit: EXIT.refused,
          host: n.host,
          summary: `${n.host}: its kernel makes no ${module} link`,
          detail: why,
          hint: `install a kernel with ${module}, or choose another backend`,
        },
      ];
    }),
  );
  if (problems.flat().length > 0) throw new ReweaveError(problems.flat());
}
