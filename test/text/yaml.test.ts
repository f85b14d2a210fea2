import { describe, expect, it } from 'vitest';
import { addYamlKey, removeYamlKey, setYamlKey } from '../../src/text/yaml-key.ts';
import { goText, plainScalar } from '../../src/text/yaml-scalar.ts';
import { readYaml } from '../../src/text/yaml-v2.ts';
import { applySplices } from '../../src/text/bytes.ts';

describe("scalars as Go's yaml.v2 and fmt print them", () => {
  it.each([
    ['0644', '420'],
    ['0o17', '15'],
    ['0x1F', '31'],
    ['0b101', '5'],
    ['1_000', '1000'],
    ['089', '89'],
    ['-0', '0'],
    ['+7', '7'],
    ['1e3', '1000'],
    ['1.50', '1.5'],
    ['.5', '0.5'],
    ['1e21', '1e+21'],
    ['1e6', '1e+06'],
    ['123456789.0', '1.23456789e+08'],
    ['100000.5', '100000.5'],
    ['0.00001', '1e-05'],
    ['1e-7', '1e-07'],
    ['.inf', '+Inf'],
    ['-.Inf', '-Inf'],
    ['.NaN', 'NaN'],
    ['yes', 'true'],
    ['Off', 'false'],
    ['y', 'true'],
    ['NaN', 'NaN'],
    ['12:30:45', '12:30:45'],
    ['2024-01-01', '2024-01-01'],
    ['18446744073709551615', '18446744073709551615'],
    ['18446744073709551616', '1.8446744073709552e+19'],
    ['-', '-'],
    ['1.2.3', '1.2.3'],
    ['~', '<nil>'],
  ])('%s → %s', (text, expected) => {
    expect(goText(plainScalar(text))).toBe(expected);
  });
});

describe('yaml.v2', () => {
  const error = (text: string): string | undefined => {
    const read = readYaml(text);
    return 'error' in read ? read.error : undefined;
  };
  it.each([
    ['an unknown anchor', 'a: *x\n'],
    ['a list at the root', '- a\n'],
    ['a scalar at the root', 'hello\n'],
    ['a tab as indentation', 'a: 1\n\tb: 2\n'],
    ['an impossible tag', 'a: !!int x\n'],
  ])('refuses %s', (_, text) => {
    expect(error(text)).toBeTruthy();
  });
  it.each([
    ['nothing', ''],
    ['comments', '# x\n'],
    ['a null', '~\n'],
    ['a bare start', '---\n'],
  ])('takes %s as no keys', (_, text) => {
    expect(readYaml(text)).toEqual({ entries: [] });
  });
  it('reads the first of two documents and drops merge keys', () => {
    const read = readYaml('x: &a {b: 1}\n<<: *a\nc: 2\n---\nd: 3\n');
    expect('entries' in read && read.entries.map((e) => e.key)).toEqual(['x', 'c']);
  });
});

describe('one key', () => {
  const apply = (text: string, edit: ReturnType<typeof setYamlKey>): string =>
    'refused' in edit
      ? `refused: ${edit.refused}`
      : applySplices(Buffer.from(text), [edit.splice]).toString();
  it.each([
    ['one line', 'a: 1\nb: 2 # x\nc: 3\n', 'a: 1\nc: 3\n'],
    ['a list below it', 'b:\n  - 1\n  - 2\nc: 3\n', 'c: 3\n'],
    ['the last line without an end', 'a: 1\nb: 2', 'a: 1\n'],
    ['the first line behind a byte order mark', '\ufeffb: 2\nc: 3\n', '\ufeffc: 3\n'],
  ])('is removed with its lines: %s', (_, text, expected) => {
    expect(apply(text, removeYamlKey(text, 'b'))).toBe(expected);
  });
  it('is not removed where it is missing or twice', () => {
    expect(removeYamlKey('a: 1\n', 'b')).toHaveProperty('refused');
    expect(removeYamlKey('b: 1\nb+: 2\n', 'b')).toHaveProperty('refused');
  });
  it('is not added where it is', () => {
    expect(addYamlKey('b: 1\n', 'b', 'x')).toHaveProperty('refused');
  });
  it('a value that YAML would read as something else gets quotes', () => {
    expect(apply('b: vxlan\n', setYamlKey('b: vxlan\n', 'b', 'no'))).toBe('b: "no"\n');
    expect(apply("b: 'x'\n", setYamlKey("b: 'x'\n", 'b', "it's"))).toBe("b: 'it''s'\n");
  });
});
