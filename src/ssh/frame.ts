import { Buffer } from 'node:buffer';

/** At least this much of each output stream is kept; the rest is read and dropped. */
export const OUTPUT_CAP = 8 * 1024 * 1024;

/** What stood between a frame's marks on one stream. */
export interface Framed {
  readonly bytes: Buffer;
  readonly truncated: boolean;
  /** The text after the end mark, e.g. the exit code. */
  readonly tail: string;
}

/** Marks of one frame. Each stands on lines of its own, and output cannot guess `marker`. */
export const beginMark = (marker: string) => `\n${marker}:begin\n`;
export const endMark = (marker: string) => `\n${marker}:end:`;

/**
 * Reads one stream until its frame is complete. What comes before the begin mark (banners, an `echo`
 * in an rc file, the late words of an older command) is dropped. `push` returns the frame once, when done.
 */
export function frameReader(marker: string, cap = OUTPUT_CAP) {
  const begin = Buffer.from(beginMark(marker));
  const end = Buffer.from(endMark(marker));
  const kept: Buffer[] = [];
  let size = 0;
  let truncated = false;
  let state: 'before' | 'inside' | 'tail' | 'done' = 'before';
  let rest: Buffer = Buffer.alloc(0);

  const keep = (bytes: Buffer) => {
    const room = cap - size;
    if (bytes.length > room) truncated = true;
    const part = bytes.subarray(0, Math.max(0, room));
    if (part.length > 0) kept.push(Buffer.from(part));
    size += part.length;
  };

  return {
    /** True once the begin mark was seen: the command has started. */
    started: () => state !== 'before',
    push(chunk: Buffer): Framed | undefined {
      if (state === 'done') return undefined;
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (state === 'before') {
        const at = rest.indexOf(begin);
        if (at < 0) {
          rest = rest.subarray(Math.max(0, rest.length - begin.length + 1));
          return undefined;
        }
        rest = rest.subarray(at + begin.length);
        state = 'inside';
      }
      if (state === 'inside') {
        const at = rest.indexOf(end);
        const cut = at < 0 ? Math.max(0, rest.length - end.length + 1) : at;
        keep(rest.subarray(0, cut));
        rest = rest.subarray(cut);
        if (at < 0) return undefined;
        rest = rest.subarray(end.length);
        state = 'tail';
      }
      const newline = rest.indexOf(10);
      if (newline < 0) return undefined;
      state = 'done';
      return { bytes: Buffer.concat(kept), truncated, tail: rest.toString('latin1', 0, newline) };
    },
  };
}
