import { type PairMeasured, type PairResult, pairKey } from './pair.ts';

export interface Expectation {
  /** Every ordered pair of hosts that must work. */
  readonly pairs: readonly { readonly from: string; readonly to: string }[];
  /** Payload sizes that every pair must pass. */
  readonly sizes: readonly number[];
  /** Interfaces that may carry what `host` sends to the others; empty = any. */
  expectDev(host: string): readonly string[];
}
export interface Failure {
  /** The direction that is broken; `direction: 'unknown'` when only the pair is known. */
  readonly from: string;
  readonly to: string;
  readonly size: number;
  readonly direction: 'known' | 'unknown';
  readonly why: string;
}

/**
 * Judges results: all expected pairs there, nothing lost, the right interface. A request that
 * arrived whose answer did not come back accuses the way back, not the way there; where the
 * receiver could not listen the pair is named without a direction, and `why` says so.
 */
export function verdict(
  results: readonly PairResult[],
  expected: Expectation,
): { ok: boolean; failures: Failure[] } {
  const byKey = new Map(results.map((result) => [pairKey(result), result]));
  const failures = new Map<string, Failure>();
  const fail = (failure: Failure): void => {
    const known = failures.get(pairKey(failure));
    if (known === undefined) failures.set(pairKey(failure), failure);
    else if (known.direction === 'unknown' && failure.direction === 'known')
      failures.set(pairKey(failure), failure);
  };
  for (const { from, to } of expected.pairs)
    for (const size of expected.sizes)
      for (const failure of judge(
        byKey.get(pairKey({ from, to, size })) ?? {
          from,
          to,
          size,
          state: 'unknown',
          why: 'was not measured',
        },
        expected.expectDev(from),
      ))
        fail(failure);
  return { ok: failures.size === 0, failures: [...failures.values()] };
}

function judge(result: PairResult, devs: readonly string[]): Failure[] {
  const { from, to, size } = result;
  if (result.state === 'unknown') return [{ from, to, size, direction: 'known', why: result.why }];
  const failures = lost(result);
  if (devs.length === 0 || (result.dev !== undefined && devs.includes(result.dev))) return failures;
  const astray = `leaves through ${result.dev ?? 'no interface'}, expected ${devs.join(' or ')}`;
  const same = failures.find((failure) => failure.from === from);
  const why = same === undefined ? astray : `${same.why}; ${astray}`;
  return [{ from, to, size, direction: 'known', why }, ...failures.filter((f) => f !== same)];
}

function lost(result: PairMeasured): Failure[] {
  const { from, to, size, sent, received, arrived } = result;
  const note = result.note === '' ? '' : ` (${result.note})`;
  if (sent === 0) return [{ from, to, size, direction: 'known', why: `nothing was sent${note}` }];
  if (received >= sent) return [];
  if (arrived === undefined) {
    const why = `${received} of ${sent} came back${note}; direction not known: ${result.deaf ?? 'the receiver did not listen'}`;
    return [{ from, to, size, direction: 'unknown', why }];
  }
  if (arrived < sent)
    return [{ from, to, size, direction: 'known', why: `${arrived} of ${sent} arrived${note}` }];
  const why = `${arrived} requests arrived, ${received} answers came back${note}`;
  return [{ from: to, to: from, size, direction: 'known', why }];
}
