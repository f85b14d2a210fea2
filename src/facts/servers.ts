import type { NodeFacts, NodeObject } from '../model/facts.ts';
import type { Answers } from './sections.ts';

/** etcd as K3s' `/db/info` and etcd's own `/health` tell; undefined where neither answers. */
export function parseEtcd(answers: Answers): NodeFacts['etcd'] {
  const info = optionalJson(answers.text('dbinfo'));
  const health = optionalJson(answers.text('etcdhealth'));
  const members = Array.isArray(info?.['members'])
    ? (info['members'] as { name?: string }[])
    : undefined;
  if (members === undefined && health === undefined) return undefined;
  return {
    members: (members ?? []).map((m) => m.name ?? '').filter((n) => n !== ''),
    healthy: health?.['health'] === 'true',
  };
}

/** Both answer with plain words when the datastore is not etcd or has no leader. */
function optionalJson(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `/readyz` says `ok` (or, verbose, ends so); where nothing answers it, a list of nodes is proof enough. */
export function parseReady(answers: Answers, nodes: readonly NodeObject[]): boolean {
  const text = answers.text('readyz').trim();
  if (text === '') return nodes.length > 0;
  return text === 'ok' || (text.endsWith('readyz check passed') && !/^\[-\]/m.test(text));
}

/** The one value that the script took out of `/v1-k3s/config`; undefined when the server did not answer. */
export function parseServed(answers: Answers): string | undefined {
  const text = answers.text('served').trim();
  return text === '' ? undefined : text;
}
