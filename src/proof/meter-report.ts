/** How one ordered pair fared; times in ms. */
export interface PairLoss {
  readonly from: string;
  readonly to: string;
  readonly sent: number;
  readonly lost: number;
  readonly longestGapMs: number;
  /** The part of `lost` that nobody measured. */
  readonly unmeasured: number;
}
export interface TcpReport {
  /** Streams that were measured, one per ordered pair chosen. */
  readonly streams: number;
  /** Streams up at the last report. */
  readonly up: number;
  /** Connections reset or timed out after they were up, and streams that never came up. */
  readonly broken: number;
  readonly longestStallMs: number;
  readonly brokenPairs: readonly { readonly from: string; readonly to: string }[];
  /** Nodes without streams, and why. */
  readonly notMeasured: readonly { readonly host: string; readonly why: string }[];
}
export interface MeterReport {
  readonly pairs: number;
  /** Slots of all pairs since the start, by elapsed time. */
  readonly sent: number;
  /** Slots without an answer within a second, and slots that nobody measured. */
  readonly lost: number;
  /** The part of `lost` that was not seen to be lost: a meter was silent or gone. */
  readonly unmeasured: number;
  readonly longestGapMs: number;
  /** The pair with the longest gap; undefined when nothing was lost. */
  readonly worst: { readonly from: string; readonly to: string } | undefined;
  readonly perPair: readonly PairLoss[];
  /** undefined = not measured on any node. */
  readonly tcp: TcpReport | undefined;
}

export function sumUp(perPair: readonly PairLoss[], tcp: TcpReport | undefined): MeterReport {
  let sent = 0;
  let lost = 0;
  let unmeasured = 0;
  let worst: PairLoss | undefined;
  for (const pair of perPair) {
    sent += pair.sent;
    lost += pair.lost;
    unmeasured += pair.unmeasured;
    if (pair.lost > 0 && (worst === undefined || worse(pair, worst))) worst = pair;
  }
  return {
    pairs: perPair.length,
    sent,
    lost,
    unmeasured,
    longestGapMs: worst?.longestGapMs ?? 0,
    worst: worst && { from: worst.from, to: worst.to },
    perPair,
    tcp,
  };
}

function worse(a: PairLoss, b: PairLoss): boolean {
  return a.longestGapMs === b.longestGapMs ? a.lost > b.lost : a.longestGapMs > b.longestGapMs;
}
