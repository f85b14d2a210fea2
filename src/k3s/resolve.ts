import type { BackendName } from '../model/facts.ts';
import { byteOffset, lineColumn } from '../text/bytes.ts';
import { type ConfigTree, roleOf } from './config-tree.ts';
import { type Flag, flagOf, serverKnows } from './flags.ts';
import { mergeFiles, type Piece } from './merge.ts';
import { type UnitWord, unitWord } from './unit-word.ts';

/** Where a setting stands. Byte offsets are into the file as it is. */
export type Origin =
  | {
      readonly t: 'file';
      readonly path: string;
      readonly line: number;
      readonly column: number;
      readonly start: number;
      readonly end: number;
    }
  | {
      readonly t: 'unit';
      readonly unit: string;
      readonly argument: number;
      readonly word: UnitWord | undefined;
    }
  | { readonly t: 'env'; readonly name: string }
  | { readonly t: 'default' };

export interface Setting {
  readonly flag: string;
  /** What K3s will use; undefined where nothing is set and K3s has no default. */
  readonly value: string | undefined;
  readonly origin: Origin;
  /** Definitions that this one hides, nearest first. */
  readonly shadows: readonly { readonly value: string; readonly origin: Origin }[];
}

export interface ResolveError {
  readonly error: string;
  readonly path: string;
}

/**
 * The command line of the next start, as K3s' own parser makes it: files right behind the
 * sub-command, unknown keys dropped for `server` only, argv after them.
 */
export function mergedArgs(tree: ConfigTree): string[] | ResolveError {
  const at = tree.argv.findIndex((word) => word === 'server' || word === 'agent');
  if (at < 0) return [...tree.argv];
  const merge = mergeFiles(tree);
  if ('error' in merge) return merge;
  const fromFiles = merge.keys.flatMap(({ key, pieces }) =>
    pieces.map((piece) => `${key.length === 1 ? '-' : '--'}${key}=${piece.text}`),
  );
  const filtered = tree.argv[1] === 'server' ? fromFiles.filter(known) : fromFiles;
  return [...tree.argv.slice(0, at + 1), ...filtered, ...tree.argv.slice(at + 1)];
}

function known(arg: string): boolean {
  return serverKnows(/^-+([^=]*)=/.exec(arg)?.[1] ?? arg);
}

interface Found {
  readonly value: string;
  readonly origin: Origin;
}

/** The effective value of a flag, where it stands and what it hides: argv, files, environment, default. */
export function where(tree: ConfigTree, name: string): Setting | ResolveError {
  const flag = flagOf(name) ?? ({ name, kind: 'text', roles: 'both' } satisfies Flag);
  const merge = mergeFiles(tree);
  if ('error' in merge) return merge;
  const found: Found[] = inArgv(tree, flag);
  for (const key of [...merge.keys].reverse())
    if (key.key === flag.name || key.key === flag.alias)
      found.push(
        ...[...key.pieces].reverse().map(ofPiece),
        ...[...key.shadowed].reverse().map(ofPiece),
      );
  const env = flag.env === undefined ? undefined : tree.env[flag.env];
  if (flag.env !== undefined && env !== undefined && env !== '')
    found.push({ value: env, origin: { t: 'env', name: flag.env } });
  const [first, ...shadows] = found;
  return first === undefined
    ? { flag: name, value: flag.fallback, origin: { t: 'default' }, shadows: [] }
    : { flag: name, ...first, shadows };
}

function ofPiece({ text, path, source, entry }: Piece): Found {
  const at = lineColumn(source, entry.keyStart);
  const range = { start: byteOffset(source, entry.start), end: byteOffset(source, entry.end) };
  return { value: text, origin: { t: 'file', path, ...at, ...range } };
}

/** Every `--flag v`, `--flag=v` (one dash works too) behind the sub-command, last first. */
function inArgv(tree: ConfigTree, flag: Flag): Found[] {
  const found: Found[] = [];
  const origin = (argument: number): Origin => ({
    t: 'unit',
    unit: tree.unit?.name ?? 'the unit',
    argument,
    word: unitWord(tree, argument),
  });
  const start = tree.argv.findIndex((word) => word === 'server' || word === 'agent') + 1;
  for (let at = start; at < tree.argv.length; at += 1) {
    const match = /^--?([^-=][^=]*)(?:=([^]*))?$/.exec(tree.argv[at] ?? '');
    if (match === null) continue;
    const [, name = '', inline] = match;
    const is = flagOf(name);
    const mine = name === flag.name || name === flag.alias;
    const two = inline === undefined && (is?.kind ?? 'text') !== 'bool';
    if (mine)
      found.push({
        value: inline ?? (two ? (tree.argv[at + 1] ?? '') : 'true'),
        origin: origin(two ? at + 1 : at),
      });
    // An unknown flag may or may not take a word: never step over one that is a flag itself.
    if (two && (is !== undefined || !(tree.argv[at + 1] ?? '').startsWith('-'))) at += 1;
  }
  return found.reverse();
}

/** An origin in words: `/etc/rancher/k3s/config.yaml:3`. */
export function settingWords(origin: Origin): string {
  switch (origin.t) {
    case 'file':
      return `${origin.path}:${origin.line}`;
    case 'unit':
      return origin.word === undefined
        ? `${origin.unit} ExecStart`
        : `${origin.word.path}:${origin.word.line}`;
    case 'env':
      return `environment ${origin.name}`;
    case 'default':
      return 'default';
  }
}

const BACKEND_NAMES: readonly string[] = [
  'vxlan',
  'host-gw',
  'wireguard-native',
  'wireguard',
  'ipsec',
  'tailscale',
  'none',
];

export function isBackendName(value: string | undefined): value is BackendName {
  return value !== undefined && BACKEND_NAMES.includes(value);
}

/** The backend that the next start of a server uses; `vxlan` where nothing is set; undefined for a value K3s does not know. */
export function configuredBackend(tree: ConfigTree): BackendName | undefined {
  const setting = where(tree, 'flannel-backend');
  if ('error' in setting || roleOf(tree.argv) !== 'server') return undefined;
  return isBackendName(setting.value) ? setting.value : undefined;
}
