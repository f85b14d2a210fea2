import { randomBytes } from 'node:crypto';
import type { NodeFacts } from '../model/facts.ts';
import { EXIT, type Problem, ReweaveError } from '../model/problem.ts';
import type { Session } from '../model/session.ts';
import { parseFacts } from './parse.ts';
import { factsScript, type LookOptions } from './script.ts';

/** Seconds: a K3s that hangs costs six questions of 15 s, one of 40 s. */
const LIMIT = 150;

/**
 * Looks at a node: one read-only script, one round trip.
 * @throws ReweaveError `facts.unreachable` when the answer did not come, `facts.truncated` when a cap
 * cut it, `facts.garbled` when a section cannot be understood.
 */
export async function gather(session: Session, options: LookOptions = {}): Promise<NodeFacts> {
  const marker = randomBytes(16).toString('hex');
  const outcome = await session.exec({
    class: 'read',
    text: factsScript(marker, options),
    limit: LIMIT,
  });
  if (outcome.t !== 'done')
    throw fault(session, 'facts.unreachable', 'The node did not answer a look', outcome.reason);
  const { stdout, truncated, code, stderr } = outcome.value;
  if (truncated)
    throw fault(
      session,
      'facts.truncated',
      "The node's answer is larger than the cap",
      `${stdout.length} characters arrived`,
    );
  if (code === 124)
    throw fault(session, 'facts.unreachable', 'The look took too long', `no end after ${LIMIT} s`);
  if (code !== 0)
    throw fault(
      session,
      'facts.unreachable',
      `The look ended with exit code ${code}`,
      stderr.trim().slice(-400),
    );
  try {
    return parseFacts(stdout, marker, session.host);
  } catch (error) {
    if (!(error instanceof ReweaveError)) throw error;
    throw new ReweaveError(error.problems.map((p) => ({ ...p, host: session.host })));
  }
}

function fault(session: Session, code: string, summary: string, detail: string): ReweaveError {
  const hint = 'Look again; if it stays, log in and see what hangs (systemctl, ip, k3s kubectl).';
  const problem: Problem = {
    code,
    exit: EXIT.unreachable,
    summary,
    detail,
    hint,
    host: session.host,
  };
  return new ReweaveError(problem);
}
