import { describe, expect, test } from 'vitest';
import { EXIT, ReweaveError } from '../../src/model/problem.ts';
import { summaryOf, withSignal } from '../../src/cli/faults.ts';
import { COMMON, DEFAULTS, type RawFlags, variableOf } from '../../src/cli/flags.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { wantsJson } from '../../src/cli/json-wish.ts';
import * as parse from '../../src/cli/parse.ts';
import { recoveringCommand, withHosts } from '../../src/cli/recover.ts';
import { stateDirOf } from '../../src/cli/state-dir.ts';
import { PromptInterrupted } from '../../src/cli/terminal.ts';

describe('durations', () => {
  test.each([
    ['20s', 20],
    ['5m', 300],
    ['1m30s', 90],
    ['1h', 3600],
    ['500ms', 0.5],
    ['45', 45],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parse.duration(text)).toBe(seconds);
  });

  test.each(['', 's', '5 m', '-5s', '5d', '1.5m', 'm5'])('%j is none', (text) => {
    expect(() => parse.duration(text)).toThrow('Durations look like');
  });
});

describe('batches', () => {
  test('are sizes and percentages', () => {
    expect(parse.batchSizes('1, 10%,100%')).toEqual(['1', '10%', '100%']);
  });

  test.each(['0', '0%', '101%', '1,', '', 'x', '1.5', '-1'])('%j is none', (text) => {
    expect(() => parse.batchSizes(text)).toThrow();
  });
});

test.each(['5x', '', '-1', '1e3', ' '])('%j is no whole number', (text) => {
  expect(() => parse.count(text)).toThrow('whole number');
});

describe('flags', () => {
  test('have a variable each, and no two the same', () => {
    const names = [...new Set(COMMANDS.flatMap(({ flags }) => flags))].map(variableOf);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('REWEAVE_BECOME_PASSWORD_FILE');
    for (const name of names) expect(name).toMatch(/^REWEAVE_[A-Z_]+$/);
  });

  test('have a default each', () => {
    expect(DEFAULTS).toMatchObject({ inventory: [], become: false, color: true, input: true });
    for (const { key } of COMMON) expect(key in DEFAULTS).toBe(true);
  });
});

describe('JSON is wanted', () => {
  test.each([
    [['-o', 'json'], {}],
    [['-ojson'], {}],
    [['--output=json'], {}],
    [['plan', '--output', 'json', '--zork'], {}],
    [[], { REWEAVE_OUTPUT: 'json' }],
    [['-o', 'plain', '-o', 'json'], {}],
  ])('by %j and %j', (argv, env) => {
    expect(wantsJson(argv, env as Record<string, string>)).toBe(true);
  });

  test.each([
    [[], {}],
    [['-o', 'plain'], { REWEAVE_OUTPUT: 'json' }],
    [['--', '-o', 'json'], {}],
    [['-o'], {}],
  ])('not by %j and %j', (argv, env) => {
    expect(wantsJson(argv, env as Record<string, string>)).toBe(false);
  });
});

describe('what was thrown', () => {
  const problem = (exit: 3 | 7 | 12) => ({ code: 'a.b', exit, summary: 's' }) as const;

  test('exits by the precedence of its problems', () => {
    const fault = new ReweaveError([problem(3), problem(12), problem(7)]);
    expect(summaryOf(fault, undefined, 0)).toMatchObject({ exit: 7, outcome: 'failed' });
  });

  test('is a bug otherwise, with the stack only from -vvv on', () => {
    const fault = new TypeError('x is not a function');
    expect(summaryOf(fault, undefined, 2)).toMatchObject({ exit: 1, outcome: 'bug' });
    expect(summaryOf(fault, undefined, 2).problems[0]).toMatchObject({
      summary: 'this is a bug: x is not a function',
    });
    expect(summaryOf(fault, undefined, 2).problems[0]).not.toHaveProperty('detail');
    expect(summaryOf(fault, undefined, 3).problems[0]?.detail).toContain('parse.test.ts');
    expect(summaryOf('a string', undefined, 0).problems[0]?.summary).toContain('a string');
  });

  test('is an interruption when a prompt was left or a signal came', () => {
    const abort = Object.assign(new Error('aborted'), { name: 'AbortError' });
    expect(summaryOf(new PromptInterrupted(), undefined, 0).exit).toBe(EXIT.interrupted);
    expect(summaryOf(abort, EXIT.terminated, 0)).toMatchObject({
      exit: 143,
      outcome: 'interrupted',
    });
    expect(summaryOf(abort, undefined, 0).exit).toBe(EXIT.bug);
  });

  test('does not hide a bug behind a signal', () => {
    expect(summaryOf(new Error('real'), EXIT.interrupted, 0).exit).toBe(EXIT.bug);
  });
});

test('a run that had ended before the signal keeps its own exit code', () => {
  const done = { exit: 0, outcome: 'all-new', problems: [] };
  expect(withSignal(done, EXIT.interrupted)).toEqual(done);
  expect(withSignal({ ...done, exit: 130 }, EXIT.terminated).exit).toBe(143);
});

describe('the recovering command', () => {
  const raw: RawFlags = {
    ...DEFAULTS,
    inventory: ['my hosts.ini', 'b'],
    limit: "it's",
    become: true,
    askBecomePass: true,
  };

  test('names the run and the same hosts, quoted for a shell', () => {
    expect(recoveringCommand('r-1', raw)).toBe(
      "reweave resume r-1 -i 'my hosts.ini' -i b --limit 'it'\\''s' -b -K",
    );
  });

  test('completes commands that need hosts, and only those', () => {
    const one = { ...DEFAULTS, inventory: ['h.ini'] };
    expect(withHosts('reweave rollback r-1', one)).toBe('reweave rollback r-1 -i h.ini');
    expect(withHosts('reweave resume -i other', one)).toBe('reweave resume -i other');
    expect(withHosts('reweave playbook list', one)).toBe('reweave playbook list');
    expect(withHosts(undefined, one)).toBeUndefined();
  });
});

describe('the state folder', () => {
  test.each([
    ['x', {}, '/work/x'],
    [undefined, { XDG_STATE_HOME: '/s', HOME: '/h' }, '/s/reweave'],
    [undefined, { XDG_STATE_HOME: 'relative', HOME: '/h' }, '/h/.local/state/reweave'],
    [undefined, { HOME: '/h' }, '/h/.local/state/reweave'],
  ])('for %j and %j is %s', (flag, env, dir) => {
    expect(stateDirOf(flag, env as Record<string, string>, '/work')).toBe(dir);
  });
});
