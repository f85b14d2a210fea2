import { setTimeout as delay } from 'node:timers/promises';
import type { Emit } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import { parseStatus, statusScript, type NodeStatus } from '../node/status.ts';
import type { Fleet } from '../run/fleet.ts';

export type NodeState = NodeStatus;

/** What the state file of each node says now; a host that does not answer is left out. */
export async function nodeStates(fleet: Fleet, plan: Plan): Promise<Map<string, NodeState>> {
  const states = new Map<string, NodeState>();
  await Promise.all(
    plan.nodes.map(async (n) => {
      const result = await fleet.exec(n.host, { class: 'read', text: statusScript(), limit: 20 });
      if (result.t === 'done' && result.value.code === 0)
        states.set(n.host, parseStatus(result.value.stdout));
    }),
  );
  return states;
}

/** Armed, and its lease is over: its guard acts at its next tick. */
function expired({ state, uptime, boot }: NodeState): boolean {
  return (
    state['phase'] === 'armed' &&
    (state['boot_id'] !== boot || Number(state['lease_uptime'] ?? '0') <= uptime)
  );
}

const ACTING = new Set(['returning', 'forwarding']);
const RETURNED = new Set(['returned']);

/** Have guards returned nodes, or are they returning them? Then a resume goes back as well. */
export function directionOf(
  states: ReadonlyMap<string, NodeState>,
  run: string,
): 'forward' | 'back' {
  const mine = [...states.values()].map((s) => s.state).filter((s) => s['run'] === run);
  const returned = mine.some(
    (s) =>
      ACTING.has(s['phase'] ?? '') ||
      (RETURNED.has(s['phase'] ?? '') && s['reason'] !== 'followed new'),
  );
  return returned ? 'back' : 'forward';
}

/**
 * Waits until no guard is in the middle of its work, at most the plan's bound: a guard and a run
 * never work on one cluster at once. Returns the last states.
 */
export async function guardsSettled(
  fleet: Fleet,
  plan: Plan,
  emit: Emit,
): Promise<Map<string, NodeState>> {
  const end = performance.now() + plan.lease.bound * 1000;
  let told = '';
  for (;;) {
    const states = await nodeStates(fleet, plan);
    const mine = [...states].filter(([, s]) => s.state['run'] === plan.id);
    const fired = mine.some(
      ([, s]) => ACTING.has(s.state['phase'] ?? '') || RETURNED.has(s.state['phase'] ?? ''),
    );
    const busy = mine.filter(
      ([, s]) => ACTING.has(s.state['phase'] ?? '') || (fired && expired(s)),
    );
    if (busy.length === 0 || performance.now() >= end) return states;
    const why = busy
      .map(([host, s]) => `${host}: ${s.state['phase'] ?? ''} ${s.state['reason'] ?? ''}`)
      .join('; ');
    if (why !== told) emit({ type: 'wait', level: 'info', msg: `guards are at work: ${why}` });
    told = why;
    await delay(2000);
  }
}
