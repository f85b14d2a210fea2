import type { Known } from '../steps/context.ts';
import type { FlagReader } from './flags.ts';

/**
 * Node name of the server that the others name in `--server`: it restarts first, so that a server
 * which joins meanwhile compares itself with the new value. Falls back to the first server.
 */
export function joinTarget(known: readonly Known[], flags: FlagReader): string | undefined {
  const servers = known.filter((m) => m.facts.unit?.role === 'server');
  const urls = known.flatMap((m) => [
    ...flags
      .args(m.facts)
      .flatMap((a, i, all) =>
        a.startsWith('--server=') ? a.slice(9) : a === '--server' ? (all[i + 1] ?? '') : [],
      ),
    m.facts.k3s.env['K3S_URL'] ?? '',
  ]);
  const named = servers.find((m) =>
    urls.some((u) => u.includes(`//${m.address}:`) || u.includes(`//${m.node.name}:`)),
  );
  return (named ?? servers[0])?.node.name;
}
