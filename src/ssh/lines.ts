import type { Readable } from 'node:stream';

/** Above this many unread lines the source is paused, so that a slow reader costs no memory. */
const HIGH = 10_000;

/** Lines from a source to one reader, in order. An end or an error comes after all lines before it. */
export interface LineQueue {
  readonly lines: AsyncIterable<string>;
  push(line: string): void;
  end(): void;
  fail(error: Error): void;
}

export function lineQueue(source: Pick<Readable, 'pause' | 'resume'>): LineQueue {
  const waiting: string[] = [];
  let over: { error?: Error } | undefined;
  let wake: (() => void) | undefined;
  const stop = (how: { error?: Error }) => {
    over ??= how;
    source.resume();
    wake?.();
  };
  async function* read(): AsyncGenerator<string> {
    for (;;) {
      for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) {
        if (waiting.length < HIGH / 2) source.resume();
        yield line;
      }
      if (over?.error) throw over.error;
      if (over) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    lines: { [Symbol.asyncIterator]: read },
    push: (line) => {
      if (over) return;
      waiting.push(line);
      if (waiting.length >= HIGH) source.pause();
      wake?.();
    },
    end: () => stop({}),
    fail: (error) => stop({ error }),
  };
}
