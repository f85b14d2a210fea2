import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { addHost, type Graph } from './graph.ts';
import { readIni } from './ini.ts';
import { invalid } from './problem.ts';
import { expandHosts, splitPort } from './ranges.ts';
import { readYaml } from './yaml.ts';

const IGNORED = /^\.|^(group_vars|host_vars|vars_plugins)$/;
const IGNORED_ENDING = /~$|\.(pyc|pyo|swp|bak|rpm|md|txt|rst|orig|cfg|retry)$/;
const SCRIPT_SECONDS = 60;

/** What was read, and the directories whose group_vars and host_vars count, in order. */
export interface Read {
  readonly files: string[];
  readonly bases: string[];
}

/** Reads one source: a file, a directory of them, an executable, or a list such as `a,b,`. */
export async function readSource(graph: Graph, source: string, cwd: string, read: Read) {
  if (source.includes(',')) return readNames(graph, source, cwd, read);
  const path = resolve(cwd, source);
  const kind = await stat(path).catch(() => undefined);
  if (!kind) {
    const hint = source === '' ? 'name a file, a directory or hosts' : `one host is '${source},'`;
    graph.problems.push(invalid(`inventory '${source}' does not exist`, undefined, hint));
  } else if (kind.isDirectory()) await readDirectory(graph, path, read);
  else await readInventoryFile(graph, path, (kind.mode & 0o111) !== 0, read);
}

function readNames(graph: Graph, source: string, cwd: string, read: Read): void {
  addBase(read, cwd);
  const at = { file: `'${source}'`, line: 0, base: cwd };
  for (const item of source.split(',').map((part) => part.trim())) {
    if (item === '') continue;
    try {
      const { pattern, port } = splitPort(item);
      for (const name of expandHosts(pattern)) {
        const vars = addHost(graph, name, 'ungrouped');
        if (port !== undefined) vars.set('ansible_port', { value: port, at });
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      graph.problems.push(invalid(error.message, at));
    }
  }
}

async function readDirectory(graph: Graph, path: string, read: Read): Promise<void> {
  addBase(read, path);
  for (const name of (await readdir(path)).toSorted()) {
    if (IGNORED.test(name) || IGNORED_ENDING.test(name)) continue;
    const inside = join(path, name);
    const kind = await stat(inside);
    if (kind.isDirectory()) await readDirectory(graph, inside, read);
    else await readInventoryFile(graph, inside, (kind.mode & 0o111) !== 0, read);
  }
}

async function readInventoryFile(graph: Graph, path: string, executable: boolean, read: Read) {
  const base = dirname(path);
  addBase(read, base);
  read.files.push(path);
  const bytes = await readFile(path).catch((error: Error) => error);
  if (bytes instanceof Error) {
    graph.problems.push(invalid(bytes.message, { file: path, line: 0, base }));
    return;
  }
  let text = bytes.toString('utf8');
  if (executable && text.startsWith('#!')) {
    const printed = await runScript(path);
    if (typeof printed !== 'string') {
      graph.problems.push(
        invalid(`--list failed: ${printed.reason}`, { file: path, line: 0, base }),
      );
      return;
    }
    text = printed;
  }
  if (looksLikeYaml(path, text)) readYaml(graph, text, path, base);
  else readIni(graph, text, path, base);
}

async function runScript(path: string): Promise<string | { reason: string }> {
  const options = { timeout: SCRIPT_SECONDS * 1000, maxBuffer: 64 * 1024 * 1024 };
  return promisify(execFile)(path, ['--list'], options).then(
    ({ stdout }) => stdout,
    (error: Error) => ({ reason: error.message.trim() }),
  );
}

/** By its ending; without a telling one by its first line that is no comment. */
function looksLikeYaml(path: string, text: string): boolean {
  if (/\.(ya?ml|json)$/.test(path)) return true;
  if (path.endsWith('.ini')) return false;
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const first = lines.find((line) => line !== '' && !/^[#;]/.test(line)) ?? '';
  return /^(---|\{|["']?[\w.-]+["']?:(\s*#.*|\s+.*)?$)/.test(first);
}

function addBase(read: Read, base: string): void {
  if (!read.bases.includes(base)) read.bases.push(base);
}
