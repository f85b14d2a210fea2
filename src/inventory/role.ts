import type { Role } from '../model/host.ts';

const SERVER = /^(k3s[_-])?(server|master|control[_-]?plane)s?$/i;
const AGENT = /^(k3s[_-])?(agent|worker)s?$/i;
/** techno-tim's playbook calls agents `node`; others call every machine so. */
const NODE = /^(k3s[_-])?nodes?$/i;

/**
 * The role that the groups of a host claim; undefined when they claim none, or both.
 * `server_group`, `agent_group` (k3s-io/k3s-ansible) and `group_name_master` (techno-tim) rename groups.
 */
export function roleOf(
  groups: readonly string[],
  vars: Readonly<Record<string, unknown>>,
): Role | undefined {
  const named = (key: string) => groups.some((group) => group === vars[key]);
  const has = (pattern: RegExp) => groups.some((group) => pattern.test(group));
  const server = named('server_group') || named('group_name_master') || has(SERVER);
  const agent = named('agent_group') || has(AGENT);
  if (server && agent) return undefined;
  if (server) return 'server';
  return agent || has(NODE) ? 'agent' : undefined;
}
