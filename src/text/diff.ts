import { createTwoFilesPatch } from 'diff';
import { redact } from './redact.ts';

export interface FileDiff {
  /** Unified diff with `a/` and `b/` paths; empty when nothing differs. */
  readonly diff: string;
  /** True when a secret near the change was masked: the diff is then for reading, not for applying. */
  readonly redacted: boolean;
}

/**
 * Unified diff of one file that `git apply` accepts. `null` = the file does not exist on that side.
 * Paths are absolute on the node; the leading `/` becomes `a/` and `b/`.
 */
export function unifiedDiff(path: string, before: string | null, after: string | null): string {
  if (before === after) return '';
  const name = path.replace(/^\/+/, '');
  const from = before === null ? '/dev/null' : `a/${name}`;
  const to = after === null ? '/dev/null' : `b/${name}`;
  const body = createTwoFilesPatch(from, to, before ?? '', after ?? '', undefined, undefined, {
    context: 3,
  });
  const hunks = body.slice(body.indexOf('@@'));
  const mode =
    before === null ? 'new file mode 100600\n' : after === null ? 'deleted file mode 100600\n' : '';
  return `diff --git a/${name} b/${name}\n${mode}--- ${from}\n+++ ${to}\n${hunks}`;
}

/** The same diff for people: values of secrets masked, and whether any was. */
export function readableDiff(path: string, before: string | null, after: string | null): FileDiff {
  const { text, masked } = redact(unifiedDiff(path, before, after));
  return { diff: text, redacted: masked > 0 };
}
