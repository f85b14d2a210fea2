import { EXIT, type Problem, ReweaveError } from '../model/problem.ts';
import type { Session } from '../model/session.ts';
import { checkAddresses, type Endpoint } from './address.ts';
import { Feed } from './feed.ts';
import { MeterNode } from './meter-node.ts';
import { type MeterReport, sumUp, type TcpReport } from './meter-report.ts';
import { meterScript, streamPeers } from './meter-script.ts';

export interface MeterOptions {
  /** Each node with its meter address. */
  readonly nodes: readonly Endpoint[];
  /** A live session of a host; called again when a meter or its connection ended. */
  readonly open: (host: string) => Promise<Session>;
  /** 200 unless told, 100 at least. */
  readonly intervalMs?: number;
  /** The remote side ends by itself after so many seconds, whatever happens here. */
  readonly seconds: number;
  /** Port of the TCP streams; 0 = none. 28733 unless told. */
  readonly tcpPort?: number;
  /** TCP streams from each node at most; 64 unless told. */
  readonly streams?: number;
  /** Monotonic milliseconds. */
  readonly clock?: () => number;
}

const READY_MS = 15_000;
const END_MS = 4_000;
const RETRY_MS = 1_000;

/** Pings and TCP streams between all meter addresses, through a whole migration. */
export class Meter {
  readonly #options: MeterOptions;
  readonly #interval: number;
  readonly #clock: () => number;
  readonly #abort = new AbortController();
  #nodes: MeterNode[] = [];
  #feeds = new Map<MeterNode, Feed>();
  #loops: Promise<void>[] = [];
  #deadline = 0;
  #frozenAt: number | undefined;

  /** @throws ReweaveError for a bad address or an interval below 100 ms. */
  constructor(options: MeterOptions) {
    checkAddresses(options.nodes);
    this.#options = options;
    this.#interval = options.intervalMs ?? 200;
    this.#clock = options.clock ?? (() => performance.now());
    if (this.#interval >= 100) return;
    throw new ReweaveError({
      code: 'meter.interval',
      exit: EXIT.usage,
      summary: `a meter interval of ${this.#interval} ms is too short`,
      hint: '100 ms is the shortest',
    });
  }

  /** Resolves when every node measures or was given up for now; those nodes are the problems. */
  async start(): Promise<Problem[]> {
    const { nodes, seconds } = this.#options;
    const now = this.#clock();
    this.#deadline = now + seconds * 1000;
    this.#nodes = nodes.map((node) => {
      const peers = nodes.filter((other) => other !== node).map((other) => other.host);
      return new MeterNode(node.host, peers, this.#interval, now);
    });
    const first = this.#nodes.map(
      (node, index) =>
        new Promise<Problem | undefined>((resolve) => {
          const settled = (): void => resolve(node.ready ? undefined : notMeasuring(node));
          this.#loops.push(this.#keep(node, index, settled));
        }),
    );
    return (await Promise.all(first)).filter((problem) => problem !== undefined);
  }

  /** The state of things; `now` in ms of the clock. Silence of more than 3 s is loss. */
  report(now?: number): MeterReport {
    const at = now ?? this.#frozenAt ?? this.#clock();
    const perPair = this.#nodes.flatMap((node) =>
      node.peers.map((to, index) => {
        const { sent, lost, longest, unmeasured } = node.tally(index, at);
        const longestGapMs = longest * this.#interval;
        return { from: node.host, to, sent, lost, unmeasured, longestGapMs };
      }),
    );
    return sumUp(perPair, this.#tcp());
  }

  /** Ends all remote sides, having heard their last words, and reports. */
  async stop(): Promise<MeterReport> {
    this.#abort.abort();
    await Promise.all(
      [...this.#feeds].map(async ([node, feed]) => {
        feed.write('stop');
        await feed.until(() => node.ended, END_MS);
      }),
    );
    this.#frozenAt ??= this.#clock();
    await Promise.all([...this.#feeds.values()].map((feed) => feed.close()));
    await Promise.all(this.#loops);
    return this.report();
  }

  /** Keeps one node measuring until the end; `settled` after the first try. */
  async #keep(node: MeterNode, index: number, settled: () => void): Promise<void> {
    while (!this.#abort.signal.aborted && this.#clock() < this.#deadline) {
      node.opening();
      try {
        await this.#once(node, index, settled);
      } catch (error) {
        node.fault = error instanceof Error ? error.message : String(error);
      }
      settled();
      await pause(RETRY_MS, this.#abort.signal);
    }
    settled();
  }

  async #once(node: MeterNode, index: number, settled: () => void): Promise<void> {
    const session = await this.#options.open(node.host);
    const stream = await session.stream(this.#script(index));
    const feed = new Feed(stream, (line) => node.take(line, this.#clock()));
    this.#feeds.set(node, feed);
    if (this.#abort.signal.aborted) feed.write('stop');
    await feed.until(() => node.ready || node.fault !== '', READY_MS);
    settled();
    if (node.ready) await Promise.race([feed.ended, session.lost]);
    this.#feeds.delete(node);
    await feed.close();
  }

  #script(index: number) {
    const { nodes, tcpPort = 28_733, streams = 64 } = this.#options;
    const self = nodes[index];
    if (self === undefined) throw new RangeError(`no meter node ${index}`);
    return meterScript({
      self,
      peers: nodes.filter((node) => node !== self),
      intervalMs: this.#interval,
      seconds: Math.max(1, Math.ceil((this.#deadline - this.#clock()) / 1000)),
      tcpPort,
      streams: streamPeers(index, nodes.length, streams),
    });
  }

  #tcp(): TcpReport | undefined {
    const without = this.#nodes.filter((node) => node.noTcp !== '');
    const measuring = this.#nodes.filter((node) => node.noTcp === '');
    if (measuring.length === 0) return undefined;
    const parts = measuring.map((node) => ({
      from: node.host,
      ...node.streams((peer) => without.some((other) => other.host === peer)),
    }));
    const broken = parts.flatMap(({ from, broken }) => broken.map((b) => ({ from, ...b })));
    return {
      streams: parts.reduce((sum, part) => sum + part.streams, 0),
      up: parts.reduce((sum, part) => sum + part.up, 0),
      broken: broken.reduce((sum, { count }) => sum + count, 0),
      longestStallMs: Math.max(0, ...parts.map((part) => part.stall)),
      brokenPairs: broken.map(({ from, to }) => ({ from, to })),
      notMeasured: without.map(({ host, noTcp }) => ({ host, why: noTcp })),
    };
  }
}

function notMeasuring(node: MeterNode): Problem {
  return {
    code: 'meter.not_started',
    exit: EXIT.unproven,
    summary: `the meter does not run on ${node.host}`,
    detail: node.fault || 'it did not answer in time',
    hint: 'install perl, or the ping of iputils, on that node',
    host: node.host,
  };
}

/** Resolves after `ms`, or at once when told to end. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish);
  });
}
