import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readableDiff, unifiedDiff } from '../../src/text/diff.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'diff-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** The file after `git apply` of the diff; null when it is gone. */
function applied(path: string, before: string | null, diff: string): string | null {
  const full = join(dir, path);
  mkdirSync(dirname(full), { recursive: true });
  rmSync(full, { force: true });
  if (before !== null) writeFileSync(full, before);
  execFileSync('git', ['apply', '--whitespace=nowarn', '-'], {
    cwd: dir,
    input: diff,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return existsSync(full) ? readFileSync(full, 'utf8') : null;
}

describe('a unified diff', () => {
  const path = '/etc/rancher/k3s/config.yaml';
  it.each([
    ['a change', 'a: 1\nflannel-backend: vxlan\nb: 2\n', 'a: 1\nflannel-backend: host-gw\nb: 2\n'],
    ['a last line without an end', 'flannel-backend: vxlan', 'flannel-backend: host-gw'],
    ['Windows line ends', 'a: 1\r\nb: 2\r\n', 'a: 1\r\nb: 3\r\n'],
    ['a byte order mark', '\ufeffa: 1\n', '\ufeffa: 2\n'],
    ['a file that is created', null, 'flannel-backend: host-gw\n'],
    ['a file that is removed', 'x: 1\n', null],
    ['a file that was empty', '', 'x: 1\n'],
  ])('is accepted by git apply: %s', (_, before, after) => {
    expect(applied(path, before, unifiedDiff(path, before, after))).toBe(after);
  });

  it('has a/ and b/ paths', () => {
    expect(unifiedDiff('/etc/x', 'a\n', 'b\n')).toBe(
      'diff --git a/etc/x b/etc/x\n--- a/etc/x\n+++ b/etc/x\n@@ -1,1 +1,1 @@\n-a\n+b\n',
    );
  });

  it('is empty for equal contents', () => {
    expect(unifiedDiff(path, 'x', 'x')).toBe('');
  });

  it('gives the new content for any two texts', () => {
    const text = fc
      .array(fc.constantFrom('a: 1', 'b: 2', '', '--- x', '+++ y', '@@ z', 'é'), { maxLength: 12 })
      .map((l) => `${l.join('\n')}\n`);
    fc.assert(
      fc.property(text, text, (a, b) => {
        fc.pre(a !== b);
        expect(applied('f', a, unifiedDiff('/f', a, b))).toBe(b);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the diff for people', () => {
  it('masks a secret beside the change and says so', () => {
    const made = readableDiff(
      '/c.yaml',
      'token: t0p\nflannel-backend: vxlan\n',
      'token: t0p\nflannel-backend: host-gw\n',
    );
    expect(made.redacted).toBe(true);
    expect(made.diff).toContain(
      ' token: (secret)\n-flannel-backend: vxlan\n+flannel-backend: host-gw',
    );
  });
  it('says that nothing was masked where nothing was', () => {
    expect(readableDiff('/c.yaml', 'a: 1\n', 'a: 2\n').redacted).toBe(false);
  });
});
