import type { Action } from '../model/action.ts';
import type { HostStep, Plan, Stage } from '../model/plan.ts';
import type { Page } from './plan.ts';
import { plural } from './words.ts';
import { wrap } from './wrap.ts';

/** Like actions of one step are counted under these words. */
const NOUNS: Readonly<Record<Action['kind'], string>> = {
  'file.splice': 'file edit',
  'file.write': 'file to write',
  'file.remove': 'file to remove',
  'systemd.reload': 'systemd reload',
  'module.load': 'module to load',
  'module.unload': 'module to unload',
  'route.add': 'route to add',
  'route.del': 'route to delete',
  'rule.add': 'rule to add',
  'rule.del': 'rule to delete',
  'sysctl.set': 'sysctl to set',
  'sysctl.if_present': 'sysctl to set',
  'link.del': 'link to delete',
  'k3s.restart': 'K3s restart',
  'endpoint.add': 'probe address to reserve',
  'endpoint.del': 'probe address to give back',
};

/** Stages as they will run, each with its reason, its batches and what must be seen after it. */
export function stagesSection(plan: Plan, page: Page): string[] {
  return plan.stages.flatMap((stage, at) => stageLines(stage, at + 1, page));
}

function stageLines(stage: Stage, number: number, page: Page): string[] {
  const lead = `  ${String(number).padStart(2)}. `;
  const under = ' '.repeat(lead.length);
  const lines = [wrap(stage.title, page.columns, lead)];
  if (stage.why !== '') lines.push(wrap(`why: ${stage.why}`, page.columns, under));
  if (stage.proof !== undefined) lines.push(wrap(proofText(stage.proof), page.columns, under));
  if (stage.barrier) lines.push(wrap('No host starts before all are ready.', page.columns, under));
  stage.batches.forEach((batch, at) => {
    const name = stage.batches.length > 1 ? `batch ${at + 1} of ${stage.batches.length}: ` : '';
    lines.push(...batchLines(batch, `${under}${name}`, page));
  });
  return [...lines, ...signLines(stage, under, page)];
}

function proofText(kind: 'new' | 'real'): string {
  return kind === 'new'
    ? 'Every ordered pair over the new path, small and full-size packets; pods do not notice.'
    : "Every ordered pair over the pods' own path, and what is on the wire is looked at.";
}

/** One line for hosts that do the same; details name each action of each host. */
function batchLines(batch: readonly HostStep[], lead: string, page: Page): string[] {
  if (page.detail === true) {
    return batch.flatMap((step) => [
      `${lead}${step.host}`,
      ...step.actions.map((a) => wrap(page.say(a), page.columns, `${' '.repeat(lead.length)}- `)),
    ]);
  }
  const groups = new Map<string, string[]>();
  for (const step of batch) {
    const what = inShort(step.actions, page);
    groups.set(what, [...(groups.get(what) ?? []), step.host]);
  }
  return [...groups].map(([what, hosts]) =>
    wrap(`${hosts.join(', ')}: ${what}`, page.columns, lead),
  );
}

function inShort(actions: readonly Action[], { say }: Page): string {
  if (actions.length === 0) return 'looked at';
  if (actions.length <= 2) return actions.map(say).join(', ');
  const counts = new Map<string, number>();
  for (const { kind } of actions) counts.set(NOUNS[kind], (counts.get(NOUNS[kind]) ?? 0) + 1);
  return [...counts].map(([noun, count]) => counted(count, noun)).join(', ');
}

/** The noun is the first word or words before `to`: `2 routes to add`. */
function counted(count: number, noun: string): string {
  const [head = noun, ...rest] = noun.split(' to ');
  return [plural(count, head), ...rest].join(' to ');
}

function signLines(stage: Stage, lead: string, { columns }: Page): string[] {
  const steps = stage.batches.flat();
  const signs = [...new Set(steps.flatMap((step) => step.signs.map((sign) => sign.why)))];
  if (signs.length === 0) return [];
  const deadline = Math.max(...steps.map((step) => step.deadline));
  return [wrap(`good when, within ${deadline} s: ${signs.join('; ')}.`, columns, lead)];
}
