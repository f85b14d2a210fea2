import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderMeter } from '../../src/output/meter.ts';
import { renderProblems } from '../../src/output/problems.ts';
import { wantsColour } from '../../src/output/style.ts';
import { displayWidth, padTo } from '../../src/output/width.ts';
import { plural } from '../../src/output/words.ts';
import { wrap, wrapLines } from '../../src/output/wrap.ts';

const page = { columns: 40, colour: false };

describe('the display width', () => {
  test.each([
    ['abc', 3],
    ['', 0],
    ['日本', 4],
    ['e\u0301', 1],
    ['\u001b[31mred\u001b[39m', 3],
    ['→', 1],
    ['👩‍👩‍👧', 2],
    ['한글', 4],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test('is filled up with spaces, and longer texts stay whole', () => {
    expect(padTo('日', 4)).toBe('日  ');
    expect(padTo('longer', 3)).toBe('longer');
  });
});

describe('wrapping', () => {
  test('breaks between words and hangs under the lead', () => {
    expect(wrap('one two three four', 12, '- ')).toBe('- one two\n  three four');
  });

  test('leaves a word that is too long whole', () => {
    expect(wrap('see /etc/rancher/k3s/config.yaml now', 10)).toBe(
      'see\n/etc/rancher/k3s/config.yaml\nnow',
    );
  });

  test('counts wide characters twice', () => {
    expect(wrap('日本 日本', 8)).toBe('日本\n日本');
  });

  test('keeps line breaks that mean something', () => {
    expect(wrapLines('a b\nc', 20, '> ')).toBe('> a b\n  c');
  });

  test('loses no word and passes no limit that words allow', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 60 }), (list, columns) => {
        const text = wrap(list.join(' '), columns, '  ');
        expect(text.split(/\s+/).filter(Boolean)).toEqual(list);
        for (const line of text.split('\n'))
          expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe('problems', () => {
  const problem = { code: 'a.b', exit: 3, summary: 'it is wrong' } as const;

  test('are told with detail, hint and next', () => {
    const text = renderProblems(
      [{ ...problem, detail: 'because', hint: 'mend it', next: 'reweave status' }],
      page,
    );
    expect(text).toBe('error: it is wrong\n  because\nhint: mend it\nnext: reweave status\n');
  });

  test('are all told, not only the first', () => {
    const text = renderProblems([problem, { ...problem, summary: 'so is this' }], page);
    expect(text).toBe('error: it is wrong\n\nerror: so is this\n');
  });

  test('name the file and line, and the host, unless the summary does', () => {
    const one = (p: object): string => renderProblems([{ ...problem, ...p }], page);
    expect(one({ file: 'hosts.ini', line: 7 })).toBe('error: hosts.ini:7: it is wrong\n');
    expect(one({ file: 'hosts.ini' })).toBe('error: hosts.ini: it is wrong\n');
    expect(one({ host: 's1' })).toBe('error: s1: it is wrong\n');
    expect(one({ host: 's1', summary: 's1 is down' })).toBe('error: s1 is down\n');
    expect(one({ file: 'a.yml', summary: 'a.yml is no plan' })).toBe('error: a.yml is no plan\n');
  });

  test('never wrap the next command, which is there to be copied', () => {
    const next = `reweave resume ${'x'.repeat(60)} -i inventory.ini`;
    expect(renderProblems([{ ...problem, next }], page)).toContain(`next: ${next}\n`);
  });

  test('hand no escape sequence of a remote machine to the terminal', () => {
    const text = renderProblems([{ ...problem, detail: '\u001b[31mboo' }], page);
    expect(text).not.toContain('\u001b');
  });
});

describe('colour', () => {
  const wish = (env: Record<string, string>, isTTY = true, flag = true): boolean =>
    wantsColour({ flag, isTTY, env });

  test('is on for a terminal only', () => {
    expect(wish({})).toBe(true);
    expect(wish({}, false)).toBe(false);
  });

  test.each([
    ['--no-color', {}, false],
    ['NO_COLOR', { NO_COLOR: '1' }, true],
    ['NO_COLOR over FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
    ['TERM=dumb', { TERM: 'dumb' }, true],
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, true],
  ])('is off with %s', (_, env, flag) => {
    expect(wish(env as Record<string, string>, true, flag)).toBe(false);
  });

  test('can be forced into a pipe; an empty NO_COLOR means nothing', () => {
    expect(wish({ FORCE_COLOR: '1' }, false)).toBe(true);
    expect(wish({ NO_COLOR: '' })).toBe(true);
  });
});

describe('the meter', () => {
  const totals = { pairs: 20, sent: 12345, lost: 0, longestGap: 212.4 };

  test('says that nothing was lost', () => {
    expect(renderMeter(totals)).toBe(
      '12,345 probes between 20 pairs of nodes: none lost, longest gap 212 ms.',
    );
  });

  test('says how much was lost, and where', () => {
    expect(renderMeter({ ...totals, lost: 4, longestGap: 2345, worstPair: 's1 → a2' })).toBe(
      '12,345 probes between 20 pairs of nodes: 4 lost, longest gap 2.3 s (s1 → a2).',
    );
  });
});

test.each([
  [0, 'file', '0 files'],
  [1, 'file', '1 file'],
  [2, 'batch', '2 batches'],
  [2, 'probe address', '2 probe addresses'],
])('%i %s reads %s', (count, noun, text) => {
  expect(plural(count, noun)).toBe(text);
});
