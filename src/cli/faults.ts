import type { Summary } from '../model/event.ts';
import { EXIT, exitOf, type ExitCode, type Problem, ReweaveError } from '../model/problem.ts';
import { PromptInterrupted } from './terminal.ts';

/**
 * Whatever was thrown, as the end of a run: problems of ours by precedence, an interrupted run
 * (130, 143), and everything else as a bug (1), whose stack is shown only with -vvv.
 */
export function summaryOf(
  fault: unknown,
  signalled: ExitCode | undefined,
  verbosity: number,
): Summary {
  if (fault instanceof ReweaveError) {
    return { exit: exitOf(fault.problems), outcome: 'failed', problems: fault.problems };
  }
  if (fault instanceof PromptInterrupted || (signalled !== undefined && isAbort(fault))) {
    return { exit: signalled ?? EXIT.interrupted, outcome: 'interrupted', problems: [] };
  }
  return { exit: EXIT.bug, outcome: 'bug', problems: [bug(fault, verbosity)] };
}

function isAbort(fault: unknown): boolean {
  return (
    fault instanceof Error && (fault.name === 'AbortError' || fault.name === 'AbortPromptError')
  );
}

function bug(fault: unknown, verbosity: number): Problem {
  const message = fault instanceof Error ? fault.message : String(fault);
  const stack = fault instanceof Error ? fault.stack : undefined;
  return {
    code: 'cli.bug',
    exit: EXIT.bug,
    summary: `this is a bug: ${message}`,
    ...(verbosity >= 3 && stack !== undefined ? { detail: stack } : {}),
    hint:
      verbosity >= 3
        ? 'please report it with the lines above; `reweave status` shows where a run stands'
        : 'run it again with -vvv to see where; `reweave status` shows where a run stands',
  };
}

/** A signal that came is what ended the run, unless the run had its end already. */
export function withSignal(summary: Summary, signalled: ExitCode | undefined): Summary {
  const cut = summary.exit === EXIT.interrupted || summary.exit === EXIT.terminated;
  return signalled !== undefined && cut ? { ...summary, exit: signalled } : summary;
}
