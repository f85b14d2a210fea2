import { decideScript } from '../node/lease.ts';
import { type Engine, isoNow } from './engine.ts';

/**
 * The point of no return: the decision is written on a majority of servers, then in the journal.
 * Without a majority the run turns back; a server that has it already only goes forward.
 */
export async function decide(engine: Engine): Promise<void> {
  const { plan, epoch, fleet, files, emit } = engine;
  const servers = plan.nodes.filter((n) => n.role === 'server');
  const answers = await Promise.all(
    servers.map((n) =>
      fleet.exec(n.host, { class: 'change', text: decideScript(plan.id, epoch), limit: 30 }),
    ),
  );
  const written = answers.filter((a) => a.t === 'done' && a.value.code === 0).length;
  if (written === 0) {
    files.append({ t: 'turn', at: isoNow(), reason: 'no server took the decision' });
    return;
  }
  // All servers were prepared, so none returns by itself: one server that has the decision is enough to go forward.
  files.append({ t: 'decision', at: isoNow(), value: 'new' });
  emit({
    type: 'decision',
    level: 'info',
    msg: `decided for ${plan.to} on ${written} of ${servers.length} servers: there is no way back from here, only forward`,
  });
}
