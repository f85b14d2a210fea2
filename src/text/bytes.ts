import { createHash } from 'node:crypto';
import type { Splice } from '../model/action.ts';

/** sha256 of bytes (or of a text's UTF-8), lower-case hex, as `sha256sum` prints it. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Byte length of a text's UTF-8 up to a UTF-16 index: string offsets → file offsets. */
export function byteOffset(text: string, index: number): number {
  return Buffer.byteLength(text.slice(0, index), 'utf8');
}

/**
 * Applies splices whose offsets are bytes of `bytes`, in any order.
 * @throws RangeError when one lies outside the bytes or two overlap.
 */
export function applySplices(bytes: Uint8Array, splices: readonly Splice[]): Buffer {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const splice of [...splices].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (splice.start < at || splice.end < splice.start || splice.end > bytes.length)
      throw new RangeError(`splice ${splice.start}..${splice.end} does not fit behind byte ${at}`);
    parts.push(bytes.subarray(at, splice.start), Buffer.from(splice.text, 'utf8'));
    at = splice.end;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

/** Bytes as text; undefined when they are not UTF-8. A byte order mark stays as U+FEFF. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** 1-based line and column (in characters) of a string index. */
export function lineColumn(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: index - lineStart + 1 };
}
