import { addChild, addGroup, addHost, type Graph } from './graph.ts';
import { invalid, type Origin } from './problem.ts';

type Json = Readonly<Record<string, unknown>>;

/** True for the JSON that `ansible-inventory --list` and executable inventories print. */
export function isListShape(data: unknown): data is Json {
  if (!isObject(data)) return false;
  if ('_meta' in data) return true;
  return Object.values(data).some(
    (group) =>
      Array.isArray(group) ||
      (isObject(group) && (Array.isArray(group.hosts) || Array.isArray(group.children))),
  );
}

/** Reads `{_meta: {hostvars}, group: {hosts: [], children: [], vars: {}} | [hosts]}`. */
export function readList(graph: Graph, data: Json, at: Origin): void {
  for (const [name, body] of Object.entries(data)) {
    if (name === '_meta') continue;
    const group = addGroup(graph, name);
    if (!Array.isArray(body) && !isObject(body)) {
      graph.problems.push(invalid(`group '${name}' is neither a list nor an object`, at));
      continue;
    }
    const parts: Json = Array.isArray(body) ? { hosts: body } : (body as Json);
    for (const host of names(graph, parts.hosts, `hosts of '${name}'`, at))
      addHost(graph, host, name);
    for (const child of names(graph, parts.children, `children of '${name}'`, at))
      addChild(graph, name, child, at);
    if (isObject(parts.vars))
      for (const [key, value] of Object.entries(parts.vars)) group.vars.set(key, { value, at });
  }
  const meta = isObject(data._meta) ? data._meta.hostvars : undefined;
  for (const [host, vars] of Object.entries(isObject(meta) ? meta : {})) {
    const known = graph.hosts.get(host) ?? addHost(graph, host, 'ungrouped');
    for (const [key, value] of Object.entries(isObject(vars) ? vars : {}))
      known.set(key, { value, at });
  }
}

function names(graph: Graph, value: unknown, what: string, at: Origin): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  graph.problems.push(invalid(`${what} is no list of names`, at));
  return [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
