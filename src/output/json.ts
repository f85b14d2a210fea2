import type { Event } from '../model/event.ts';

/** One JSON object per line; `JSON.stringify` escapes every line break inside a value. */
export function jsonLine(event: Event): string {
  const { v, ts, seq, run, type, level, host, step, msg, data } = event;
  return `${JSON.stringify({ v, ts, seq, run, type, level, host, step, msg, data })}\n`;
}
