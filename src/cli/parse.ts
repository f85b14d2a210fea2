import { InvalidArgumentError } from 'commander';
import { BACKENDS, backendByName } from '../k3s/backends.ts';
import type { BackendName } from '../model/facts.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** `20s`, `5m`, `1m30s`, or a bare number of seconds → seconds. */
export function duration(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^(\d+(ms|s|m|h))+$/.test(text)) {
    throw new InvalidArgumentError('Durations look like 20s, 5m or 1m30s.');
  }
  const parts = text.matchAll(/(\d+)(ms|s|m|h)/g);
  return [...parts].reduce((sum, [, n, unit = 's']) => sum + Number(n) * (UNITS[unit] ?? 1), 0);
}

/** As `duration`, and longer than nothing. */
export function positiveDuration(text: string): number {
  const seconds = duration(text);
  if (seconds <= 0) throw new InvalidArgumentError('It must be longer than 0 s.');
  return seconds;
}

export function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('A whole number is needed.');
  return Number(text);
}

export function positiveCount(text: string): number {
  const n = count(text);
  if (n === 0) throw new InvalidArgumentError('At least 1 is needed.');
  return n;
}

/** `1,10%,100%` → its sizes, as Ansible's `serial` takes them. */
export function batchSizes(text: string): string[] {
  const sizes = commaList(text);
  for (const size of sizes) {
    const n = Number(size.replace(/%$/, ''));
    if (!/^\d+%?$/.test(size) || n === 0 || (size.endsWith('%') && n > 100)) {
      throw new InvalidArgumentError(`'${size}' is neither a number of hosts nor 1% to 100%.`);
    }
  }
  return sizes;
}

export function commaList(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.some((item) => item === '')) throw new InvalidArgumentError('An item is empty.');
  return items;
}

/** An empty text would mean something nobody typed: for a limit it must never mean 'all'. */
export function notEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

export function backend(text: string): BackendName {
  const found = backendByName(text);
  if (found !== undefined) return found.name;
  const known = BACKENDS.map(({ name }) => name).join(', ');
  throw new InvalidArgumentError(`Known backends: ${known}.`);
}

/** One of a few words. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new InvalidArgumentError(`Choose one of ${words.join(', ')}.`);
    return found;
  };
}

const YES = ['1', 'true', 'yes', 'on'];
const NO = ['0', 'false', 'no', 'off', ''];

/** A switch's environment variable: presence alone must not switch it on. */
export function yesOrNo(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (YES.includes(word)) return true;
  if (NO.includes(word)) return false;
  throw new InvalidArgumentError(`Use 1 or 0.`);
}
