import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { isMap } from 'yaml';
import type { Graph, Variables } from './graph.ts';
import { invalid } from './problem.ts';
import { readVars } from './yaml.ts';
import { parseYaml } from './yaml-text.ts';

const ENDINGS = ['', '.yml', '.yaml', '.json'];
const VAULT = '$ANSIBLE_VAULT;';

/**
 * Variables for one group or host below `base`: the first of `kind/name` (a file, or a directory
 * with files), `.yml`, `.yaml`, `.json`, as Ansible finds them. Appends every file read to `files`.
 */
export async function readVarsFiles(
  graph: Graph,
  base: string,
  kind: 'group_vars' | 'host_vars',
  name: string,
  files: string[],
): Promise<Variables> {
  const vars: Variables = new Map();
  if (name.includes('/') || name === '..' || name === '.') return vars;
  const present: string[] = [];
  for (const ending of ENDINGS) {
    const path = join(base, kind, name + ending);
    if (await isThere(path)) present.push(path);
  }
  const [first, ...ignored] = present;
  for (const path of ignored)
    graph.notes.push(`${path} is not read, because ${first} exists (as Ansible does it)`);
  for (const file of first === undefined ? [] : await filesAt(first)) {
    files.push(file);
    readVarsText(graph, await readFile(file, 'utf8'), file, base, vars);
  }
  return vars;
}

function readVarsText(
  graph: Graph,
  text: string,
  file: string,
  base: string,
  into: Variables,
): void {
  if (text.startsWith(VAULT)) {
    graph.notes.push(`${file} is encrypted by Ansible Vault: its variables are not known here`);
    return;
  }
  const yaml = parseYaml(graph, text, file, base);
  if (!yaml || yaml.root === null) return;
  if (isMap(yaml.root)) readVars(yaml, yaml.root, into);
  else if (yaml.value(yaml.root) !== null)
    graph.problems.push(invalid('the file is no mapping of variables', yaml.at(yaml.root)));
}

async function filesAt(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const out: string[] = [];
  for (const name of (await readdir(path)).toSorted()) {
    if (name.startsWith('.') || name.endsWith('~')) continue;
    const inside = join(path, name);
    if ((await stat(inside)).isDirectory()) out.push(...(await filesAt(inside)));
    else if (ENDINGS.includes(extname(name))) out.push(inside);
  }
  return out;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
