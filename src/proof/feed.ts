import type { Stream } from '../model/session.ts';

/** Reads a stream in the background and lets callers wait for what its lines bring about. */
export class Feed {
  /** Resolves when the stream has no more lines, with the fault that ended it, if any. */
  readonly ended: Promise<string | undefined>;
  readonly #stream: Stream;
  readonly #wake = new Set<() => void>();
  #over = false;

  constructor(stream: Stream, onLine: (line: string) => void) {
    this.#stream = stream;
    this.ended = this.#read(onLine);
  }

  get over(): boolean {
    return this.#over;
  }

  write(line: string): void {
    if (!this.#over) this.#stream.write(line);
  }

  close(): Promise<void> {
    return this.#stream.close();
  }

  /** True as soon as `condition` holds; false when the stream ended, or after `ms`, without it. */
  until(condition: () => boolean, ms: number): Promise<boolean> {
    if (condition() || this.#over) return Promise.resolve(condition());
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#wake.delete(look);
        resolve(condition());
      };
      const look = (): void => {
        if (condition() || this.#over) finish();
      };
      const timer = setTimeout(finish, ms);
      this.#wake.add(look);
    });
  }

  async #read(onLine: (line: string) => void): Promise<string | undefined> {
    let fault: string | undefined;
    try {
      for await (const line of this.#stream.lines) {
        onLine(line);
        for (const look of this.#wake) look();
      }
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error);
    }
    this.#over = true;
    for (const look of this.#wake) look();
    return fault;
  }
}

/** The object in a line of JSON; undefined for anything else (a login banner, a half line). */
export function jsonLine(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
