import { resolve } from 'node:path';
import type { Host } from '../model/host.ts';
import { type Problem, ReweaveError } from '../model/problem.ts';
import { emptyGraph, type Graph, memberships, type Variables } from './graph.ts';
import { hostFrom, type Overrides } from './host.ts';
import { choose } from './limit.ts';
import { type FileVariables, groupsOf, variablesOf } from './merge.ts';
import { invalid } from './problem.ts';
import { type Read, readSource } from './sources.ts';
import { readVarsFiles } from './vars-files.ts';

export interface LoadOptions {
  /** Ansible pattern; undefined means every host, an empty one is an error. */
  readonly limit?: string;
  readonly overrides: Overrides;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string | undefined;
}

export interface Inventory {
  /** Hosts within the limit, in inventory order. */
  readonly hosts: Host[];
  /** Names of the hosts within the limit, by group; `all` and `ungrouped` are always there. */
  readonly groups: Map<string, string[]>;
  /** Every file that was read, absolute. */
  readonly files: string[];
  /** Names that the limit leaves out. */
  readonly leftOut: string[];
  /** Legal things that a reader should know, e.g. variables that are not followed. */
  readonly notes: string[];
}

/**
 * Reads Ansible inventories (INI, YAML, `ansible-inventory` JSON, executables, directories, `a,b,`)
 * with their group_vars and host_vars. Throws ReweaveError with every problem found, exit 3.
 */
export async function loadInventory(
  sources: readonly string[],
  options: LoadOptions,
): Promise<Inventory> {
  const graph = emptyGraph();
  const read: Read = { files: [], bases: [] };
  if (sources.length === 0)
    graph.problems.push(invalid('no inventory is named', undefined, 'name one with -i'));
  for (const source of sources) await readSource(graph, source, options.cwd, read);
  const fileVars = await readAllVarsFiles(graph, read);
  if (graph.hosts.size === 0 && graph.problems.length === 0)
    graph.problems.push(
      invalid(`the inventory ${sources.join(', ')} has no hosts`, wholeFile(read, options.cwd)),
    );
  const groups = memberships(graph);
  const names = limited(graph, groups, options);
  const hosts = names.map((name) => {
    const own = groupsOf(graph, name);
    return hostFrom(name, own, variablesOf(graph, fileVars, name, own), { ...options, ...graph });
  });
  graph.problems.push(...listedTwice(hosts));
  if (graph.problems.length > 0) throw new ReweaveError(unique(graph.problems));
  const inside = new Set(names);
  return {
    hosts,
    groups: new Map([...groups].map(([g, members]) => [g, members.filter((n) => inside.has(n))])),
    files: [...new Set(read.files)],
    leftOut: [...graph.hosts.keys()].filter((name) => !inside.has(name)),
    notes: [...new Set(graph.notes)],
  };
}

function limited(graph: Graph, groups: Map<string, string[]>, { limit }: LoadOptions): string[] {
  const all = [...graph.hosts.keys()];
  if (limit === undefined) return all;
  const { names, problems } = choose({ hosts: all, groups }, limit);
  if (all.length > 0 || limit.trim() === '') graph.problems.push(...problems);
  return names;
}

async function readAllVarsFiles(graph: Graph, read: Read): Promise<FileVariables> {
  const groups = new Map<string, Variables>();
  const hosts = new Map<string, Variables>();
  for (const base of read.bases) {
    for (const name of graph.groups.keys())
      merge(groups, name, await readVarsFiles(graph, base, 'group_vars', name, read.files));
    for (const name of graph.hosts.keys())
      merge(hosts, name, await readVarsFiles(graph, base, 'host_vars', name, read.files));
  }
  return { groups, hosts };
}

function merge(into: Map<string, Variables>, name: string, vars: Variables): void {
  into.set(name, new Map([...(into.get(name) ?? []), ...vars]));
}

/** Two names for one machine would count it twice in every order and majority. */
function listedTwice(hosts: readonly Host[]): Problem[] {
  const seen = new Map<string, string>();
  const out: Problem[] = [];
  for (const { name, address, port } of hosts) {
    const key = `${address.toLowerCase()} port ${port}`;
    const other = seen.get(key);
    if (other === undefined) seen.set(key, name);
    else out.push(invalid(`hosts '${other}' and '${name}' are one machine: ${key}`));
  }
  return out;
}

/** A fault in a group's variables shows at each of its hosts; one message is enough. */
function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((p) => [`${p.summary}`, p])).values()];
}

function wholeFile(read: Read, cwd: string) {
  const [file] = read.files;
  return file === undefined ? undefined : { file: resolve(cwd, file), line: 0, base: cwd };
}
