import type { Action } from '../model/action.ts';
import type { Plan } from '../model/plan.ts';
import { closingLine, isEmptyPlan } from './plan-closing.ts';
import { driftSection, findingsSection } from './plan-findings.ts';
import { interruptionSection, leaseSection, predictionSection } from './plan-forecast.ts';
import { filesSection, nodesSection } from './plan-nodes.ts';
import { stagesSection } from './plan-stages.ts';
import { painter, type Paint } from './style.ts';
import { wrap } from './wrap.ts';

export interface PlanTextOptions {
  readonly columns: number;
  /** False unless given. */
  readonly colour?: boolean;
  /** An action in words, the same as in the run. */
  readonly say: (action: Action) => string;
  /** Show the files' differences; true unless given. */
  readonly diffs?: boolean;
  /** Name every action instead of counting the like ones. */
  readonly detail?: boolean;
}

/** What one section needs to write itself. */
export interface Page extends PlanTextOptions {
  readonly paint: Paint;
}

type Section = (plan: Plan, page: Page) => readonly string[];

/** Sections in the order of reading; one with no lines is left out. */
const SECTIONS: readonly { readonly title: string; readonly body: Section }[] = [
  { title: 'Drift today (found, not part of what this plan wants)', body: driftSection },
  { title: 'Findings', body: findingsSection },
  { title: 'Nodes', body: nodesSection },
  { title: 'Changes to files', body: filesSection },
  { title: 'Order', body: stagesSection },
  { title: 'If this machine goes away in the middle', body: leaseSection },
  { title: 'Predicted for pods', body: predictionSection },
  { title: 'Interrupted by each restart', body: interruptionSection },
  { title: 'To change outside, by you', body: outsideSection },
];

/** A plan that does nothing tells only what was found. */
const ALWAYS: readonly Section[] = [driftSection, findingsSection, nodesSection];

/** A plan for people: drift first and apart from intent, the closing line last. */
export function renderPlan(plan: Plan, options: PlanTextOptions): string {
  const page: Page = { ...options, paint: painter(options.colour === true) };
  const blocks = [[heading(plan, page)]];
  for (const { title, body } of SECTIONS) {
    if (isEmptyPlan(plan) && !ALWAYS.includes(body)) continue;
    const lines = body(plan, page);
    if (lines.length > 0) blocks.push([page.paint('bold', title), ...lines]);
  }
  blocks.push([page.paint('bold', closingLine(plan))]);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function heading(plan: Plan, { columns }: Page): string {
  const move = plan.from === plan.to ? `stays ${plan.to}` : `${plan.from} to ${plan.to}`;
  return wrap(
    `Flannel backend: ${move}. Cluster network ${plan.clusterCidrs.join(', ')}, playbook ${plan.playbook}, plan ${plan.id}.`,
    columns,
  );
}

function outsideSection(plan: Plan, { columns }: Page): string[] {
  return plan.outside.map((line) => wrap(line, columns, '  - '));
}
