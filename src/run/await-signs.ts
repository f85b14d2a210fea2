import { setTimeout as delay } from 'node:timers/promises';
import type { HostStep, PlanNode } from '../model/plan.ts';
import { sh } from '../text/shell.ts';
import { type Engine, nodeOf } from './engine.ts';
import { judge, lookScript, type Look, parseLook, type Seen, seeNode } from './signs.ts';

export interface Waited {
  readonly ok: boolean;
  readonly reason: string;
}

/** Asks servers in turn what the API says of a node; an unreachable server is no answer. */
async function seen(engine: Engine, node: PlanNode): Promise<Seen | undefined> {
  const servers = engine.plan.nodes.filter((n) => n.role === 'server');
  const first = servers.filter((s) => s.host === node.host);
  for (const server of [...servers.filter((s) => s.host !== node.host), ...first]) {
    const text = `export PATH="$PATH:/usr/local/bin"; timeout 15 k3s kubectl get node ${sh(node.node)} -o json\n`;
    const result = await engine.fleet.exec(server.host, { class: 'read', text, limit: 20 });
    if (result.t !== 'done' || result.value.code !== 0) continue;
    const found = seeNode(result.value.stdout);
    if (found) return found;
  }
  return undefined;
}

/**
 * Looks at a node again and again until every sign of the step was seen. Fails at the deadline, with
 * the last reason, or at once when K3s restarts by itself. Interruption does not cut an atomic step.
 */
export async function awaitSigns(
  engine: Engine,
  step: HostStep,
  back: boolean,
  seconds = step.deadline,
): Promise<Waited> {
  if (step.signs.length === 0) return { ok: true, reason: '' };
  const node = nodeOf(engine.plan, step.host);
  const peers = engine.plan.nodes.filter((n) => n.host !== step.host);
  const devs = back ? node.oldDevs : node.newDevs;
  const script = lookScript(node, step.signs, peers);
  const end = performance.now() + seconds * 1000;
  const needsApi = step.signs.some((s) => s.kind === 'backend' || s.kind === 'ready');
  let last: { key: string; since: number } | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  let reason = 'not looked at yet';
  let told = '';
  for (;;) {
    const result = await engine.fleet.exec(step.host, { class: 'read', text: script, limit: 30 });
    const at = performance.now();
    if (result.t === 'done') {
      const look: Look = parseLook(result.value.stdout);
      const key = `${look.invocationId} ${look.nRestarts} ${look.activeState}`;
      if (last?.key !== key) last = { key, since: at };
      const api = needsApi ? await seen(engine, node) : undefined;
      // `systemctl restart` sets the counter to 0; what it was before says nothing of this start.
      fewest = Math.min(fewest, look.nRestarts);
      const verdict = judge(node, step.signs, peers, devs, {
        look,
        seen: api,
        grown: look.nRestarts - fewest,
        still: (at - last.since) / 1000,
        stable: engine.stable,
      });
      if (verdict.fatal) return { ok: false, reason: verdict.fatal };
      if (verdict.waiting.length === 0) return { ok: true, reason: '' };
      reason = `${verdict.waiting.join('; ')}${look.fatal ? ` (${look.fatal})` : ''}`;
    } else reason = result.reason;
    if (performance.now() >= end)
      return { ok: false, reason: `not seen within ${seconds} s: ${reason}` };
    if (reason !== told) {
      told = reason;
      engine.emit({ type: 'wait', level: 'debug', host: step.host, step: step.step, msg: reason });
    }
    await delay(1000);
  }
}
