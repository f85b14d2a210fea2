import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  type Pair,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
} from 'yaml';
import type { Splice } from '../model/action.ts';
import { applySplices, byteOffset } from './bytes.ts';
import { plainScalar } from './yaml-scalar.ts';
import { configText, readYaml, type YamlEntry } from './yaml-v2.ts';

/** One splice (byte offsets), or why the file must be edited by hand. */
export type KeyEdit = { readonly splice: Splice } | { readonly refused: string };

type Range = { readonly start: number; readonly end: number; readonly text: string };

/** Sets one top-level key that the file has once, in its own quotes; every other byte stays. */
export function setYamlKey(source: string, key: string, value: string): KeyEdit {
  return edited(source, key, value, (root) => {
    const pair = onlyPair(root, key);
    return 'refused' in pair ? pair : valueRange(pair, source, value);
  });
}

/** Adds a top-level key at the end of a file that has none of that name, with the file's own line ends. */
export function addYamlKey(source: string, key: string, value: string): KeyEdit {
  return edited(source, key, value, (root) => {
    if (root !== null && pairs(root, key).length > 0)
      return { refused: `the file already has ${key}` };
    if (/^\.\.\.\s*(#.*)?$/m.test(source)) return { refused: 'the document has an end marker' };
    const eol = source.includes('\r\n') ? '\r\n' : '\n';
    const open = source === '' || source === '\ufeff' || source.endsWith('\n') ? '' : eol;
    const indent = ' '.repeat(root === null ? 0 : columnOf(source, root));
    return {
      start: source.length,
      end: source.length,
      text: `${open}${indent}${key}: ${plain(value)}${eol}`,
    };
  });
}

/** Deletes the lines of one top-level key. */
export function removeYamlKey(source: string, key: string): KeyEdit {
  return edited(source, key, undefined, (root) => {
    const pair = onlyPair(root, key);
    if ('refused' in pair) return pair;
    const keyNode = pair.key as Scalar;
    const start = source.lastIndexOf('\n', (keyNode.range?.[0] ?? 0) - 1) + 1;
    if (/\S/.test(source.slice(start, keyNode.range?.[0]).replace('\ufeff', '')))
      return { refused: `${key} does not stand first on its line` };
    const last = (pair.value as Scalar | null)?.range?.[1] ?? keyNode.range?.[1] ?? start;
    const lineEnd = source.indexOf(
      '\n',
      Math.max(start, source[last - 1] === '\n' ? last - 1 : last),
    );
    const keep = source.startsWith('\ufeff') && start === 0 ? 1 : start;
    return { start: keep, end: lineEnd < 0 ? source.length : lineEnd + 1, text: '' };
  });
}

function edited(
  source: string,
  key: string,
  value: string | undefined,
  find: (root: YAMLMap | null) => Range | { refused: string },
): KeyEdit {
  const root = blockRoot(source);
  if (root !== null && 'refused' in root) return root;
  const range = find(root);
  if ('refused' in range) return range;
  const splice = {
    start: byteOffset(source, range.start),
    end: byteOffset(source, range.end),
    text: range.text,
  };
  const after = applySplices(Buffer.from(source), [splice]).toString('utf8');
  return changesOnly(source, after, key, value)
    ? { splice }
    : { refused: `the edit would change more than ${key}` };
}

function blockRoot(source: string): YAMLMap | null | { refused: string } {
  const documents = parseAllDocuments(source, {
    version: '1.1',
    merge: true,
    uniqueKeys: false,
    keepSourceTokens: true,
  });
  if (!Array.isArray(documents)) return null;
  if (documents.length > 1) return { refused: 'the file has more than one YAML document' };
  const document = documents[0] as Document.Parsed | undefined;
  if (document === undefined) return null;
  const fault = document.errors[0];
  if (fault !== undefined)
    return { refused: `the file is not valid YAML: ${fault.message.split('\n')[0]}` };
  const root = document.contents;
  if (root === null || (isScalar(root) && root.source === '')) return null;
  if (!isMap(root) || root.flow === true) return { refused: 'the file is no block map of keys' };
  return root as YAMLMap;
}

function pairs(root: YAMLMap, key: string): Pair[] {
  return root.items.filter(
    (p) => isScalar(p.key) && [key, `${key}+`].includes(String(p.key.value)),
  );
}

function onlyPair(root: YAMLMap | null, key: string): Pair | { refused: string } {
  const found = root === null ? [] : pairs(root, key);
  const [pair] = found;
  if (pair === undefined) return { refused: `the file has no ${key}` };
  if (found.length > 1) return { refused: `the file has ${key} ${found.length} times` };
  const keyNode = pair.key as Scalar;
  if (keyNode.anchor !== undefined || keyNode.tag !== undefined)
    return { refused: `the key ${key} has an anchor or a tag` };
  return pair;
}

function valueRange(pair: Pair, source: string, value: string): Range | { refused: string } {
  const node = pair.value as Scalar | null;
  const key = String((pair.key as Scalar).value);
  if (isAlias(node)) return { refused: `the value of ${key} is an alias` };
  if (node !== null && !isScalar(node))
    return { refused: `the value of ${key} is a list or a map` };
  if (node?.anchor !== undefined) return { refused: `the value of ${key} has an anchor` };
  if (node?.tag !== undefined) return { refused: `the value of ${key} has a tag` };
  const [start = 0, end = 0] = node?.range ?? [];
  if (node === null || start === end) return afterColon(pair, value);
  if (
    source.slice(start, end).includes('\n') ||
    node.type === Scalar.BLOCK_FOLDED ||
    node.type === Scalar.BLOCK_LITERAL
  )
    return { refused: `the value of ${key} is written over several lines` };
  if (node.type === Scalar.QUOTE_SINGLE)
    return { start, end, text: `'${value.replaceAll("'", "''")}'` };
  return {
    start,
    end,
    text: node.type === Scalar.QUOTE_DOUBLE ? JSON.stringify(value) : plain(value),
  };
}

function afterColon(pair: Pair, value: string): Range | { refused: string } {
  const separators =
    (pair as { srcToken?: { sep?: { type: string; offset: number }[] } }).srcToken?.sep ?? [];
  const colon = separators.find((token) => token.type === 'map-value-ind');
  if (colon === undefined) return { refused: 'the key has no value to replace' };
  return { start: colon.offset + 1, end: colon.offset + 1, text: ` ${plain(value)}` };
}

function plain(value: string): string {
  const isText = plainScalar(value).t === 'str' && /^[A-Za-z0-9/][\w./-]*$/.test(value);
  return isText ? value : JSON.stringify(value);
}

function columnOf(source: string, root: YAMLMap): number {
  const at = (root.items[0]?.key as Scalar | undefined)?.range?.[0] ?? 0;
  const start = source.lastIndexOf('\n', at - 1) + 1;
  return source.slice(start, at).replace('\ufeff', '').length;
}

/** After the edit the key has the value, and every other key decodes as before, in the same order. */
function changesOnly(
  before: string,
  after: string,
  key: string,
  value: string | undefined,
): boolean {
  const old = readYaml(before);
  const now = readYaml(after);
  if ('error' in old || 'error' in now) return false;
  const isTarget = (e: YamlEntry): boolean => e.key === key || e.key === `${key}+`;
  const show = (entries: readonly YamlEntry[]): string =>
    JSON.stringify(
      entries.filter((e) => !isTarget(e)).map((e) => [e.key, e.value]),
      (_, v) => (typeof v === 'bigint' ? `${v}n` : v),
    );
  const target = now.entries.filter(isTarget);
  const good =
    value === undefined
      ? target.length === 0
      : target.length === 1 && target[0] !== undefined && configText(target[0].value) === value;
  return good && show(old.entries) === show(now.entries);
}
