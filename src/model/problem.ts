/** Exit codes of the command line: one meaning each (docs/exit-codes.md). */
export const EXIT = {
  ok: 0,
  bug: 1,
  pending: 2,
  usage: 3,
  unreachable: 4,
  refused: 5,
  rolledBack: 6,
  mixed: 7,
  leftOut: 8,
  unproven: 9,
  planStale: 10,
  locked: 11,
  access: 12,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where several hold, the first of these is reported. */
export const EXIT_PRECEDENCE: readonly ExitCode[] = [1, 7, 9, 6, 12, 11, 10, 5, 4, 8, 2];

/** A fault as a value: what is wrong, why, and what to do next. Never holds a secret. */
export interface Problem {
  /** Stable machine-readable cause, `area.cause`, e.g. `ssh.host_key_changed`. */
  readonly code: string;
  readonly exit: ExitCode;
  readonly summary: string;
  readonly detail?: string;
  readonly hint?: string;
  /** A command line that the reader can type next. */
  readonly next?: string;
  readonly host?: string;
  readonly file?: string;
  readonly line?: number;
}

/** Carries problems out of a use case; caught once, in the command line. */
export class ReweaveError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: Problem | readonly Problem[]) {
    const all = 'code' in problems ? [problems] : [...problems];
    super(all.map((p) => p.summary).join('; '));
    this.name = 'ReweaveError';
    this.problems = all;
  }
}

/** The exit code for a set of problems, by precedence; `ok` when there are none. */
export function exitOf(problems: readonly { exit: ExitCode }[]): ExitCode {
  if (problems.length === 0) return EXIT.ok;
  for (const code of EXIT_PRECEDENCE) if (problems.some((p) => p.exit === code)) return code;
  return problems[0]?.exit ?? EXIT.bug;
}
