import { isAlias, isMap, isScalar, type YAMLMap } from 'yaml';
import { addChild, addGroup, addHost, type Graph, type Variables } from './graph.ts';
import { invalid, place } from './problem.ts';
import { expandHosts, splitPort } from './ranges.ts';
import { isListShape, readList } from './list-shape.ts';
import { keyText, parseYaml, type YamlText } from './yaml-text.ts';

/**
 * Reads a YAML (or JSON) inventory into the graph: groups with `hosts`, `children`, `vars`, or the
 * JSON of `ansible-inventory --list`. Every fault becomes a problem with its line.
 */
export function readYaml(graph: Graph, text: string, file: string, base: string): void {
  const yaml = parseYaml(graph, text, file, base);
  if (!yaml) return;
  const whole = { file, line: 1, base };
  if (!isMap(yaml.root)) {
    const what = yaml.root === null ? 'the file is empty' : 'the file is no mapping of groups';
    graph.problems.push(invalid(what, whole, "begin with 'all:' or the name of a group"));
    return;
  }
  const data = yaml.value(yaml.root);
  if (text.trimStart().startsWith('{') && isListShape(data)) return readList(graph, data, whole);
  if (yaml.root.has('plugin')) {
    const hint = 'export it: ansible-inventory -i FILE --list > hosts.json';
    graph.problems.push(invalid('this configures an inventory plugin', whole, hint));
    return;
  }
  for (const pair of yaml.root.items) readGroup(graph, yaml, keyText(pair.key), pair);
}

interface Pair {
  readonly key: unknown;
  readonly value: unknown;
}

function readGroup(graph: Graph, yaml: YamlText, name: string, pair: Pair): void {
  addGroup(graph, name);
  const body = mapOf(graph, yaml, pair, `group '${name}'`);
  for (const part of body?.items ?? []) {
    const section = keyText(part.key);
    if (section !== 'hosts' && section !== 'children' && section !== 'vars') {
      const where = place(yaml.at(part.key));
      graph.notes.push(
        `${where}: '${section}' in group '${name}' means nothing (hosts, children, vars do)`,
      );
      continue;
    }
    if (section !== 'vars' && isScalar(part.value) && typeof part.value.value === 'string') {
      readMember(graph, yaml, name, section, part.value.value, { key: part.value, value: null });
      continue;
    }
    const content = mapOf(graph, yaml, part, `'${section}' of group '${name}'`);
    if (!content) continue;
    if (section === 'vars') readVars(yaml, content, addGroup(graph, name).vars);
    else
      for (const item of content.items)
        readMember(graph, yaml, name, section, keyText(item.key), item);
  }
}

function readMember(
  graph: Graph,
  yaml: YamlText,
  group: string,
  section: 'hosts' | 'children',
  name: string,
  pair: Pair,
): void {
  const at = yaml.at(pair.key);
  if (section === 'children') {
    const before = graph.problems.length;
    addChild(graph, group, name, at);
    if (graph.problems.length === before) readGroup(graph, yaml, name, pair);
    return;
  }
  const vars = mapOf(graph, yaml, pair, `host '${name}'`);
  try {
    const { pattern, port } = splitPort(name);
    for (const host of expandHosts(pattern)) {
      const known = addHost(graph, host, group);
      if (port !== undefined) known.set('ansible_port', { value: port, at });
      if (vars) readVars(yaml, vars, known);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    graph.problems.push(invalid(error.message, at));
  }
}

/** Takes each pair of a mapping as a variable; `<<` merges first and never wins. */
export function readVars(yaml: YamlText, map: YAMLMap, into: Variables): void {
  const places = new Map(map.items.map((pair) => [keyText(pair.key), yaml.at(pair.key)]));
  const values = yaml.value(map) as Readonly<Record<string, unknown>>;
  for (const [key, value] of Object.entries(values))
    into.set(key, { value, at: places.get(key) ?? yaml.at(map) });
}

function mapOf(graph: Graph, yaml: YamlText, pair: Pair, what: string): YAMLMap | undefined {
  const { key, value } = pair;
  if (isMap(value)) return value;
  if (value === null || (isScalar(value) && value.value === null)) return undefined;
  const why = isAlias(value) ? 'is an alias (*), write it out' : 'is no mapping';
  graph.problems.push(invalid(`${what} ${why}`, yaml.at(key), "a name ends in a colon: 'name:'"));
  return undefined;
}
