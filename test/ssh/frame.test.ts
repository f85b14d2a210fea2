import { describe, expect, it } from 'vitest';
import { beginMark, endMark, frameReader } from '../../src/ssh/frame.ts';

const M = 'c0ffee';
const wrap = (output: string, tail = '0') => `${beginMark(M)}${output}${endMark(M)}${tail}\n`;

function feed(text: string | Buffer, step: number, cap?: number) {
  const reader = frameReader(M, cap);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += step) {
    const frame = reader.push(bytes.subarray(at, at + step));
    if (frame) return { ...frame, text: frame.bytes.toString() };
  }
  return undefined;
}

describe('a frame', () => {
  it.each([1, 2, 7, 4096])('is found when it comes in pieces of %i bytes', (step) => {
    expect(feed(wrap('hello\nworld\n', '7'), step)).toMatchObject({
      text: 'hello\nworld\n',
      tail: '7',
      truncated: false,
    });
  });

  it.each([
    ['nothing', ''],
    ['no final newline', 'abc'],
    ['only a newline', '\n'],
    ['a NUL', 'a\0b'],
    ['the half of an end mark', `\n${M}:en`],
    ['the begin mark again', beginMark(M)],
    ['another marker', '\nbadbad:end:0\n'],
  ])('keeps output with %s as it is', (_what, output) => {
    for (const step of [1, 3, 999]) expect(feed(wrap(output), step)?.text).toBe(output);
  });

  it('does not count banners and what rc files print', () => {
    expect(feed(`Welcome!\r\n\x1b[31mred${wrap('x')}`, 5)?.text).toBe('x');
  });

  it('keeps no more than the cap and says so', () => {
    const frame = feed(wrap('x'.repeat(10_000), '3'), 100, 1000);
    expect(frame).toMatchObject({ truncated: true, tail: '3' });
    expect(frame?.bytes.length).toBe(1000);
  });

  it('is not truncated by output of exactly the cap', () => {
    expect(feed(wrap('x'.repeat(1000)), 64, 1000)?.truncated).toBe(false);
  });

  it('is never complete without its end', () => {
    expect(feed(wrap('abc').slice(0, -1), 1)).toBeUndefined();
  });
});
