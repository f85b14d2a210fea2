import { randomBytes } from 'node:crypto';
import type { Script } from '../model/session.ts';
import { sh } from '../text/shell.ts';
import { checkAddresses, type Endpoint } from './address.ts';
import { METER } from './remote/meter.ts';
import { PING_METER } from './remote/ping-meter.ts';
import { HAS_PERL } from './remote/prelude.ts';

export interface MeterSpec {
  readonly self: Endpoint;
  readonly peers: readonly Endpoint[];
  /** One request to each peer every so many milliseconds, 100 or more. */
  readonly intervalMs: number;
  /** The remote side ends by itself after so many seconds. */
  readonly seconds: number;
  /** Port of the TCP streams on the meter addresses; 0 = no streams. */
  readonly tcpPort: number;
  /** Indices of the peers that get a stream. */
  readonly streams: readonly number[];
}

/**
 * The meter of one node, for a stream of its own. It says its last words at a line `stop` and ends
 * when the stream's stdin ends, or after `seconds`. What it prints is told at `METER` of remote/meter.ts.
 * @throws ReweaveError for what is not an address.
 */
export function meterScript(spec: MeterSpec): Script {
  checkAddresses([spec.self, ...spec.peers]);
  const { intervalMs, seconds } = spec;
  const peers = spec.peers.map((peer) => sh(peer.address)).join(' ');
  const nonce = randomBytes(8).toString('hex');
  const args = [seconds, intervalMs, nonce, spec.tcpPort, spec.streams.join(',')].map(String);
  return {
    class: 'probe',
    limit: seconds + 5,
    text: `ulimit -n 8192 2>/dev/null || :
if ${HAS_PERL}; then
  exec perl -e ${sh(METER)} ${args.map(sh).join(' ')} ${sh(spec.self.address)} ${peers}
fi
self=${sh(spec.self.address)}; interval=${intervalMs}; seconds=${intervalMs / 1000}; limit=${seconds}
set -- ${peers}
${PING_METER}`,
  };
}

/** The next `most` peers in ring order, so that each node has as many streams in as out. */
export function streamPeers(index: number, nodes: number, most: number): number[] {
  const others = nodes - 1;
  return Array.from({ length: Math.min(most, others) }, (_, k) => (index + k) % others);
}
