import type { Problem } from '../model/problem.ts';
import { Secret } from '../model/secret.ts';
import type { Variable, Variables } from './graph.ts';
import { invalid, type Origin } from './problem.ts';
import { Vaulted } from './yaml-text.ts';

/** Reads the connection variables of one host; each fault becomes a problem at its line. */
export interface VarReader {
  /** The first of these names that is set to something, as text; templates are a problem. */
  text(...names: string[]): string | undefined;
  number(min: number, max: number, ...names: string[]): number | undefined;
  flag(...names: string[]): boolean | undefined;
  secret(...names: string[]): Secret | undefined;
  /** Where the first of these names was written. */
  at(...names: string[]): Origin | undefined;
  readonly used: Set<string>;
}

export function varReader(vars: Variables, problems: Problem[]): VarReader {
  const used = new Set<string>();
  const first = (names: readonly string[]): [string, Variable] | undefined => {
    for (const name of names) used.add(name);
    for (const name of names) {
      const found = vars.get(name);
      if (found && found.value !== null && found.value !== undefined && found.value !== '')
        return [name, found];
    }
    return undefined;
  };
  const text = (...names: string[]): string | undefined => {
    const found = first(names);
    if (!found) return undefined;
    const [name, { value, at }] = found;
    const fault = whyNot(value);
    if (fault === undefined) return String(value);
    problems.push(invalid(`${name} ${fault.why}`, at, fault.hint));
    return undefined;
  };
  const at = (...names: string[]) => first(names)?.[1].at;
  return {
    used,
    text,
    at,
    number(min, max, ...names) {
      const value = text(...names);
      if (value === undefined) return undefined;
      const number = Number(value);
      if (Number.isInteger(number) && number >= min && number <= max) return number;
      const why = `${names[0]} is '${value}', not a number from ${min} to ${max}`;
      problems.push(invalid(why, at(...names)));
      return undefined;
    },
    flag(...names) {
      const value = text(...names);
      if (value === undefined) return undefined;
      if (/^(yes|on|1|true|t|y|1\.0)$/i.test(value)) return true;
      if (/^(no|off|0|false|f|n|0\.0)$/i.test(value)) return false;
      const why = `${names[0]} is '${value}', neither true nor false`;
      problems.push(invalid(why, at(...names)));
      return undefined;
    },
    secret(...names) {
      const value = text(...names);
      return value === undefined ? undefined : new Secret(value);
    },
  };
}

function whyNot(value: unknown): { why: string; hint: string } | undefined {
  if (value instanceof Vaulted)
    return { why: 'is encrypted by Ansible Vault, and it is needed', hint: PLAIN };
  if (typeof value === 'object') return { why: 'is no single value', hint: 'write one value' };
  const template = /\{\{.*?\}\}|\{%.*?%\}/s.exec(`${value as string | number | boolean}`);
  if (!template) return undefined;
  return { why: `needs the template ${template[0]}, and templates are not evaluated`, hint: PLAIN };
}

const PLAIN =
  'write the plain value, or give it on the command line (--user, --private-key, -K, -k)';
const SECRET_NAME = /(pass|password|passwd|passphrase|token|secret|api_?key)$/i;

/** Plain values by name; those whose name says that they are secret cannot be printed. */
export function plainVars(vars: Variables): Record<string, unknown> {
  return Object.fromEntries(
    [...vars].map(([name, { value }]) => [
      name,
      SECRET_NAME.test(name) && typeof value === 'string' ? new Secret(value) : value,
    ]),
  );
}
