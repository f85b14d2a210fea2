import type { Summary } from '../model/event.ts';
import type { NodeFacts } from '../model/facts.ts';
import type { Plan } from '../model/plan.ts';
import { EXIT, type Problem, ReweaveError } from '../model/problem.ts';
import { backendByType } from '../k3s/backends.ts';
import { members } from '../k3s/dataplane.ts';
import { holdAll } from './holding.ts';
import type { Io, VerifyOptions } from './options.ts';
import { planFrom } from './planning.ts';
import { lookingAt } from './unsettled.ts';
import { probeAll, tellFailures } from './probing.ts';
import { watchWire } from './wire.ts';
import { lookAll, openWhole, type World } from './world.ts';

/** Does disk, process and data plane agree, does every pair work, what is on the wire, is anything left behind? */
export async function verify(options: VerifyOptions, io: Io): Promise<Summary> {
  const world = await openWhole(options, io);
  try {
    const facts = await lookAll(world);
    const { plan, problems } = asIs(facts, io);
    const findings = [
      ...problems,
      ...armed(facts),
      ...(plan === undefined
        ? []
        : [...disagreements(plan), ...(await dataPlane(world, plan, io))]),
    ];
    for (const f of findings)
      io.out(`finding: ${f.summary}\n${f.hint ? `  hint: ${f.hint}\n` : ''}`);
    return {
      exit: findings.length > 0 ? EXIT.pending : EXIT.ok,
      outcome:
        findings.length > 0
          ? `${findings.length} findings`
          : `every pair works over ${plan?.to ?? '?'}; nothing is left behind`,
      problems: findings,
    };
  } finally {
    await world.fleet.close();
  }
}

/** The plan that would bring the cluster to what it says it is; it has stages where something disagrees. */
function asIs(
  facts: readonly NodeFacts[],
  io: Io,
): { plan: Plan | undefined; problems: Problem[] } {
  const counts = new Map<string, number>();
  for (const m of members(facts))
    counts.set(m.node.backendType ?? '', (counts.get(m.node.backendType ?? '') ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  const to = backendByType(most)?.name;
  if (to === undefined)
    return {
      plan: undefined,
      problems: [
        finding(
          'verify.backend',
          `the nodes say they run ${most || 'nothing'}, which is not known here`,
        ),
      ],
    };
  try {
    return { plan: planFrom(facts, lookingAt(to), io), problems: [] };
  } catch (error) {
    if (error instanceof ReweaveError)
      return {
        plan: undefined,
        problems: error.problems.map((p) => ({ ...p, exit: EXIT.pending })),
      };
    throw error;
  }
}

function finding(code: string, summary: string, hint?: string): Problem {
  return { code, exit: EXIT.pending, summary, ...(hint ? { hint } : {}) };
}

/** Guards of a run that is not finished. */
function armed(facts: readonly NodeFacts[]): Problem[] {
  return facts.flatMap((f) => {
    const phase = f.reweave['phase'];
    return phase === undefined || ['disarmed', 'done', 'returned'].includes(phase)
      ? []
      : [
          finding(
            'verify.armed',
            `${f.host}: run ${f.reweave['run'] ?? '?'} is ${phase} here`,
            'reweave status',
          ),
        ];
  });
}

function disagreements(plan: Plan): Problem[] {
  const lines = plan.drift.map((d) => finding('verify.drift', d));
  return plan.stages.length > 0
    ? [
        ...lines,
        finding(
          'verify.unsettled',
          `the cluster is not settled on ${plan.to}: ${plan.stages.map((s) => s.title).join('; ')}`,
          `reweave plan --to ${plan.to} shows what heals it`,
        ),
      ]
    : lines;
}

/** Every ordered pair on the pods' own path, and what crosses the wire meanwhile. */
async function dataPlane(world: World, plan: Plan, io: Io): Promise<Problem[]> {
  const holding = await holdAll(world.sessions, plan);
  try {
    if (holding.problems.length > 0) return [...holding.problems];
    const wire = await watchWire(world.sessions, plan);
    const probed = await probeAll({
      sessions: world.sessions,
      nodes: plan.nodes,
      address: (n) => n.meterAddress,
      devs: (n) => n.newDevs,
      mtu: (n) => n.mtuNew,
    });
    const clear = await wire.judge();
    io.emit({
      type: 'proof',
      level: probed.ok && clear.length === 0 ? 'info' : 'warn',
      msg: `${probed.pairs} ordered pairs probed, ${probed.failures.length} failures`,
    });
    return [
      ...(probed.ok ? [] : [finding('verify.pairs', tellFailures(probed.failures))]),
      ...clear.map((c) => finding('verify.wire', c, `reweave apply --to ${plan.to} heals this`)),
    ];
  } finally {
    await holding.release();
  }
}
