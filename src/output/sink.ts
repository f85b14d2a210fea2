import type { Emit, Event } from '../model/event.ts';

export interface EventSink {
  readonly emit: Emit;
  /** Name of the run, once a `run` event told it; empty before. */
  run(): string;
}

/**
 * Turns what use cases emit into whole events: v, time (UTC), a sequence that has no gaps, and the
 * run, which is learnt from the first `run` event that carries `data.run`.
 */
export function eventSink(write: (event: Event) => void, clock: () => Date): EventSink {
  let seq = 0;
  let run = '';
  return {
    emit(body) {
      if (body.type === 'run') run = runOf(body.data) ?? run;
      seq += 1;
      write({ v: 1, ts: clock().toISOString(), seq, run, ...body });
    },
    run: () => run,
  };
}

function runOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('run' in data)) return undefined;
  return typeof data.run === 'string' ? data.run : undefined;
}
