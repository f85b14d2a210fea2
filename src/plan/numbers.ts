import type { NodeFacts } from '../model/facts.ts';
import type { PinNumbers } from '../steps/context.ts';

const PROTO = '233';

/** A rule preference (and the one above it), a table and a protocol that no node uses. */
export function freeNumbers(facts: readonly NodeFacts[]): PinNumbers {
  const rules = facts.flatMap((f) => f.rules.filter((r) => r.protocol !== PROTO));
  const prefs = new Set(rules.map((r) => r.pref));
  const tables = new Set([
    ...rules.map((r) => r.table),
    ...facts.flatMap((f) => f.routes.filter((r) => r.protocol !== PROTO).map((r) => r.table)),
  ]);
  for (let n = 5150; n < 32000; n += 10)
    if (!prefs.has(n) && !prefs.has(n - 1) && !tables.has(String(n)))
      return { pref: n, table: String(n), proto: PROTO };
  throw new Error('no free rule preference below main');
}
