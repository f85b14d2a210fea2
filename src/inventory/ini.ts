import type { Variable } from './graph.ts';
import { addChild, addGroup, addHost, type Graph } from './graph.ts';
import { literal } from './literal.ts';
import { invalid, type Origin } from './problem.ts';
import { expandHosts, splitPort } from './ranges.ts';
import { splitWords } from './split.ts';

type State = 'hosts' | 'children' | 'vars';
const SECTION = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/;
const GROUP = /^([^:\]\s]+)\s*(?:#.*)?$/;

/** Reads an INI inventory into the graph; every fault becomes a problem with its line. */
export function readIni(graph: Graph, text: string, file: string, base: string): void {
  const declared = new Set(graph.groups.keys());
  const wanted: { name: string; at: Origin; why: string }[] = [];
  let group = 'ungrouped';
  let state: State | undefined = 'hosts';
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const at = { file, line: index + 1, base };
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const section = SECTION.exec(line);
    if (section) {
      group = section[1] ?? '';
      state = stateOf(section[2]);
      addGroup(graph, group);
      if (!state)
        graph.problems.push(invalid(`[${group}:${section[2]}] is no kind of section`, at, KINDS));
      else if (state === 'vars') wanted.push({ name: group, at, why: `[${group}:vars]` });
      else declared.add(group);
    } else if (line.startsWith('[') && line.endsWith(']')) {
      graph.problems.push(invalid(`'${line}' is no section header`, at, 'no spaces inside of [ ]'));
      state = undefined;
    } else if (state === 'hosts') hostLine(graph, line, group, at);
    else if (state === 'vars') variableLine(graph, line, group, at);
    else if (state === 'children') {
      const child = GROUP.exec(line)?.[1];
      if (child === undefined)
        graph.problems.push(invalid(`'${line}' is no group name`, at, 'one group name a line'));
      else {
        addChild(graph, group, child, at);
        wanted.push({ name: child, at, why: `[${group}:children]` });
      }
    }
  }
  for (const { name, at, why } of wanted)
    if (!declared.has(name))
      graph.problems.push(invalid(`${why} names '${name}', and there is no such group`, at));
}

const KINDS = 'Ansible knows [group], [group:children] and [group:vars]';

function stateOf(kind: string | undefined): State | undefined {
  if (kind === undefined || kind === 'hosts') return 'hosts';
  return kind === 'children' || kind === 'vars' ? kind : undefined;
}

function hostLine(graph: Graph, line: string, group: string, at: Origin): void {
  try {
    const [pattern = '', ...assignments] = splitWords(line);
    const vars = new Map<string, Variable>();
    for (const word of assignments) {
      const [key, value] = assignment(word);
      vars.set(key, { value, at });
    }
    if (pattern.endsWith(':')) throw new RangeError(`'${pattern}' ends in a colon without a port`);
    const { pattern: names, port } = splitPort(pattern);
    for (const name of expandHosts(names)) {
      const known = addHost(graph, name, group);
      if (port !== undefined) known.set('ansible_port', { value: port, at });
      for (const [key, variable] of vars) known.set(key, variable);
    }
  } catch (error) {
    graph.problems.push(invalid(because(error), at));
  }
}

function variableLine(graph: Graph, line: string, group: string, at: Origin): void {
  try {
    const [key, value] = assignment(line);
    addGroup(graph, group).vars.set(key, { value, at });
  } catch (error) {
    graph.problems.push(invalid(because(error), at));
  }
}

function assignment(text: string): [string, unknown] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new SyntaxError(`expected key=value, found '${text}'`);
  return [text.slice(0, equals).trim(), literal(text.slice(equals + 1).trim())];
}

function because(error: unknown): string {
  if (error instanceof RangeError || error instanceof SyntaxError) return error.message;
  throw error;
}
