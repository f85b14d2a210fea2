import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applySplices, byteOffset, lineColumn, sha256, utf8 } from '../../src/text/bytes.ts';

describe('splices', () => {
  it('are byte offsets, in any order', () => {
    const splices = [
      { start: 5, end: 6, text: 'Z' },
      { start: 0, end: 2, text: 'e' },
    ];
    expect(applySplices(Buffer.from('é: abc'), splices).toString()).toBe(
      'e: Zbc'.replace('Zbc', 'aZc'),
    );
  });
  it.each([
    [
      'overlap',
      [
        { start: 0, end: 3, text: '' },
        { start: 2, end: 4, text: '' },
      ],
    ],
    ['end beyond the file', [{ start: 4, end: 9, text: '' }]],
    ['end before they start', [{ start: 3, end: 1, text: '' }]],
  ])('are refused when they %s', (_, splices) => {
    expect(() => applySplices(Buffer.from('abcdef'), splices)).toThrow(RangeError);
  });
  it('keep everything outside, for any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.nat(),
        fc.nat(),
        fc.string(),
        (bytes, a, b, text) => {
          const [start, end] = [a % bytes.length, b % bytes.length].sort((x, y) => x - y) as [
            number,
            number,
          ];
          const made = applySplices(bytes, [{ start, end, text }]);
          expect(made).toEqual(
            Buffer.concat([bytes.subarray(0, start), Buffer.from(text), bytes.subarray(end)]),
          );
        },
      ),
    );
  });
});

describe('bytes and text', () => {
  it('hash as sha256sum does', () => {
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
  it('count bytes of characters, and lines and columns from one', () => {
    expect(byteOffset('é🙂x', 3)).toBe(6);
    expect(lineColumn('ab\ncd', 4)).toEqual({ line: 2, column: 2 });
    expect(lineColumn('ab', 0)).toEqual({ line: 1, column: 1 });
  });
  it('are undefined when not UTF-8, and keep a byte order mark', () => {
    expect(utf8(Buffer.from([0xc3]))).toBeUndefined();
    expect(utf8(Buffer.from('\ufeffx'))).toBe('\ufeffx');
  });
});
