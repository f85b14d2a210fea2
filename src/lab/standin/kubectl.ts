// The few kubectl commands that a node needs.
import { existsSync, readFileSync } from 'node:fs';
import { PATHS } from './constants.ts';
import { type Answer, caller, type Call } from './http.ts';
import { table } from './kubectl-table.ts';
import type { NodeObject } from './node-object.ts';

interface Line {
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

/** Gives the exit code. */
export async function kubectl(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { words, options } = parse(argv);
  const file = options.get('kubeconfig') ?? (env['KUBECONFIG'] || PATHS.kubeconfig);
  if (!existsSync(file)) {
    return fail(
      'The connection to the server localhost:8080 was refused - did you specify the right host or port?',
    );
  }
  const config = readFileSync(file, 'utf8');
  const server = /server: (\S+)/.exec(config)?.[1] ?? '';
  const dataDir = /client-key: (\S+)\/agent\//.exec(config)?.[1] ?? PATHS.data;
  const call = caller(dataDir);
  const timeout = seconds(options.get('request-timeout')) * 1000;
  const ask: Call = (method, path, body) => call(method, server + path, body, timeout);
  try {
    return await command(ask, words, options);
  } catch (error) {
    return fail(`Unable to connect to the server: ${(error as Error).message}`);
  }
}

function command(ask: Call, words: readonly string[], options: Line['options']): Promise<number> {
  const [verb, kind = '', ...names] = words;
  const raw = options.get('raw');
  if (verb === 'get' && raw !== undefined) return getRaw(ask, raw);
  if (verb === 'get' && /^(no|nodes?)$/.test(kind)) return getNodes(ask, names, options);
  if (verb === 'annotate' && /^(no|nodes?)$/.test(kind)) return annotate(ask, names, options);
  return Promise.resolve(fail(`error: the stand-in has no kubectl ${words.join(' ')}`));
}

async function getRaw(ask: Call, path: string): Promise<number> {
  const answer = await ask('GET', path);
  if (answer.status !== 200) return refused(answer);
  process.stdout.write(answer.body);
  return 0;
}

async function getNodes(
  ask: Call,
  names: readonly string[],
  options: Line['options'],
): Promise<number> {
  const [name] = names;
  const answer = await ask('GET', `/api/v1/nodes${name === undefined ? '' : `/${name}`}`);
  if (answer.status !== 200) return refused(answer);
  const value = JSON.parse(answer.body) as NodeObject & { items?: NodeObject[] };
  if (options.get('output') !== 'json') {
    const rows = table(value.items ?? [value], options.has('no-headers'), Date.now());
    process.stdout.write(rows);
    return 0;
  }
  const shown = value.items
    ? { apiVersion: 'v1', items: value.items, kind: 'List', metadata: { resourceVersion: '' } }
    : value;
  process.stdout.write(`${JSON.stringify(shown, null, 4)}\n`);
  return 0;
}

/** `k=v` sets (with --overwrite, once it is there), `k-` removes. */
async function annotate(
  ask: Call,
  rest: readonly string[],
  options: Line['options'],
): Promise<number> {
  const [name = '', ...changes] = rest;
  const annotations: Record<string, string | null> = {};
  for (const change of changes) {
    const at = change.indexOf('=');
    if (at > 0) annotations[change.slice(0, at)] = change.slice(at + 1);
    else annotations[change.replace(/-$/, '')] = null;
  }
  const before = await ask('GET', `/api/v1/nodes/${name}`);
  if (before.status !== 200) return refused(before);
  const node = JSON.parse(before.body) as { metadata: { annotations: Record<string, string> } };
  const clash = Object.keys(annotations).find(
    (key) => annotations[key] !== null && key in node.metadata.annotations,
  );
  if (clash !== undefined && options.get('overwrite') !== 'true') {
    return fail(
      `error: --overwrite is false but found the following declared annotation(s): '${clash}' already has a value`,
    );
  }
  const answer = await ask('PATCH', `/api/v1/nodes/${name}`, { metadata: { annotations } });
  if (answer.status !== 200) return refused(answer);
  process.stdout.write(`node/${name} annotated\n`);
  return 0;
}

function refused(answer: Answer): number {
  let status: { reason?: string; message?: string } = {};
  try {
    status = JSON.parse(answer.body) as typeof status;
  } catch {
    status = { message: answer.body };
  }
  const reason = status.reason === 'NotFound' ? ' (NotFound)' : '';
  return fail(`Error from server${reason}: ${status.message ?? answer.status}`);
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`);
  return 1;
}

const VALUED = new Set(['output', 'kubeconfig', 'request-timeout', 'raw', 'selector', 'server']);
const SHORT: Record<string, string> = { o: 'output', s: 'server', l: 'selector' };

function parse(argv: readonly string[]): Line {
  const words: string[] = [];
  const options = new Map<string, string>();
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const match = /^(?:--([^=]+)(?:=(.*))?|-([osl])=?(.*))$/s.exec(word);
    if (!match) {
      words.push(word);
      continue;
    }
    const name = match[1] ?? SHORT[match[3] ?? ''] ?? '';
    const joined = match[2] ?? (match[4] || undefined);
    options.set(name, joined ?? (VALUED.has(name) ? (rest.shift() ?? '') : 'true'));
  }
  return { words, options };
}

/** `5s`, `1m`, `5`; none or 0 is ten seconds here. */
function seconds(text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text ?? '');
  const value = Number(match?.[1] ?? 0) * ({ ms: 0.001, s: 1, m: 60 }[match?.[2] ?? 's'] ?? 1);
  return value || 10;
}
