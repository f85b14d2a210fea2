import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { sh, words } from '../../src/text/shell.ts';

describe('a shell word', () => {
  it.each(['', 'a b', "it's", `"$HOME" \`id\` \\n !x`, 'a\nb', '*', '-n', 'Zürich'])(
    'means itself to a real shell: %j',
    (text) =>
      expect(execFileSync('/bin/sh', ['-c', `printf %s ${sh(text)}`]).toString()).toBe(text),
  );
  it('is always quoted', () => expect(words(['ls', '-l'])).toBe("'ls' '-l'"));
  it('cannot hold a NUL', () => expect(() => sh('a\0b')).toThrow(RangeError));
});
