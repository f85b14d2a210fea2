import { setTimeout as delay } from 'node:timers/promises';
import type { Plan } from '../model/plan.ts';
import { EXIT, type Problem, ReweaveError } from '../model/problem.ts';
import { lockScript, unlockScript } from '../node/lock.ts';
import type { Fleet } from './fleet.ts';

export interface LockRequest {
  readonly owner: string;
  readonly epoch: number;
  /** Take a lock whose holder is known to be dead. */
  readonly takeover: boolean;
  /** Seconds to wait for its holder. */
  readonly seconds: number;
}

/**
 * Takes the cluster's lock on a majority of its servers, or gives back what it got and says who
 * holds it (exit 11). Waits as long as it was asked to.
 */
export async function lockCluster(fleet: Fleet, plan: Plan, ask: LockRequest): Promise<void> {
  const end = performance.now() + ask.seconds * 1000;
  for (;;) {
    const refusal = await tryLock(fleet, plan, ask);
    if (refusal === undefined) return;
    if (performance.now() >= end) throw new ReweaveError(refusal);
    await delay(2000);
  }
}

async function tryLock(
  fleet: Fleet,
  plan: Plan,
  { owner, epoch, takeover }: LockRequest,
): Promise<Problem | undefined> {
  const servers = plan.nodes.filter((n) => n.role === 'server');
  const answers = await Promise.all(
    servers.map(async (n) => {
      const text = lockScript(plan.id, owner, epoch, { takeover });
      return {
        host: n.host,
        result: await fleet.exec(n.host, { class: 'change', text, limit: 30 }),
      };
    }),
  );
  const held = answers.filter((a) => a.result.t === 'done' && a.result.value.code === 0);
  if (held.length * 2 > servers.length) return undefined;
  await Promise.all(
    held.map((a) =>
      fleet.exec(a.host, { class: 'change', text: unlockScript(plan.id), limit: 30 }),
    ),
  );
  const refused = answers.find((a) => a.result.t === 'done' && a.result.value.code !== 0);
  const why =
    refused?.result.t === 'done' ? refused.result.value.stderr.trim() : 'too few servers answered';
  return {
    code: 'run.locked',
    exit: EXIT.locked,
    summary: `the cluster is locked: ${why}`,
    host: refused?.host ?? '',
    hint: 'a run that died is finished with resume or rollback, from any machine',
    next: 'reweave status',
  };
}

/** Gives the lock back on every server; one that does not answer is told by `status` later. */
export async function unlockCluster(fleet: Fleet, plan: Plan): Promise<void> {
  const servers = plan.nodes.filter((n) => n.role === 'server');
  await Promise.all(
    servers.map((n) =>
      fleet.exec(n.host, { class: 'change', text: unlockScript(plan.id), limit: 30 }),
    ),
  );
}
