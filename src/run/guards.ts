import type { GuardState } from '../model/journal.ts';
import type { PlanNode } from '../model/plan.ts';
import type { Script } from '../model/session.ts';
import { armScript } from '../node/arm.ts';
import { disarmScript } from '../node/disarm.ts';
import { decideScript, prepareScript } from '../node/lease.ts';
import { type Engine, isoNow, nodeOf } from './engine.ts';

function arm(engine: Engine, node: PlanNode): Script {
  const { plan } = engine;
  const servers = plan.nodes
    .filter((n) => n.role === 'server')
    .map((n) => ({ node: n.node, address: n.address }));
  const text = armScript({
    run: plan.id,
    epoch: engine.epoch,
    host: node.host,
    node: node.node,
    role: node.role,
    unit: node.unit,
    dataDir: node.dataDir,
    lease: plan.lease.seconds,
    slotIndex: node.slot,
    slot: plan.lease.slot,
    servers,
    backendOld: node.backendOld,
    backendNew: plan.to,
    typeOld: node.typeOld,
    typeNew: node.typeNew,
    actions: {
      repin: node.guard.repin,
      files: node.guard.files,
      reload: node.guard.reload,
      unpin: node.guard.unpin,
      cleanOld: node.guard.cleanOld,
      cleanNew: node.guard.cleanNew,
      tidy: node.guard.tidy,
    },
    backups: node.guard.backups,
  });
  return { class: 'change', text, limit: 60 };
}

/** Brings the guards of some hosts to a state; each answer is one journal entry. */
export async function moveGuards(
  engine: Engine,
  to: Exclude<GuardState, 'failed'>,
  hosts: readonly string[],
): Promise<void> {
  const { plan, epoch, fleet, files, emit, leases } = engine;
  // Servers are prepared before agents: one unprepared server takes all back, and agents follow servers.
  const order =
    to === 'prepared' || to === 'decided'
      ? [
          hosts.filter((h) => nodeOf(plan, h).role === 'server'),
          hosts.filter((h) => nodeOf(plan, h).role === 'agent'),
        ]
      : [hosts];
  for (const group of order)
    await Promise.all(
      group.map(async (host) => {
        const sentAt = performance.now();
        const script =
          to === 'armed'
            ? arm(engine, nodeOf(plan, host))
            : {
                class: 'change' as const,
                limit: 30,
                text: { prepared: prepareScript, decided: decideScript, disarmed: disarmScript }[
                  to
                ](plan.id, epoch),
              };
        let result = await fleet.exec(host, script);
        if (result.t !== 'done') result = await fleet.exec(host, script, 30);
        const ok = result.t === 'done' && result.value.code === 0;
        const reason =
          result.t === 'done'
            ? result.value.stderr.trim() || `exit code ${result.value.code}`
            : result.reason;
        if (ok && to === 'armed') leases.armed(host, sentAt);
        if (ok && to === 'disarmed') leases.disarmed(host);
        files.append({
          t: 'guard',
          at: isoNow(),
          host,
          state: ok ? to : 'failed',
          ...(ok ? {} : { reason }),
        });
        emit({
          type: 'guard',
          level: ok ? 'info' : 'error',
          host,
          msg: ok ? `guard ${to}` : `guard not ${to}: ${reason}`,
        });
      }),
    );
}
