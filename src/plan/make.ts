import { type Backend, backendByName } from '../k3s/backends.ts';
import { members } from '../k3s/dataplane.ts';
import { transition } from '../k3s/transitions.ts';
import type { NodeFacts } from '../model/facts.ts';
import type { Finding, Plan, PlanFile, Prediction, Stage } from '../model/plan.ts';
import { EXIT, type Problem, ReweaveError } from '../model/problem.ts';
import type { Playbook } from '../playbook/types.ts';
import { check } from '../rules/check.ts';
import type { FlagEdit, Known, StepContext } from '../steps/context.ts';
import type { FlagReader } from './flags.ts';
import { tidyActions } from './guard-actions.ts';
import { joinTarget } from './join.ts';
import { planNode } from './node.ts';
import { freeNumbers } from './numbers.ts';
import { stagesOf } from './stages.ts';
import { addressesOf, carrying, driftOf, isSettled, running } from './today.ts';

export interface PlanInput {
  readonly facts: readonly NodeFacts[];
  readonly playbook: Playbook;
  readonly flags: FlagReader;
  /** Rules that were allowed by name. */
  readonly allowed: readonly string[];
  /** Seconds. */
  readonly lease: number;
  /** Seconds that one K3s restart may take; also a guard's slot. */
  readonly restartLimit: number;
  readonly id: string;
  readonly tool: string;
  /** ISO time. */
  readonly now: string;
}

type Edit = FlagEdit & { readonly files: readonly PlanFile[] };

/** Facts and a playbook become a plan, or a refusal with all reasons (exit 5). Pure. */
export function makePlan(input: PlanInput): Plan {
  const to = wanted(input.playbook.backend);
  const joined = members(input.facts);
  const clusterCidrs = [...new Set(input.facts.flatMap((f) => f.flannel.network ?? []))];
  const { findings, refused } = check(
    { facts: input.facts, members: joined, clusterCidrs, to },
    input.allowed,
  );
  if (refused.length > 0) throw new ReweaveError(refused.map(asProblem));
  const known = joined.filter((m): m is Known => m.facts !== undefined);
  const from = carrying(known, to);
  const pin = freeNumbers(input.facts);
  const endpoints = addressesOf(known);
  const edits = new Map(known.map((m) => [m, editOf(input.flags, m, to)]));
  const contextOf = (self: Known): StepContext => {
    const edit = edits.get(self);
    const behind = self.node.backendType !== to.type || self.facts.flannel.netConfType !== to.type;
    return {
      self,
      all: known,
      clusterCidr: clusterCidrs[0] ?? '',
      to,
      pin,
      endpoints,
      edit,
      restart: edit !== undefined || behind,
      restartLimit: input.restartLimit,
    };
  };
  const target = joinTarget(known, input.flags);
  const servers = known.filter((m) => m.facts.unit?.role === 'server');
  const turns = [...servers].sort(
    (a, b) => Number(b.node.name === target) - Number(a.node.name === target),
  );
  const stages = known.every((m) => isSettled(contextOf(m)))
    ? []
    : [
        ...stagesOf({
          playbook: input.playbook,
          members: known,
          contextOf,
          joinTarget: target,
          restartLimit: input.restartLimit,
        }),
        tidyStage(known, contextOf),
      ];
  return {
    v: 1,
    id: input.id,
    tool: input.tool,
    createdAt: input.now,
    playbook: input.playbook.name,
    from,
    to: to.name,
    clusterId: known[0]?.facts.k3s.clusterId ?? '',
    clusterCidrs,
    nodes: known.map((member) =>
      planNode({
        member,
        context: contextOf(member),
        flags: input.flags,
        from,
        files: edits.get(member)?.files ?? [],
        slot: turns.includes(member) ? turns.indexOf(member) : turns.length,
      }),
    ),
    drift: driftOf(known, input.flags),
    findings,
    stages,
    prediction: predict(from, to),
    pin,
    lease: {
      seconds: input.lease,
      slot: input.restartLimit,
      bound: input.lease + (servers.length + 2) * input.restartLimit + 60,
    },
    outside: [
      'Change flannel-backend in the playbook or variables that deployed K3s too, or their next run brings the old value back.',
    ],
  };
}

function wanted(name: string): Backend {
  const found = backendByName(name);
  if (found) return found;
  throw new ReweaveError({
    code: 'plan.backend',
    exit: EXIT.usage,
    summary: `${name || 'nothing'} is not a backend that can be chosen`,
    hint: 'known: vxlan, host-gw, wireguard-native',
  });
}

function asProblem(f: Finding): Problem {
  return {
    code: `rule.${f.rule}`,
    exit: EXIT.refused,
    summary: `${f.host ? `${f.host}: ` : ''}${f.evidence}`,
    detail: f.why,
    hint: f.fix,
    ...(f.host ? { host: f.host } : {}),
  };
}

/** Agents have no such flag: their server gives it to them. */
function editOf(flags: FlagReader, member: Known, to: Backend): Edit | undefined {
  const { facts } = member;
  if (facts.unit?.role !== 'server') return undefined;
  const edit = flags.edit(facts, to.name, running(member));
  if ('refuse' in edit)
    throw new ReweaveError({
      code: 'plan.edit',
      exit: EXIT.refused,
      host: facts.host,
      summary: `${facts.host}: flannel-backend cannot be changed safely: ${edit.refuse}`,
      hint: 'change it by hand, then plan again',
    });
  return edit.actions.length + edit.undo.length === 0 ? undefined : edit;
}

function predict(from: Plan['from'], to: Backend): Prediction {
  if (from === to.name)
    return { lost: 0, source: 'the backend that carries pods stays', notes: [] };
  const known = transition(from, to.name);
  return { lost: known?.lost, source: known?.source ?? 'not measured', notes: known?.notes ?? [] };
}

function tidyStage(known: readonly Known[], contextOf: (m: Known) => StepContext): Stage {
  const why = 'probe addresses, rules, the pin table and loosened filters are of use no more';
  const steps = known.map((m) => ({
    id: `tidy/${m.facts.host}`,
    host: m.facts.host,
    step: 'tidy',
    actions: tidyActions(contextOf(m)),
    undo: [],
    signs: [],
    deadline: 60,
    why,
  }));
  return {
    id: 'tidy',
    title: 'Everything of our own is removed',
    why,
    phase: 'tidy',
    barrier: false,
    batches: [steps],
  };
}
