import type { Session } from '../model/session.ts';
import { covers, isIp4 } from '../text/cidr.ts';
import type { Endpoint } from './address.ts';
import { type CaptureSpec, captureScript } from './capture.ts';
import { Feed, jsonLine } from './feed.ts';

/** A node on the other side: the address of its tunnel's packets, and its pod subnets. */
export interface CapturePeer extends Endpoint {
  readonly podCidrs: readonly string[];
}
export interface PeerTraffic {
  readonly host: string;
  readonly clearIn: number;
  readonly clearOut: number;
  readonly encryptedIn: number;
  readonly encryptedOut: number;
}
export interface ClearPacket {
  readonly via: 'bare' | 'vxlan';
  readonly src: string;
  readonly dst: string;
  /** IP protocol number; -1 when the tool does not tell. */
  readonly proto: number;
}
export type CaptureResult =
  | { readonly t: 'failed'; readonly host: string; readonly why: string }
  | {
      readonly t: 'seen';
      readonly host: string;
      readonly tool: string;
      readonly peers: readonly PeerTraffic[];
      /** Clear pod packets of no known peer. */
      readonly strayClear: number;
      readonly first: ClearPacket | undefined;
      /** Clear candidates that the kernel could not hand over, or had no room to tell apart. */
      readonly dropped: number;
      /** Cluster prefixes that were not looked for: the IPv6 ones. */
      readonly notExamined: readonly string[];
    };

const READY_MS = 10_000;

/** One capture under way: open it, let traffic flow, close it. Never throws. */
export class Capture {
  readonly #host: string;
  readonly #spec: CaptureSpec;
  readonly #traffic: Map<string, PeerTraffic>;
  readonly #peers: readonly CapturePeer[];
  readonly #listening = new Set<string>();
  #feed: Feed | undefined;
  #tool = '';
  #fault = '';
  #complete = false;
  #stray = 0;
  #dropped = 0;
  #first: ClearPacket | undefined;

  constructor(host: string, spec: CaptureSpec, peers: readonly CapturePeer[]) {
    this.#host = host;
    this.#spec = spec;
    this.#peers = peers;
    const none = { clearIn: 0, clearOut: 0, encryptedIn: 0, encryptedOut: 0 };
    this.#traffic = new Map(peers.map(({ host: peer }) => [peer, { host: peer, ...none }]));
  }

  /** True when packets are seen from now on. */
  async open(session: Session): Promise<boolean> {
    try {
      const stream = await session.stream(captureScript(this.#spec));
      this.#feed = new Feed(stream, (line) => this.#take(line));
      const up = await this.#feed.until(() => this.#tool !== '' || this.#fault !== '', READY_MS);
      if (!up) this.#fault ||= 'the capture did not start';
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
    }
    return this.#fault === '';
  }

  async close(): Promise<CaptureResult> {
    if (this.#feed !== undefined) {
      this.#feed.write('stop');
      if (this.#fault === '')
        await this.#feed.until(() => this.#complete, (this.#spec.seconds + 10) * 1000);
      await this.#feed.close();
    }
    const why = this.#fault || (this.#complete ? '' : 'the capture ended without a result');
    if (why !== '') return { t: 'failed', host: this.#host, why };
    return {
      t: 'seen',
      host: this.#host,
      tool: this.#tool,
      peers: [...this.#traffic.values()],
      strayClear: this.#stray,
      first: this.#first,
      dropped: this.#dropped,
      notExamined: this.#spec.clusterCidrs.filter((cidr) => !isIp4(cidr)),
    };
  }

  #take(line: string): void {
    const told = jsonLine(line);
    if (told === undefined) return;
    if (typeof told.error === 'string') this.#fault = told.error;
    if (typeof told.ready === 'string') this.#tool = told.ready;
    if (typeof told.listening === 'string') this.#listening.add(told.listening);
    if (this.#listening.size === 3) this.#tool = 'tcpdump';
    if (Array.isArray(told.clear)) this.#clear(told.clear as ['bare' | 'vxlan', ...Flow]);
    if (Array.isArray(told.encrypted)) this.#encrypted(told.encrypted as unknown as Flow);
    if (told.first !== undefined) this.#first ??= told.first as ClearPacket;
    this.#dropped += Number(told.dropped ?? 0) + Number(told.more ?? 0);
    if (told.end !== undefined) this.#complete = true;
  }

  #clear([via, src, dst, count]: ['bare' | 'vxlan', ...Flow]): void {
    const owns = (address: string) =>
      this.#peers.find((peer) =>
        via === 'vxlan'
          ? peer.address === address
          : peer.podCidrs.some((cidr) => covers(cidr, address)),
      )?.host;
    const from = owns(src);
    const to = owns(dst);
    if (from === undefined && to === undefined) this.#stray += count;
    this.#add(from, 'clearIn', count);
    this.#add(to, 'clearOut', count);
  }

  #encrypted([src, dst, count]: Flow): void {
    const owner = (address: string) => this.#peers.find((peer) => peer.address === address)?.host;
    this.#add(owner(src), 'encryptedIn', count);
    this.#add(owner(dst), 'encryptedOut', count);
  }

  #add(host: string | undefined, field: keyof Omit<PeerTraffic, 'host'>, count: number): void {
    const traffic = host === undefined ? undefined : this.#traffic.get(host);
    if (traffic === undefined) return;
    this.#traffic.set(traffic.host, { ...traffic, [field]: traffic[field] + count });
  }
}

/** Source, destination, packets. */
type Flow = [string, string, number];
