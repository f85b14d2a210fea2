import type { ModuleState, NodeFacts } from '../model/facts.ts';
import { keyValues } from './sections.ts';

/** `/etc/os-release`; values may be quoted. */
export function parseOs(text: string): NodeFacts['os'] {
  const pairs = keyValues(text);
  const value = (key: string): string => (pairs[key] ?? '').replace(/^(["'])(.*)\1$/, '$2');
  return { id: value('ID'), version: value('VERSION_ID'), pretty: value('PRETTY_NAME') };
}

/** `PATH <line of df -Pk>`: the number before the percentage is what is free, in KiB. */
export function parseDisk(lines: readonly string[]): Record<string, number> {
  const entries = lines.flatMap((line): [string, number][] => {
    const free = /\s(\d+)\s+\d+%/.exec(line)?.[1];
    return free === undefined ? [] : [[line.split(' ')[0] ?? '', Number(free)]];
  });
  return Object.fromEntries(entries);
}

/** Tools by path. `ping` of iputils also has an entry `ping-iputils` with its version line. */
export function parseTools(pairs: Readonly<Record<string, string>>): Record<string, string> {
  const { 'ping-version': ping, ...tools } = pairs;
  return ping !== undefined && /iputils/.test(ping) ? { ...tools, 'ping-iputils': ping } : tools;
}

const STATES: readonly string[] = ['loaded', 'builtin', 'loadable', 'absent', 'blacklisted'];

export function parseModules(pairs: Readonly<Record<string, string>>): Record<string, ModuleState> {
  const entries = Object.entries(pairs).filter((e): e is [string, ModuleState] =>
    STATES.includes(e[1]),
  );
  return Object.fromEntries(entries);
}
