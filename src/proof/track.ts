/** `[peer, lost, longest, open, head]` of a report line: slots, and runs of lost slots. */
export type BadPeer = readonly [number, number, number, number, number];

/** Numbers of slots. */
export interface Tally {
  readonly sent: number;
  readonly lost: number;
  /** Longest run of lost slots. */
  readonly longest: number;
  /** Slots nobody measured; they are in `lost` as well. */
  readonly unmeasured: number;
}

/** Silence of the remote side, in ms, from which its slots count as lost. */
const GRACE_MS = 3000;

/**
 * What one remote process, and its successors after a lost connection, measured of some peers.
 * Time that no process covered counts as lost; a process that was silent and speaks again tells
 * itself, since its numbers are totals.
 */
export class Track {
  readonly #interval: number;
  readonly #past = new Map<number, { lost: number; longest: number }>();
  /** Slots of all peers measured by former processes, and between two processes. */
  #former = 0;
  #between = 0;
  #carry = 0;
  #carried = new Map<number, number>();
  #longest = 0;
  #settled = 0;
  #bad = new Map<number, BadPeer>();
  #heardAt: number;
  #coveredTo: number;

  /** `now`: ms of the controller's monotonic clock, here and below. */
  constructor(intervalMs: number, now: number) {
    this.#interval = intervalMs;
    this.#heardAt = now;
    this.#coveredTo = now;
  }

  /** A process starts to measure; the one before it, if any, has ended. */
  restart(now: number): void {
    const gap = Math.max(0, Math.floor((now - this.#coveredTo) / this.#interval));
    const carried = new Map(this.#settled === 0 ? this.#carried : []);
    for (const peer of this.#carried.keys()) this.#remember(peer, 0, this.#before(peer));
    this.#longest = Math.max(this.#longest, this.#carry);
    for (const [peer, [, lost, longest, open, head]] of this.#bad) {
      this.#remember(peer, lost, Math.max(longest, this.#before(peer) + head));
      if (open > 0) carried.set(peer, open === this.#settled ? this.#before(peer) + open : open);
    }
    const kept = this.#settled === 0 ? this.#carry : 0;
    this.#former += this.#settled;
    this.#between += gap;
    this.#carry = kept + gap;
    this.#carried = carried;
    this.#settled = 0;
    this.#bad = new Map();
    this.#heardAt = now;
    this.#coveredTo = now;
  }

  /** A report line: `settled` slots so far in this process, `lagMs` of it not settled yet. */
  line(now: number, settled: number, lagMs: number, bad: readonly BadPeer[]): void {
    this.#settled = settled;
    this.#bad = new Map(bad.map((entry) => [entry[0], entry]));
    this.#heardAt = now;
    this.#coveredTo = now - lagMs;
  }

  tally(peer: number, now: number): Tally {
    const silent =
      now - this.#heardAt > GRACE_MS ? Math.floor((now - this.#coveredTo) / this.#interval) : 0;
    const unmeasured = this.#between + silent;
    const past = this.#past.get(peer);
    const [, lost, longest, open, head] = this.#bad.get(peer) ?? [peer, 0, 0, 0, 0];
    const before = this.#before(peer);
    const tail = (open === this.#settled ? before : 0) + open + silent;
    return {
      sent: this.#former + this.#settled + unmeasured,
      lost: (past?.lost ?? 0) + lost + unmeasured,
      longest: Math.max(
        this.#longest,
        past?.longest ?? 0,
        longest,
        before + head,
        silent > 0 ? tail : 0,
      ),
      unmeasured,
    };
  }

  #remember(peer: number, lost: number, longest: number): void {
    const past = this.#past.get(peer) ?? { lost: 0, longest: 0 };
    this.#past.set(peer, { lost: past.lost + lost, longest: Math.max(past.longest, longest) });
  }

  /** The run of lost slots that this process began in. */
  #before(peer: number): number {
    return this.#carry + (this.#carried.get(peer) ?? 0);
  }
}
