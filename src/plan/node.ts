import { type Backend, backendByName } from '../k3s/backends.ts';
import { flannelLinks, uplink } from '../k3s/dataplane.ts';
import type { BackendName } from '../model/facts.ts';
import type { PlanFile, PlanNode } from '../model/plan.ts';
import type { Known, StepContext } from '../steps/context.ts';
import type { FlagReader } from './flags.ts';
import { guardActions } from './guard-actions.ts';
import { running } from './today.ts';

export interface NodeInput {
  readonly member: Known;
  readonly context: StepContext;
  readonly flags: FlagReader;
  readonly from: BackendName;
  readonly files: readonly PlanFile[];
  /** Its turn among the servers when guards return; agents come after all of them. */
  readonly slot: number;
}

/** One node of a plan: who it is, what must still be so when the plan runs, and what its guard may do. */
export function planNode({ member, context, flags, from, files, slot }: NodeInput): PlanNode {
  const { facts, node } = member;
  const own = context.endpoints.get(node.name);
  const up = uplink(facts, context.all.find((p) => p !== member)?.address) ?? '';
  const mtu = facts.links.find((l) => l.name === up)?.mtu ?? 1500;
  const devs = (b: Backend | undefined): string[] =>
    b?.linkKind === undefined
      ? [up]
      : [...new Set([...flannelLinks(facts, b.linkKind).map((l) => l.name), ...b.linkNames])];
  const giver =
    facts.unit?.role === 'server'
      ? member
      : context.all.find((m) => m.facts.unit?.role === 'server');
  return {
    host: facts.host,
    node: node.name,
    role: facts.unit?.role ?? 'agent',
    version: facts.k3s.versionOnDisk ?? 'unknown',
    unit: facts.unit?.name ?? '',
    address: member.address,
    dataDir: facts.k3s.dataDir,
    settingAt: facts.unit?.role === 'server' ? flags.where(facts) : 'given by its server',
    subnet: member.subnet,
    uplink: up,
    probeAddress: own?.probe ?? '',
    meterAddress: own?.meter ?? '',
    probeDev: own?.dev ?? '',
    pre: {
      machineId: facts.machineId,
      bootId: facts.bootId,
      files: Object.fromEntries(facts.files.map((f) => [f.path, f.sha256])),
      versionOnDisk: facts.k3s.versionOnDisk ?? '',
      backend: node.backendType ?? '',
      invocationId: facts.unit?.invocationId ?? '',
      args: flags.args(facts),
    },
    files,
    slot,
    guard: guardActions(context),
    backendOld: backendByName(giver ? running(giver) : from)?.name ?? from,
    typeOld: node.backendType ?? '',
    typeNew: context.to.type,
    newDevs: devs(context.to),
    oldDevs: devs(backendByName(from)),
    mtuOld: mtu - (backendByName(from)?.overhead ?? 0),
    mtuNew: mtu - context.to.overhead,
  };
}
