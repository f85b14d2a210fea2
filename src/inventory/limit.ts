import { isIPv6 } from 'node:net';
import type { Problem } from '../model/problem.ts';
import { invalid } from './problem.ts';

/** Hosts in inventory order, and groups with all their hosts. */
export interface Named {
  readonly hosts: readonly string[];
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/**
 * Names chosen by an Ansible pattern: hosts, groups, globs, `~regex`, `group[0]`, `group[0:2]`;
 * `,` or `:` unite, `&` intersects, `!` excludes. An empty pattern, a name that nothing has (left
 * out of a `!` it would widen the choice), and an empty choice are problems.
 */
export function choose(all: Named, limit: string): { names: string[]; problems: Problem[] } {
  const parts = split(all, limit);
  if (parts.length === 0) {
    const hint = "leave --limit out to mean all hosts, or write 'all'";
    return { names: [], problems: [fault('--limit is empty', hint)] };
  }
  const problems: Problem[] = [];
  const find = (text: string) => {
    const found = matches(all, text);
    if (found instanceof Error) problems.push(fault(found.message));
    return found instanceof Error ? new Set<string>() : found;
  };
  const plain = parts.filter((part) => !/^[!&]/.test(part));
  const chosen = new Set((plain.length === 0 ? ['all'] : plain).flatMap((part) => [...find(part)]));
  for (const part of parts) {
    if (!/^[!&]/.test(part)) continue;
    const found = find(part.slice(1));
    for (const name of chosen) if (found.has(name) === part.startsWith('!')) chosen.delete(name);
  }
  if (problems.length === 0 && chosen.size === 0)
    problems.push(fault(`--limit '${limit}' leaves no host`));
  return { names: all.hosts.filter((name) => chosen.has(name)), problems };
}

function fault(
  summary: string,
  hint = 'reweave inventory --graph shows hosts and groups',
): Problem {
  return { ...invalid(summary, undefined, hint), code: 'inventory.limit' };
}

function split(all: Named, limit: string): string[] {
  const text = limit.trim();
  const whole = isIPv6(text) || all.hosts.includes(text) || all.groups.has(text);
  const parts = whole ? [text] : text.includes(',') ? text.split(',') : text.split(/:(?![^[]*\])/);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function matches(all: Named, text: string): Set<string> | Error {
  if (text.startsWith('@')) return new Error(`--limit '${text}': files are not supported`);
  const slice = /^(.+)\[(-?\d+)(?:([:-])(-?\d*))?\]$/.exec(text);
  if (slice && !all.hosts.includes(text)) {
    const found = matches(all, slice[1] ?? '');
    return found instanceof Error ? found : subscript([...found], slice, text);
  }
  const test = matcher(text);
  if (test instanceof Error) return test;
  const out = new Set<string>();
  for (const [group, hosts] of all.groups) if (test(group)) for (const host of hosts) out.add(host);
  for (const host of all.hosts) if (test(host)) out.add(host);
  const known = out.size > 0 || all.groups.has(text);
  return known ? out : new Error(`--limit '${text}' matches no host and no group`);
}

function subscript(hosts: string[], found: RegExpExecArray, text: string): Set<string> | Error {
  const first = Number(found[2]);
  const last = found[3] === undefined ? first : found[4] === '' ? -1 : Number(found[4]);
  const end = last === -1 ? undefined : last + 1;
  const chosen = hosts.slice(first, end);
  return chosen.length > 0 ? new Set(chosen) : new Error(`--limit '${text}' matches no host`);
}

function matcher(text: string): ((name: string) => boolean) | Error {
  if (text === 'all' || text === '*') return () => true;
  try {
    const regex = text.startsWith('~') ? new RegExp(`^(?:${text.slice(1)})`) : globRegex(text);
    return (name) => regex.test(name);
  } catch (error) {
    return new Error(`--limit '${text}': ${(error as Error).message}`);
  }
}

/** Shell glob (`*`, `?`, `[abc]`, `[!abc]`) as a regular expression over the whole name. */
export function globRegex(glob: string): RegExp {
  const body = glob.replace(
    /\[(!?)([^\]]+)\]|[*?]|[^\w\s]/g,
    (token, not?: string, set?: string) => {
      if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`;
      if (token === '*') return '.*';
      return token === '?' ? '.' : `\\${token}`;
    },
  );
  return new RegExp(`^${body}$`, 's');
}
