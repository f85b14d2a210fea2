import { describe, expect, it } from 'vitest';
import { execStart } from '../../src/text/unit.ts';

const words = (text: string): string[] | 'reset' | undefined => {
  const found = execStart(text);
  return found === undefined || found === 'reset' ? found : found.words.map((w) => w.value);
};
const service = (body: string): string => `[Unit]\nExecStart=/not/here\n[Service]\n${body}\n`;

describe('ExecStart', () => {
  it.each([
    ['words', 'ExecStart=/bin/k3s server --a b', ['/bin/k3s', 'server', '--a', 'b']],
    [
      'quotes, single and double, whole and inside',
      `ExecStart=/bin/k3s 'a b' "c d" --x='y z'`,
      ['/bin/k3s', 'a b', 'c d', '--x=y z'],
    ],
    ['an empty word', "ExecStart=/bin/k3s ''", ['/bin/k3s', '']],
    ['escapes', 'ExecStart=/bin/k3s a\\x20b \\" c\\sd', ['/bin/k3s', 'a b', '"', 'c d']],
    [
      "the installer's lines with a blank last one",
      "ExecStart=/bin/k3s \\\n    server \\\n\t'--a' \\\n\n",
      ['/bin/k3s', 'server', '--a'],
    ],
    ['Windows line ends', 'ExecStart=/bin/k3s \\\r\n server\r', ['/bin/k3s', 'server']],
    [
      'comments between continued lines',
      'ExecStart=/bin/k3s \\\n# no\n; no\n server',
      ['/bin/k3s', 'server'],
    ],
    ['prefixes of the executable', 'ExecStart=-+/bin/k3s server', ['/bin/k3s', 'server']],
    ['the last of several', 'ExecStart=/bin/a\nExecStart=\nExecStart=/bin/b', ['/bin/b']],
    [
      'ExecStartPre beside it',
      'ExecStartPre=/bin/x\nExecStart=/bin/k3s\nExecStop=/bin/y',
      ['/bin/k3s'],
    ],
  ])('reads %s', (_, body, expected) => {
    expect(words(service(body))).toEqual(expected);
  });
  it('is a reset when it only clears', () => {
    expect(words(service('ExecStart='))).toBe('reset');
  });
  it('is not found in comments or other sections', () => {
    expect(words(service('#ExecStart=/bin/k3s\n;ExecStart=/bin/k3s'))).toBeUndefined();
  });
  it('a comment that ends in a backslash does not swallow the next line', () => {
    expect(words(service('# x \\\nExecStart=/bin/k3s'))).toEqual(['/bin/k3s']);
  });
  it('keeps where each word stands', () => {
    const text = service("ExecStart=/bin/k3s 'x'");
    const found = execStart(text);
    const word = found === undefined || found === 'reset' ? undefined : found.words[1];
    expect(text.slice(word?.start, word?.end)).toBe("'x'");
  });
});
