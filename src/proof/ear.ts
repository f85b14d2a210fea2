import type { Script, Session } from '../model/session.ts';
import { sh } from '../text/shell.ts';
import { checkAddresses } from './address.ts';
import { Feed, jsonLine } from './feed.ts';
import type { Heard } from './parse-probe.ts';
import type { ProbeSpec } from './probe.ts';
import { LISTEN } from './remote/listen.ts';
import { HAS_PERL } from './remote/prelude.ts';

const READY_MS = 10_000;
const END_MS = 5_000;

/** The script that counts the marked echo requests of `spec.peers` on `spec.self`. */
export function listenScript(spec: ProbeSpec, mark: string, limit: number): Script {
  checkAddresses([spec.self, ...spec.peers]);
  const peers = spec.peers.map((peer) => peer.address);
  const args = [String(limit), spec.self.address, mark, spec.sizes.join(','), ...peers];
  return {
    class: 'probe',
    limit: limit + 5,
    text: `if ${HAS_PERL}; then
  exec perl -e ${sh(LISTEN)} ${args.map(sh).join(' ')}
fi
printf '{"error":"perl is not installed"}\\n'
`,
  };
}

/** A node that counts what arrives while its peers send. Never throws: a deaf node says why. */
export class Ear {
  readonly #host: string;
  readonly #counts = new Map<string, number>();
  #feed: Feed | undefined;
  #why = '';
  #ready = false;
  #complete = false;

  constructor(host: string) {
    this.#host = host;
  }

  async open(session: Session, script: Script): Promise<void> {
    try {
      this.#feed = new Feed(await session.stream(script), (line) => this.#take(line));
      await this.#feed.until(() => this.#ready || this.#why !== '', READY_MS);
    } catch (error) {
      this.#why = error instanceof Error ? error.message : String(error);
    }
  }

  async close(): Promise<Heard> {
    const feed = this.#feed;
    if (feed !== undefined) {
      if (this.#ready) {
        feed.write('stop');
        await feed.until(() => this.#complete, END_MS);
      }
      await feed.close();
    }
    if (!this.#ready || !this.#complete)
      return { t: 'deaf', why: `${this.#why || 'the listener ended early'} on ${this.#host}` };
    return { t: 'heard', count: (address, size) => this.#counts.get(`${address} ${size}`) ?? 0 };
  }

  #take(line: string): void {
    const told = jsonLine(line);
    if (told === undefined) return;
    if (typeof told.error === 'string') this.#why = told.error;
    if (told.ready !== undefined) this.#ready = true;
    if (told.end !== undefined) this.#complete = true;
    if (Array.isArray(told.seen)) {
      const [address, size, count] = told.seen as [string, number, number];
      this.#counts.set(`${address} ${size}`, count);
    }
  }
}
