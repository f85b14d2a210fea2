import type { Plan } from '../model/plan.ts';
import type { Page } from './plan.ts';
import { restartsOf } from './plan-closing.ts';
import { wrap } from './wrap.ts';

/** Seconds after the last server's slot in which an agent may still wait for its server. */
const AGENT_GRACE = 60;

/** What the guards on the nodes do without this machine, and at which second after the last renewal. */
export function leaseSection(plan: Plan, { columns }: Page): string[] {
  const { seconds, slot, bound } = plan.lease;
  const servers = plan.nodes.filter((n) => n.role === 'server').sort((a, b) => a.slot - b.slot);
  const agents = plan.nodes.length - servers.length;
  const lines: [number, string][] = [
    [0, 'the last renewal reaches the nodes; their guards count from here'],
    [seconds, `every guard lays pods back on the ${plan.from} path, then puts its files back`],
    ...servers.map((server, turn): [number, string] => [
      seconds + turn * slot,
      `${server.host} returns K3s to ${server.backendOld}, at most ${slot} s, if no other server is down`,
    ]),
  ];
  if (agents > 0) {
    const latest = seconds + servers.length * slot + AGENT_GRACE;
    lines.push([latest, 'at the latest, agents follow what their servers serve by then']);
  }
  lines.push([bound, `the whole cluster stands on ${plan.from} again`]);
  const width = Math.max(...lines.map(([at]) => String(at).length));
  const told = lines.map(([at, what]) =>
    wrap(what, columns, `  ${String(at).padStart(width)} s  `),
  );
  return [...told, wrap('After the decision, guards go forward instead of back.', columns, '  ')];
}

/** Packets that pods will lose, with where the number comes from. */
export function predictionSection(plan: Plan, { columns }: Page): string[] {
  const { lost, source, notes } = plan.prediction;
  const number = lost === undefined ? 'unknown' : `${lost} packets lost per pair`;
  return [
    wrap(`${number} (${source})`, columns, '  '),
    ...notes.map((note) => wrap(note, columns, '  - ')),
  ];
}

/** What a restart takes away although pods keep running (K3s' unit has KillMode=process). */
export function interruptionSection(plan: Plan, { columns }: Page): string[] {
  const restarts = restartsOf(plan);
  if (restarts === 0) return [];
  const servers = plan.nodes.filter((n) => n.role === 'server').length;
  const { slot } = plan.lease;
  const api =
    servers > 1
      ? `API: away on the one server that restarts, up to ${slot} s; the other ${servers - 1} answer. Clients bound to that server reconnect.`
      : `API: away for the whole cluster while its only server restarts, up to ${slot} s.`;
  const kubelet =
    'kubelet: on each node in its turn. Pods keep running; probes, exec, logs and new pods of that node wait.';
  return [wrap(api, columns, '  - '), wrap(kubelet, columns, '  - ')];
}
