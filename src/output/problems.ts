import type { Problem } from '../model/problem.ts';
import { printable } from './printable.ts';
import { painter } from './style.ts';
import { wrapLines } from './wrap.ts';

export interface TextOptions {
  readonly columns: number;
  readonly colour: boolean;
}

/** All problems at once: `error:`, what is known, `hint:`, and a `next:` that can be copied. */
export function renderProblems(problems: readonly Problem[], options: TextOptions): string {
  return problems.map((problem) => renderProblem(problem, options)).join('\n');
}

function renderProblem(problem: Problem, { columns, colour }: TextOptions): string {
  const paint = painter(colour);
  const parts = [`${paint('red', 'error:')} ${printable(placed(problem))}`];
  if (problem.detail !== undefined) parts.push(wrapLines(printable(problem.detail), columns, '  '));
  if (problem.hint !== undefined) {
    parts.push(wrapLines(printable(problem.hint), columns, `${paint('yellow', 'hint:')} `));
  }
  // Never wrapped: it is there to be copied.
  if (problem.next !== undefined) parts.push(`${paint('green', 'next:')} ${problem.next}`);
  return `${parts.join('\n')}\n`;
}

/** The summary, with file, line and host before it where it does not name them itself. */
function placed({ summary, file, line, host }: Problem): string {
  const at = line === undefined ? file : `${file}:${line}`;
  if (file !== undefined && at !== undefined && !summary.includes(file)) return `${at}: ${summary}`;
  return host !== undefined && !summary.includes(host) ? `${host}: ${summary}` : summary;
}
