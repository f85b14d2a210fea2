import type { Outcome } from '../../src/model/journal.ts';
import type { ExecResult, Script, Session, Stream } from '../../src/model/session.ts';

/** What a script would print; for everything that no network is needed to show. */
export class FakeSession implements Session {
  readonly host: string;
  readonly lost = new Promise<string>(() => undefined);
  readonly scripts: Script[] = [];
  readonly #exec: Outcome<ExecResult>;
  readonly #lines: readonly string[];

  constructor(host: string, exec: Outcome<ExecResult>, lines: readonly string[] = []) {
    this.host = host;
    this.#exec = exec;
    this.#lines = lines;
  }

  async exec(script: Script): Promise<Outcome<ExecResult>> {
    this.scripts.push(script);
    return this.#exec;
  }

  async stream(script: Script): Promise<Stream> {
    this.scripts.push(script);
    const lines = this.#lines;
    return {
      lines: (async function* () {
        yield* lines;
      })(),
      write: () => undefined,
      close: async () => undefined,
    };
  }

  async close(): Promise<void> {}
}

export function done(stdout: string, rest: Partial<ExecResult> = {}): Outcome<ExecResult> {
  return { t: 'done', value: { code: 0, stdout, stderr: '', truncated: false, ...rest } };
}
