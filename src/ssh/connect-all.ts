import PQueue from 'p-queue';
import type { Host } from '../model/host.ts';
import { type Problem, ReweaveError } from '../model/problem.ts';
import type { Session } from '../model/session.ts';
import { connect } from './connect.ts';
import type { LoginOptions } from './transport.ts';

/** More handshakes at once are not faster, and block the event loop. */
const HANDSHAKES = 16;

export interface ConnectAllOptions extends LoginOptions {
  /** Hosts at once, as `--forks`; logins never pass 16. */
  readonly forks: number;
}

/** Logs in everywhere. A host is either in `sessions` or has a problem; the caller closes the sessions. */
export async function connectAll(
  hosts: readonly Host[],
  options: ConnectAllOptions,
): Promise<{ sessions: Map<string, Session>; problems: Problem[] }> {
  const queue = new PQueue({ concurrency: Math.max(1, Math.min(options.forks, HANDSHAKES)) });
  const tries = await Promise.allSettled(
    hosts.map((host) => queue.add(() => connect(host, options))),
  );
  const sessions = new Map<string, Session>();
  const problems: Problem[] = [];
  const faults: unknown[] = [];
  for (const [index, tried] of tries.entries()) {
    const host = hosts[index];
    if (tried.status === 'fulfilled' && host && tried.value) sessions.set(host.name, tried.value);
    else if (tried.status === 'rejected' && tried.reason instanceof ReweaveError)
      problems.push(...tried.reason.problems);
    else if (tried.status === 'rejected') faults.push(tried.reason);
  }
  if (faults.length > 0) {
    await closeAll(sessions.values());
    throw faults[0];
  }
  return { sessions, problems };
}

/** Ends every session; resolves when all are closed. */
export async function closeAll(sessions: Iterable<Session>): Promise<void> {
  await Promise.all([...sessions].map((session) => session.close()));
}
