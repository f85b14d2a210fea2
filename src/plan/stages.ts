import type { HostStep, Stage } from '../model/plan.ts';
import type { Play, Playbook } from '../playbook/types.ts';
import type { Known, StepContext } from '../steps/context.ts';
import { STEPS } from '../steps/registry.ts';
import { batches } from './batches.ts';

export interface StageInput {
  readonly playbook: Playbook;
  readonly members: readonly Known[];
  readonly contextOf: (member: Known) => StepContext;
  readonly joinTarget: string | undefined;
  readonly restartLimit: number;
}

function selected(play: Play, members: readonly Known[], joinTarget: string | undefined): Known[] {
  const hosts = members.filter(
    (m) => play.hosts === 'all' || play.hosts === m.facts.unit?.role || play.hosts === m.facts.host,
  );
  if (play.order === 'inventory' || joinTarget === undefined) return hosts;
  return [...hosts].sort(
    (a, b) => Number(b.node.name === joinTarget) - Number(a.node.name === joinTarget),
  );
}

/** A playbook's plays as stages of host steps; hosts with nothing to do in a task are left out. */
export function stagesOf(input: StageInput): Stage[] {
  return input.playbook.plays.flatMap((play, number) => stageOf(play, number + 1, input));
}

function stageOf(play: Play, number: number, input: StageInput): Stage[] {
  const first = play.tasks[0];
  const kind = first && STEPS[first.step];
  if (first === undefined || kind === undefined) return [];
  const base = { title: play.name, why: '', barrier: play.barrier, phase: kind.phase };
  if (first.step === 'pod_network_proof')
    return [
      {
        ...base,
        id: `${number}-proof`,
        proof: first.params['path'] === 'real' ? 'real' : 'new',
        batches: [],
      },
    ];
  const hosts = selected(play, input.members, input.joinTarget);
  const groups: HostStep[][] = [];
  for (const batch of batches(hosts, play.serial))
    for (const task of play.tasks) {
      const make = STEPS[task.step]?.make;
      const steps = batch.flatMap((member): HostStep[] => {
        const made = make?.(task.params, input.contextOf(member));
        if (made === undefined) return [];
        const id = `${number}-${task.step}/${member.facts.host}`;
        return [
          { id, host: member.facts.host, step: task.step, deadline: input.restartLimit, ...made },
        ];
      });
      const lead = Number(task.params['first'] ?? '0');
      groups.push(...(lead > 0 ? [steps.slice(0, lead), steps.slice(lead)] : [steps]));
    }
  const filled = groups.filter((g) => g.length > 0);
  if (filled.length === 0) return [];
  return [
    { ...base, id: `${number}-${first.step}`, why: filled[0]?.[0]?.why ?? '', batches: filled },
  ];
}
