/** One ordered pair at one payload size. `unknown` counts as failed everywhere. */
export type PairResult = PairMeasured | PairUnknown;

interface Pair {
  readonly from: string;
  readonly to: string;
  /** ICMP payload in bytes. */
  readonly size: number;
}
export interface PairMeasured extends Pair {
  readonly state: 'measured';
  readonly sent: number;
  /** Answers that came back to `from`. */
  readonly received: number;
  /** Requests that `to` itself saw come in; undefined when it could not listen. */
  readonly arrived: number | undefined;
  /** Why `arrived` is not known. */
  readonly deaf?: string;
  /** Interface and table of `from`'s route; undefined when the kernel has none. */
  readonly dev: string | undefined;
  readonly table: string | undefined;
  /** What ping said of a loss, e.g. `From 172.30.0.1 icmp_seq=1 Frag needed …`. */
  readonly note: string;
}
export interface PairUnknown extends Pair {
  readonly state: 'unknown';
  readonly why: string;
}

export function pairKey(pair: { from: string; to: string; size: number }): string {
  return `${pair.from}\0${pair.to}\0${pair.size}`;
}
