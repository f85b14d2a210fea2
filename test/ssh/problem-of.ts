import { type Problem, ReweaveError } from '../../src/model/problem.ts';

/** The problem that a call ends in; a call that works, or fails otherwise, fails the test. */
export async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => new Error('it worked'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ReweaveError) || !error.problems[0]) throw error;
  return error.problems[0];
}
