import type { Emit } from '../model/event.ts';
import type { Script } from '../model/session.ts';
import { NODE_EXIT } from '../node/layout.ts';
import type { Fleet } from './fleet.ts';

/**
 * Keeps the dead-man leases of all armed nodes fresh, and knows until when each holds.
 * A node that refuses a renewal has acted by itself: nothing more may be changed anywhere.
 */
export class Leases {
  readonly #until = new Map<string, number>();
  readonly #fleet: Fleet;
  readonly #renewal: () => Script;
  readonly #seconds: number;
  readonly #emit: Emit;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #stopped = false;
  /** Set when a guard has taken over, with the reason. */
  taken: string | undefined;

  constructor(fleet: Fleet, seconds: number, renewal: () => Script, emit: Emit) {
    this.#fleet = fleet;
    this.#seconds = seconds;
    this.#renewal = renewal;
    this.#emit = emit;
  }

  /** A node was armed just now. Times are of this process's monotonic clock, in milliseconds. */
  armed(host: string, sentAt: number): void {
    this.#until.set(host, sentAt + this.#seconds * 1000);
    this.#timer ??= this.#schedule();
  }

  disarmed(host: string): void {
    this.#until.delete(host);
  }

  /** Hosts whose lease has less than half of its time left. */
  stale(): string[] {
    const limit = performance.now() + (this.#seconds * 1000) / 2;
    return [...this.#until].filter(([, until]) => until < limit).map(([host]) => host);
  }

  /** Renews everything now; resolves when every answer is in. */
  async renew(): Promise<void> {
    await Promise.all(
      [...this.#until.keys()].map(async (host) => {
        const sentAt = performance.now();
        const result = await this.#fleet.exec(host, this.#renewal());
        if (result.t === 'done' && result.value.code === 0) {
          if (this.#until.has(host)) this.#until.set(host, sentAt + this.#seconds * 1000);
        } else if (
          result.t === 'done' &&
          result.value.code === NODE_EXIT.fenced &&
          this.#until.has(host)
        ) {
          this.taken = `${host}: ${result.value.stderr.trim() || result.value.stdout.trim()}`;
          this.#emit({
            type: 'guard',
            level: 'error',
            host,
            msg: `the guard has taken over: ${this.taken}`,
          });
        } else if (this.#until.has(host)) {
          this.#emit({
            type: 'guard',
            level: 'warn',
            host,
            msg: `lease not renewed: ${result.t === 'done' ? `exit code ${result.value.code} ${result.value.stderr.trim()}` : result.reason}`,
          });
        }
      }),
    );
  }

  #schedule(): NodeJS.Timeout {
    return setTimeout(
      () => {
        this.#running = this.renew().finally(() => {
          this.#timer = this.#stopped || this.#until.size === 0 ? undefined : this.#schedule();
        });
      },
      (this.#seconds * 1000) / 5,
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }
}
