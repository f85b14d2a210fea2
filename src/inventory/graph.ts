import type { Problem } from '../model/problem.ts';
import { invalid, type Origin } from './problem.ts';

/** A variable as written, with its place. */
export interface Variable {
  readonly value: unknown;
  readonly at: Origin;
}
export type Variables = Map<string, Variable>;

export interface Group {
  readonly name: string;
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  readonly vars: Variables;
}

/** What the inventory sources say, before anything is merged. Hosts stand in inventory order. */
export interface Graph {
  readonly hosts: Map<string, Variables>;
  readonly groups: Map<string, Group>;
  readonly problems: Problem[];
  /** Things that are legal and that a reader should know. */
  readonly notes: string[];
}

/** An inventory without hosts; `all` and `ungrouped` always exist. */
export function emptyGraph(): Graph {
  const graph: Graph = { hosts: new Map(), groups: new Map(), problems: [], notes: [] };
  addGroup(graph, 'all');
  addGroup(graph, 'ungrouped');
  return graph;
}

export function addGroup(graph: Graph, name: string): Group {
  const known = graph.groups.get(name);
  if (known) return known;
  const group: Group = { name, hosts: new Set(), children: new Set(), vars: new Map() };
  graph.groups.set(name, group);
  return group;
}

/** Makes the host known, and a member of the group. */
export function addHost(graph: Graph, name: string, group: string): Variables {
  const vars = graph.hosts.get(name) ?? new Map<string, Variable>();
  graph.hosts.set(name, vars);
  addGroup(graph, group).hosts.add(name);
  return vars;
}

/** Makes `child` a child of `parent`; a loop is a problem and is not added. */
export function addChild(graph: Graph, parent: string, child: string, at: Origin): void {
  addGroup(graph, child);
  if (parent === child || descendants(graph, child).has(parent)) {
    graph.problems.push(invalid(`group '${child}' would be inside itself through '${parent}'`, at));
    return;
  }
  addGroup(graph, parent).children.add(child);
}

/** Names of the group and of every group below it. */
export function descendants(graph: Graph, name: string): Set<string> {
  const seen = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(graph.groups.get(next)?.children ?? []));
  }
  return seen;
}

/** Every group with its hosts, those of its children included, in inventory order. */
export function memberships(graph: Graph): Map<string, string[]> {
  const grouped = new Set<string>();
  for (const [name, group] of graph.groups)
    if (name !== 'all' && name !== 'ungrouped') for (const host of group.hosts) grouped.add(host);
  const out = new Map<string, string[]>();
  for (const name of graph.groups.keys()) {
    const below = descendants(graph, name);
    const inside = (host: string) =>
      name === 'all' ||
      (name === 'ungrouped'
        ? !grouped.has(host)
        : [...below].some((group) => graph.groups.get(group)?.hosts.has(host)));
    out.set(name, [...graph.hosts.keys()].filter(inside));
  }
  return out;
}
