import type { Graph, Group, Variables } from './graph.ts';
import { descendants } from './graph.ts';

/** Variables from `group_vars` and `host_vars`, by the name of the group or host. */
export interface FileVariables {
  readonly groups: ReadonlyMap<string, Variables>;
  readonly hosts: ReadonlyMap<string, Variables>;
}

/**
 * The variables of one host, later sources over earlier ones, in Ansible's order: inline `all`,
 * inline groups, group_vars/all, group_vars of groups, inline host, host_vars. Groups stand by depth
 * (a child wins over its parent), then `ansible_group_priority`, then name.
 */
export function variablesOf(
  graph: Graph,
  files: FileVariables,
  host: string,
  groups: readonly string[],
): Variables {
  const order = sortGroups(graph, groups);
  const layers = [
    graph.groups.get('all')?.vars,
    ...order.map((name) => graph.groups.get(name)?.vars),
    files.groups.get('all'),
    ...order.map((name) => files.groups.get(name)),
    graph.hosts.get(host),
    files.hosts.get(host),
  ];
  const merged: Variables = new Map();
  for (const layer of layers) for (const [key, value] of layer ?? []) merged.set(key, value);
  return merged;
}

function sortGroups(graph: Graph, names: readonly string[]): string[] {
  const depths = depthsOf(graph);
  const key = (name: string) => [depths.get(name) ?? 1, priority(graph.groups.get(name))] as const;
  return names
    .filter((name) => name !== 'all')
    .toSorted((a, b) => {
      const [[depthA, prioA], [depthB, prioB]] = [key(a), key(b)];
      return depthA - depthB || prioA - prioB || (a < b ? -1 : 1);
    });
}

/** Longest way down from `all`, which is the parent of every group without one. */
function depthsOf(graph: Graph): Map<string, number> {
  const depths = new Map([...graph.groups.keys()].map((name) => [name, name === 'all' ? 0 : 1]));
  for (let moved = true; moved; ) {
    moved = false;
    for (const group of graph.groups.values()) {
      if (group.name === 'all') continue;
      for (const child of group.children) {
        const depth = (depths.get(group.name) ?? 1) + 1;
        if ((depths.get(child) ?? 1) >= depth) continue;
        depths.set(child, depth);
        moved = true;
      }
    }
  }
  return depths;
}

function priority(group: Group | undefined): number {
  const value = Number(group?.vars.get('ansible_group_priority')?.value ?? 1);
  return Number.isFinite(value) ? value : 1;
}

/** Groups of a host, parents included, as `group_names` has them (without `all`), sorted by name. */
export function groupsOf(graph: Graph, host: string): string[] {
  const own = [...graph.groups.values()].filter((group) =>
    [...descendants(graph, group.name)].some((name) => graph.groups.get(name)?.hosts.has(host)),
  );
  const names = own.map((group) => group.name).filter((n) => n !== 'all' && n !== 'ungrouped');
  return names.length > 0 ? names.toSorted() : ['ungrouped'];
}
