import type { CaptureResult, PeerTraffic } from './run-capture.ts';

export interface WireFailure {
  readonly host: string;
  /** undefined where it is the capture itself, or traffic of no known peer. */
  readonly peer: string | undefined;
  readonly why: string;
}

/**
 * Judges what was on the wire while probes ran on every pair. `encrypted`: no pod packet in the
 * clear, and encrypted ones both ways between every two nodes (else nothing was shown). `any`:
 * only that the captures ran. A capture that did not run fails in either case.
 */
export function judgeWire(
  results: readonly CaptureResult[],
  expect: 'encrypted' | 'any',
): { ok: boolean; failures: WireFailure[] } {
  const failures = results.flatMap((result): WireFailure[] => {
    const { host } = result;
    if (result.t === 'failed') return [{ host, peer: undefined, why: result.why }];
    if (expect === 'any') return [];
    const found = result.peers.flatMap((peer) => judgePeer(result, peer));
    if (result.strayClear > 0) {
      const why = `${result.strayClear} pod packets in the clear${sample(result)}`;
      found.push({ host, peer: undefined, why });
    }
    if (result.dropped > 0) {
      const why = `${result.dropped} possible clear packets were not examined`;
      found.push({ host, peer: undefined, why });
    }
    return found;
  });
  if (results.length === 0)
    failures.push({ host: '', peer: undefined, why: 'nothing was captured' });
  return { ok: failures.length === 0, failures };
}

type Seen = Extract<CaptureResult, { t: 'seen' }>;

function judgePeer(result: Seen, traffic: PeerTraffic): WireFailure[] {
  const { host } = result;
  const { host: peer, clearIn, clearOut, encryptedIn, encryptedOut } = traffic;
  const clear = clearIn + clearOut;
  if (clear > 0) {
    const why = `${clear} pod packets in the clear (${clearIn} in, ${clearOut} out)`;
    return [{ host, peer, why: `${why}${sample(result)}` }];
  }
  const silent = [...(encryptedIn === 0 ? ['in'] : []), ...(encryptedOut === 0 ? ['out'] : [])];
  if (silent.length === 0) return [];
  return [{ host, peer, why: `no encrypted packet ${silent.join(' and ')} was seen` }];
}

function sample({ first }: Seen): string {
  if (first === undefined) return '';
  const proto = first.proto < 0 ? '' : `, protocol ${first.proto}`;
  return `, the first ${first.via} from ${first.src} to ${first.dst}${proto}`;
}
