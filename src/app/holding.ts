import type { Plan } from '../model/plan.ts';
import { EXIT, type Problem } from '../model/problem.ts';
import type { Session, Stream } from '../model/session.ts';
import { holdScript } from '../proof/hold.ts';

const SECONDS = 300;

export interface Holding {
  readonly problems: readonly Problem[];
  release(): Promise<void>;
}

/** Probe addresses on all nodes of a plan, held by an open channel each; they go when it closes. */
export async function holdAll(
  sessions: ReadonlyMap<string, Session>,
  plan: Plan,
): Promise<Holding> {
  const streams: Stream[] = [];
  const problems: Problem[] = [];
  await Promise.all(
    plan.nodes.map(async (n) => {
      const session = sessions.get(n.host);
      if (session === undefined) return;
      const stream = await session.stream(
        holdScript(n.meterAddress, n.probeDev, '/var/lib/cni/networks/cbr0', SECONDS),
      );
      streams.push(stream);
      const first = await stream.lines[Symbol.asyncIterator]().next();
      const said = first.done ? 'the connection ended' : first.value;
      if (said !== 'ready')
        problems.push({
          code: 'verify.endpoint',
          exit: EXIT.pending,
          host: n.host,
          summary: `${n.host}: no probe address: ${said}`,
        });
    }),
  );
  return {
    problems,
    release: async () => {
      await Promise.all(streams.map((s) => s.close()));
    },
  };
}
