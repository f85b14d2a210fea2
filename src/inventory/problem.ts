import { EXIT, type Problem } from '../model/problem.ts';

/** Where a value was written; `base` is the directory of the inventory source it belongs to. */
export interface Origin {
  readonly file: string;
  /** From 1; 0 when the whole file is meant. */
  readonly line: number;
  readonly base: string;
}

/** A fault of the inventory: exit 3, nothing was contacted. */
export function invalid(summary: string, at?: Origin, hint?: string): Problem {
  return {
    code: 'inventory.invalid',
    exit: EXIT.usage,
    summary: at ? `${place(at)}: ${summary}` : summary,
    ...(hint === undefined ? {} : { hint }),
    ...(at ? { file: at.file } : {}),
    ...(at && at.line > 0 ? { line: at.line } : {}),
  };
}

/** `file:line`, or the file alone when the line is not known. */
export function place(at: Origin): string {
  return at.line > 0 ? `${at.file}:${at.line}` : at.file;
}
