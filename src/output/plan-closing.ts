import type { Plan, PlanNode } from '../model/plan.ts';
import { plural } from './words.ts';

/** Number of K3s restarts that a plan makes. */
export function restartsOf(plan: Plan): number {
  return plan.stages
    .flatMap((stage) => stage.batches.flat())
    .flatMap((step) => step.actions)
    .filter((action) => action.kind === 'k3s.restart').length;
}

/** True when a plan would do nothing at all. */
export function isEmptyPlan(plan: Plan): boolean {
  return plan.stages.every(
    (stage) => stage.proof === undefined && stage.batches.flat().length === 0,
  );
}

/** The one line that scripts look for; always the last of a plan. */
export function closingLine(plan: Plan): string {
  if (isEmptyPlan(plan)) return `No changes. The cluster already runs ${plan.to}.`;
  const changed = plan.nodes.filter((node) => node.files.length > 0);
  const files = changed.reduce((sum, node) => sum + node.files.length, 0);
  const where = files === 0 ? '' : ` on ${hostsOf(changed)}`;
  const parts = [
    `${plural(files, 'file')} to change${where}`,
    plural(restartsOf(plan), 'restart'),
    lossOf(plan),
  ];
  return `Plan: ${parts.join(', ')}.`;
}

function hostsOf(nodes: readonly PlanNode[]): string {
  const servers = nodes.filter((node) => node.role === 'server').length;
  const agents = nodes.length - servers;
  const both = [
    servers > 0 ? plural(servers, 'server') : '',
    agents > 0 ? plural(agents, 'agent') : '',
  ];
  return both.filter((part) => part !== '').join(' and ');
}

function lossOf({ prediction: { lost } }: Plan): string {
  if (lost === undefined) return 'pod-to-pod loss unknown';
  if (lost === 0) return 'no pod-to-pod loss expected';
  return `about ${plural(lost, 'lost packet')} per pair expected`;
}
