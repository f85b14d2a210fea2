import { randomBytes } from 'node:crypto';
import PQueue from 'p-queue';
import type { Session } from '../model/session.ts';
import { Ear, listenScript } from './ear.ts';
import type { PairResult } from './pair.ts';
import { type Heard, parseProbe } from './parse-probe.ts';
import { type ProbeSpec, probeScript } from './probe.ts';

/**
 * Every ordered pair of the specs, measured once: first all nodes listen, then at most `forks`
 * nodes send at a time, then the listeners say what arrived. The result holds each expected pair
 * and size; a dead session, a timeout or a missing line makes it `unknown`.
 */
export async function runProbes(
  sessions: ReadonlyMap<string, Session>,
  specs: readonly ProbeSpec[],
  forks: number,
): Promise<PairResult[]> {
  const mark = randomBytes(8).toString('hex');
  const marked = specs.map((spec) => ({ ...spec, mark }));
  const scripts = new Map(marked.map((spec) => [spec, probeScript(spec)]));
  const slowest = Math.max(0, ...[...scripts.values()].map((script) => script.limit));
  const limit = Math.ceil(specs.length / forks) * slowest + 60;

  const ears = new Map<string, Ear>();
  const opening = marked.flatMap((spec) => {
    const session = sessions.get(spec.self.host);
    if (session === undefined) return [];
    const ear = new Ear(spec.self.host);
    ears.set(spec.self.host, ear);
    return [ear.open(session, listenScript(spec, mark, limit))];
  });
  await Promise.all(opening);

  const queue = new PQueue({ concurrency: forks });
  const runs = await Promise.all(
    marked.map(async (spec) => {
      const session = sessions.get(spec.self.host);
      const script = scripts.get(spec);
      if (session === undefined || script === undefined) return { spec, why: 'no session' };
      return queue.add(async () => {
        try {
          const outcome = await session.exec(script);
          return outcome.t === 'done'
            ? { spec, result: outcome.value }
            : { spec, why: `${outcome.t === 'unknown' ? 'lost' : 'not sent'}: ${outcome.reason}` };
        } catch (error) {
          return { spec, why: error instanceof Error ? error.message : String(error) };
        }
      });
    }),
  );

  const closing = [...ears].map(async ([host, ear]) => [host, await ear.close()] as const);
  const heard = new Map<string, Heard>(await Promise.all(closing));
  return runs.flatMap((run) =>
    'result' in run ? parseProbe(run.spec, run.result, heard) : unknown(run.spec, run.why),
  );
}

function unknown(spec: ProbeSpec, why: string): PairResult[] {
  return spec.peers.flatMap((peer) =>
    spec.sizes.map((size) => ({
      from: spec.self.host,
      to: peer.host,
      size,
      state: 'unknown' as const,
      why: `${spec.self.host}: ${why}`,
    })),
  );
}
