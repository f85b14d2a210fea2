import type { NodeFacts } from '../model/facts.ts';
import { type Answers, keyValues } from './sections.ts';

type Json = Readonly<Record<string, unknown>>;

/** Flannel's own files: net-conf.json (what K3s applied last) and /run/flannel/subnet.env. */
export function parseFlannel(answers: Answers): NodeFacts['flannel'] {
  const conf = (answers.json('netconf') ?? {}) as Json;
  const backend = (conf['Backend'] ?? {}) as Json;
  const env = keyValues(answers.text('subnetenv'));
  const type = backend['Type'];
  return {
    netConfType: typeof type === 'string' ? type : undefined,
    network: env['FLANNEL_NETWORK'],
    subnet: env['FLANNEL_SUBNET'],
    ipv6Network: env['FLANNEL_IPV6_NETWORK'],
    ipv6Subnet: env['FLANNEL_IPV6_SUBNET'],
    mtu: env['FLANNEL_MTU'] === undefined ? undefined : Number(env['FLANNEL_MTU']),
  };
}

/** Names in host-local's store that are addresses; `lock` and `last_reserved_ip.0` are its own. */
export function parseHostLocal(lines: readonly string[]): string[] {
  return lines.filter(
    (name) =>
      /^\d+\.\d+\.\d+\.\d+$/.test(name) || (/^[0-9a-fA-F:]+$/.test(name) && name.includes(':')),
  );
}
