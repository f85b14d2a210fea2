import { type YamlEntry, configText, readYaml } from '../text/yaml-v2.ts';
import { utf8 } from '../text/bytes.ts';
import type { YamlValue } from '../text/yaml-scalar.ts';
import { type ConfigTree, mergedFiles } from './config-tree.ts';

/** One value of a key, and the entry of the file that it comes from. */
export interface Piece {
  readonly text: string;
  readonly path: string;
  readonly source: string;
  readonly entry: YamlEntry;
}

/** One key of the merged files: its values as K3s gives them to its flags, and what they replaced. */
export interface MergedKey {
  readonly key: string;
  readonly pieces: readonly Piece[];
  readonly shadowed: readonly Piece[];
  /** The piece list may be empty (`[]`): this is where the key stands then. */
  readonly last: Piece;
}

export type Merge =
  | { readonly keys: readonly MergedKey[] }
  | { readonly error: string; readonly path: string };

interface Slot {
  value: YamlValue;
  pieces: Piece[];
  shadowed: Piece[];
  last: Piece;
}

/**
 * Merges configuration files as K3s does: a key seen again replaces, `key+` appends, the order is
 * that of first sight. Source: K3s `pkg/configfilearg/parser.go`.
 */
export function mergeFiles(tree: ConfigTree): Merge {
  const slots = new Map<string, Slot>();
  for (const file of mergedFiles(tree)) {
    const source = utf8(Buffer.from(file.base64, 'base64'));
    if (source === undefined) return { error: 'the file is not UTF-8', path: file.path };
    const read = readYaml(source);
    if ('error' in read) return { error: read.error, path: file.path };
    for (const entry of read.entries) take(slots, entry, file.path, source);
  }
  return {
    keys: [...slots].map(([key, { pieces, shadowed, last }]) => ({ key, pieces, shadowed, last })),
  };
}

function take(slots: Map<string, Slot>, entry: YamlEntry, path: string, source: string): void {
  const key = entry.key.endsWith('+') ? entry.key.slice(0, -1) : entry.key;
  const old = slots.get(key);
  const piece = (value: YamlValue): Piece => ({ text: configText(value), path, source, entry });
  const last = piece(entry.value);
  if (old === undefined || key === entry.key) {
    const pieces = entry.value.t === 'list' ? entry.value.v.map(piece) : [last];
    const shadowed = old === undefined ? [] : [...old.shadowed, ...old.pieces];
    slots.set(key, { value: entry.value, pieces, shadowed, last });
    return;
  }
  const added = toList(entry.value).map(piece);
  const kept =
    old.value.t === 'list'
      ? old.pieces
      : toList(old.value).map((v) => ({ ...old.last, text: configText(v) }));
  const value: YamlValue = { t: 'list', v: [...toList(old.value), ...toList(entry.value)] };
  slots.set(key, { value, pieces: [...kept, ...added], shadowed: old.shadowed, last });
}

/** K3s' `toSlice`: nothing and empty texts vanish, other scalars become trimmed text. */
function toList(value: YamlValue): readonly YamlValue[] {
  if (value.t === 'list') return value.v;
  if (value.t === 'str') return [value];
  const text = configText(value).trim();
  return text === '' ? [] : [{ t: 'str', v: text }];
}
