import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  Scalar,
} from 'yaml';
import { goText, plainScalar, type YamlValue } from './yaml-scalar.ts';

/** One top-level key as yaml.v2 sees it, with where its value stands (string indexes into the text). */
export interface YamlEntry {
  readonly key: string;
  readonly value: YamlValue;
  /** Value `[start, end)`; start = end where nothing is written. */
  readonly start: number;
  readonly end: number;
  readonly keyStart: number;
}

export type YamlRead = { readonly entries: readonly YamlEntry[] } | { readonly error: string };

const TAGS: Readonly<Record<string, YamlValue['t']>> = {
  int: 'int',
  float: 'float',
  bool: 'bool',
  null: 'null',
};

class YamlError extends Error {}

/**
 * Top-level keys in order, duplicates kept, as Go's yaml.v2 decodes the first document into an
 * ordered map: YAML 1.1 scalars, aliases resolved, merge keys dropped. The error says what yaml.v2 refuses.
 */
export function readYaml(text: string): YamlRead {
  const documents = parseAllDocuments(text, {
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
  });
  const document = Array.isArray(documents) ? documents[0] : undefined;
  if (document === undefined) return { entries: [] };
  const fault = document.errors[0];
  if (fault !== undefined) return { error: (fault.message.split('\n')[0] ?? '').replace(/:$/, '') };
  try {
    return { entries: rootEntries(document, new Map()) };
  } catch (error) {
    if (error instanceof YamlError) return { error: error.message };
    throw error;
  }
}

/** Values of the anchors seen so far. */
type Anchors = Map<string, YamlValue>;

function rootEntries(document: Document.Parsed, anchors: Anchors): YamlEntry[] {
  const root = document.contents;
  if (root === null) return [];
  if (!isMap(root)) {
    if (decode(root, anchors).t === 'null') return [];
    throw new YamlError('the document is not a map of flags');
  }
  const entries: YamlEntry[] = [];
  for (const pair of root.items) {
    const key = pair.key as Node;
    const node = pair.value as Node | null;
    if (isMergeKey(key)) {
      if (node !== null) decode(node, anchors);
      continue;
    }
    const name = configText(decode(key, anchors));
    const value = decode(node, anchors);
    const start = node?.range?.[0] ?? key.range?.[1] ?? 0;
    entries.push({
      key: name,
      value,
      start,
      end: node?.range?.[1] ?? start,
      keyStart: key.range?.[0] ?? 0,
    });
  }
  return entries;
}

function isMergeKey(node: Node): boolean {
  return (
    isScalar(node) && node.type === Scalar.PLAIN && node.source === '<<' && node.tag === undefined
  );
}

function decode(node: Node | null, anchors: Anchors): YamlValue {
  if (node === null) return { t: 'null' };
  if (isAlias(node)) {
    const found = anchors.get(node.source);
    if (found === undefined) throw new YamlError(`unknown anchor '${node.source}' referenced`);
    return found;
  }
  const value = decodeOwn(node, anchors);
  const anchor = (node as { anchor?: string }).anchor;
  if (anchor !== undefined) anchors.set(anchor, value);
  return value;
}

function decodeOwn(node: Node, anchors: Anchors): YamlValue {
  if (isScalar(node)) return scalar(node);
  if (isSeq(node))
    return { t: 'list', v: node.items.map((item) => decode(item as Node | null, anchors)) };
  if (!isMap(node)) throw new YamlError('unknown YAML node');
  const pairs = node.items
    .filter((pair) => !isMergeKey(pair.key as Node))
    .map(
      (pair) =>
        [decode(pair.key as Node, anchors), decode(pair.value as Node | null, anchors)] as const,
    );
  return { t: 'map', v: pairs };
}

function scalar(node: Scalar): YamlValue {
  const plain = node.type === Scalar.PLAIN || node.type === undefined;
  const text = plain ? (node.source ?? '') : typeof node.value === 'string' ? node.value : '';
  const tag = node.tag?.replace('tag:yaml.org,2002:', '').replace(/^!!/, '');
  if (tag === undefined) return plain ? plainScalar(text) : { t: 'str', v: text };
  const wanted = TAGS[tag];
  if (wanted === undefined) return { t: 'str', v: text };
  const found = plainScalar(text);
  if (found.t === wanted) return found;
  if (found.t === 'int' && wanted === 'float') return { t: 'float', v: Number(found.v) };
  throw new YamlError(`cannot decode \`${text}\` as ${tag}`);
}

/** What K3s writes behind `--key=`: a list's first element, trimmed; nothing gives an empty text. */
export function configText(value: YamlValue): string {
  const single = value.t === 'list' ? (value.v[0] ?? ({ t: 'null' } as const)) : value;
  return single.t === 'null' ? '' : goText(single).replace(/^[\s\x85]+|[\s\x85]+$/g, '');
}
