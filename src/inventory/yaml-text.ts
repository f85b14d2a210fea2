import { isMap, isScalar, LineCounter, type Node, parseAllDocuments, type Scalar } from 'yaml';
import type { Graph } from './graph.ts';
import { invalid, type Origin } from './problem.ts';

/** A value encrypted by Ansible Vault; it cannot be read here, only named. */
export class Vaulted {
  toString(): string {
    return '(vault)';
  }
  toJSON(): string {
    return '(vault)';
  }
}

/** One parsed YAML document with a way from its nodes to lines and plain values. */
export interface YamlText {
  readonly root: Node | null;
  at(node: unknown): Origin;
  value(node: unknown): unknown;
}

/**
 * Parses YAML 1.1 as Ansible does (duplicate keys: the last wins, and it is noted). Syntax faults
 * become problems with their line; the result is then undefined.
 */
export function parseYaml(
  graph: Graph,
  text: string,
  file: string,
  base: string,
): YamlText | undefined {
  const counter = new LineCounter();
  const docs = parseAllDocuments(text, {
    version: '1.1',
    merge: true,
    uniqueKeys: false,
    lineCounter: counter,
    customTags: [vaultTag, unsafeTag],
  });
  const line = (offset: number) => counter.linePos(offset).line;
  const [doc, second] = 'empty' in docs ? [] : docs;
  if (!doc) return { root: null, at: () => ({ file, line: 1, base }), value: () => null };
  const errors = doc.errors.map((e) =>
    invalid(e.message.split(/ at line |\n/)[0] ?? e.code, { file, line: line(e.pos[0]), base }),
  );
  if (second) {
    const at = { file, line: line(second.range[0]), base };
    errors.push(invalid('more than one YAML document in a file', at));
  }
  graph.problems.push(...errors);
  if (errors.length > 0) return undefined;
  const at = (node: unknown) => ({ file, base, line: lineOf(node, line) });
  noteDuplicates(graph, doc.contents, at);
  return { root: doc.contents, at, value: (node) => plain(node, doc) };
}

const vaultTag = { tag: '!vault', resolve: () => new Vaulted() };
const unsafeTag = { tag: '!unsafe', resolve: (text: string) => text };

function lineOf(node: unknown, line: (offset: number) => number): number {
  const range = (node as Scalar | null)?.range;
  return range ? line(range[0]) : 0;
}

/** The plain value; what YAML cannot make a value of (an unknown anchor) is thrown by `yaml`. */
function plain(node: unknown, doc: Parameters<Node['toJS']>[0]): unknown {
  return node === null || node === undefined ? null : (node as Node).toJS(doc);
}

function noteDuplicates(graph: Graph, node: unknown, at: (node: unknown) => Origin): void {
  if (!isMap(node)) return;
  const seen = new Set<unknown>();
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? key.value : key;
    if (seen.has(name) && name !== '<<') {
      const { file, line } = at(key);
      graph.notes.push(`${file}:${line}: '${String(name)}' stands twice, the last one counts`);
    }
    seen.add(name);
    noteDuplicates(graph, value, at);
  }
}

/** A mapping's key as text, as it was written: `01` stays `01`, `192.168.1.2` stays what it is. */
export function keyText(key: unknown): string {
  if (!isScalar(key)) return String(key);
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
}
