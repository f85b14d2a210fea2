import { BACKENDS, backendByName } from '../k3s/backends.ts';
import type { Plan, PlanNode } from '../model/plan.ts';
import type { Session } from '../model/session.ts';
import { judgeWire } from '../proof/judge-wire.ts';
import { Capture } from '../proof/run-capture.ts';

/** A capture on the interface towards the peers of every node, open until it is judged. */
export interface Wire {
  /** Why what crossed the wire is not as it must be; empty = it is. */
  judge(): Promise<string[]>;
}

const SECONDS = 60;

/** Opens the captures; returns when all see packets, or are known not to. */
export async function watchWire(sessions: ReadonlyMap<string, Session>, plan: Plan): Promise<Wire> {
  const expect = backendByName(plan.to)?.encrypted === true ? 'encrypted' : 'any';
  const captures = await Promise.all(plan.nodes.map((n) => open(sessions.get(n.host), n, plan)));
  return {
    judge: async () => {
      const results = await Promise.all(captures.map((c) => c.close()));
      return judgeWire(results, expect).failures.map(
        (f) => `on the wire, ${f.host}${f.peer === undefined ? '' : ` ↔ ${f.peer}`}: ${f.why}`,
      );
    },
  };
}

async function open(session: Session | undefined, node: PlanNode, plan: Plan): Promise<Capture> {
  const ports = (encrypted: boolean): number[] =>
    BACKENDS.filter((b) => b.encrypted === encrypted).flatMap((b) => b.ports);
  const peers = plan.nodes
    .filter((n) => n !== node)
    .map((n) => ({ host: n.host, address: n.address, podCidrs: [n.subnet] }));
  const spec = {
    dev: node.uplink,
    seconds: SECONDS,
    clusterCidrs: plan.clusterCidrs,
    vxlanPorts: ports(false),
    wireguardPorts: ports(true),
  };
  const capture = new Capture(node.host, spec, peers);
  // Without a session it stays closed, and a capture that did not run fails the judgement.
  if (session !== undefined) await capture.open(session);
  return capture;
}
