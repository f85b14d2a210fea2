import { jsonLine } from './feed.ts';
import { type BadPeer, type Tally, Track } from './track.ts';

/** The TCP half of a report line: totals of one process; peers are indices. */
interface TcpLine {
  readonly streams: number;
  readonly up: number;
  readonly never: readonly number[];
  readonly broken: readonly (readonly [number, number])[];
  readonly stall: number;
}

/** The controller's picture of one node's meter, made from its lines alone. */
export class MeterNode {
  readonly host: string;
  readonly peers: readonly string[];
  /** Why there are no streams; empty when there are. */
  noTcp = 'the meter did not start';
  /** What the remote side said instead of measuring. */
  fault = '';
  /** Of the present process. */
  ready = false;
  ended = false;
  readonly #interval: number;
  #mode: string | undefined;
  /** One for all peers (Perl) or one for each (ping). */
  #tracks: Track[];
  #tcp: TcpLine | undefined;
  readonly #broken = new Map<number, number>();
  #stall = 0;
  #streams = 0;

  constructor(host: string, peers: readonly string[], intervalMs: number, now: number) {
    this.host = host;
    this.peers = peers;
    this.#interval = intervalMs;
    this.#tracks = [new Track(intervalMs, now)];
  }

  /** A process is about to be started; what the former one said stays. */
  opening(): void {
    this.fault = '';
    this.ready = false;
    this.ended = false;
    for (const [peer, count] of this.#tcp?.broken ?? [])
      this.#broken.set(peer, (this.#broken.get(peer) ?? 0) + count);
    this.#stall = Math.max(this.#stall, this.#tcp?.stall ?? 0);
    this.#tcp = undefined;
  }

  take(line: string, now: number): void {
    const told = jsonLine(line);
    if (told === undefined) return;
    if (typeof told.error === 'string') this.fault = told.error;
    if (typeof told.ready === 'string') this.#start(told.ready, String(told.tcp), now);
    if (told.end !== undefined) this.ended = true;
    if (typeof told.n !== 'number' || !this.ready) return;
    const track = this.#tracks[typeof told.i === 'number' ? told.i : 0];
    track?.line(now, told.n, Number(told.lag), told.bad as BadPeer[]);
    if (!told.tcp) return;
    this.#tcp = told.tcp as TcpLine;
    this.#streams = this.#tcp.streams;
  }

  tally(peer: number, now: number): Tally {
    return (this.#tracks[peer] ?? this.#tracks[0] ?? new Track(this.#interval, now)).tally(
      peer,
      now,
    );
  }

  /** Streams from this node, broken ones by peer; a peer that `cannot` serve is left out. */
  streams(cannot: (peer: string) => boolean) {
    const tcp = this.#tcp;
    const counts = new Map(this.#broken);
    const add = (peer: number, count: number): void =>
      void counts.set(peer, (counts.get(peer) ?? 0) + count);
    for (const [peer, count] of tcp?.broken ?? []) add(peer, count);
    const never = tcp?.never ?? [];
    const unserved = never.filter((peer) => cannot(this.peers[peer] ?? ''));
    for (const peer of never) if (!unserved.includes(peer)) add(peer, 1);
    return {
      streams: this.#streams - unserved.length,
      up: tcp?.up ?? 0,
      stall: Math.max(this.#stall, tcp?.stall ?? 0),
      broken: [...counts].map(([peer, count]) => ({ to: this.peers[peer] ?? '', count })),
    };
  }

  #start(mode: string, tcp: string, now: number): void {
    if (this.#mode !== undefined && this.#mode !== mode) {
      this.fault = `measured with ${this.#mode} before and with ${mode} now`;
      return;
    }
    if (this.#mode === undefined) {
      const tracks = mode === 'perl' ? [0] : this.peers;
      this.#tracks = tracks.map(() => new Track(this.#interval, now));
    } else for (const track of this.#tracks) track.restart(now);
    this.#mode = mode;
    this.noTcp = tcp === 'on' ? '' : tcp;
    this.ready = true;
  }
}
