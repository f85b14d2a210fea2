import { setTimeout as delay } from 'node:timers/promises';
import type { Outcome } from '../model/journal.ts';
import { EXIT, ReweaveError } from '../model/problem.ts';
import type { ExecResult, Script, Session } from '../model/session.ts';

export type Connect = (host: string) => Promise<Session>;

/** All hosts of a run: one session each, logged in again when a connection was lost. */
export class Fleet {
  readonly #sessions = new Map<string, Session>();
  readonly #connecting = new Map<string, Promise<Session>>();
  readonly #connect: Connect;

  constructor(sessions: ReadonlyMap<string, Session>, connect: Connect) {
    this.#connect = connect;
    for (const [host, session] of sessions) this.#keep(host, session);
  }

  #keep(host: string, session: Session): Session {
    this.#sessions.set(host, session);
    void session.lost.then(() => {
      if (this.#sessions.get(host) === session) this.#sessions.delete(host);
    });
    return session;
  }

  /** The session of a host; a lost one is replaced by a new login, one at a time. */
  async session(host: string): Promise<Session> {
    const open = this.#sessions.get(host);
    if (open) return open;
    const pending = this.#connecting.get(host);
    if (pending) return pending;
    const login = this.#connect(host)
      .then((session) => this.#keep(host, session))
      .finally(() => this.#connecting.delete(host));
    this.#connecting.set(host, login);
    return login;
  }

  /**
   * Runs a script. A login that fails is tried again for `patience` seconds, since a node may be
   * starting; then the outcome is `not_sent`, with the reason. A script that was sent is never sent again here.
   */
  async exec(host: string, script: Script, patience = 0): Promise<Outcome<ExecResult>> {
    const end = performance.now() + patience * 1000;
    for (;;) {
      try {
        return await (await this.session(host)).exec(script);
      } catch (error) {
        if (!(error instanceof ReweaveError)) throw error;
        // A refused login is never repeated: accounts lock, and it will not get better.
        const refused = error.problems.some((p) => p.exit === EXIT.access);
        if (refused || performance.now() >= end) return { t: 'not_sent', reason: error.message };
        await delay(2000);
      }
    }
  }

  /** Sessions that are open now, by host. */
  open(): ReadonlyMap<string, Session> {
    return this.#sessions;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((s) => s.close()));
  }
}
