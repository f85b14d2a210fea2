import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { builtProgram, ended, jsonLines } from './program.ts';

const { run, start, home } = builtProgram('usage');
const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

describe('help and version', () => {
  test('the version is the package’s, on stdout', () => {
    expect(run(['--version'])).toEqual({ code: 0, stdout: `reweave ${version}\n`, stderr: '' });
  });

  test('help names every command and has examples', () => {
    const { code, stdout } = run(['--help']);
    expect(code).toBe(0);
    for (const { name } of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(stdout).toContain('Examples:');
  });

  test.each(COMMANDS.map(({ name }) => name))('%s has its own help with an example', (name) => {
    const { code, stdout } = run([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: reweave ${name}`);
    expect(stdout).toContain(`  reweave ${name}`);
  });

  test('without a command help goes to stderr, and it is a usage error', () => {
    const { code, stdout, stderr } = run([]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('Usage: reweave');
    expect(stderr).toContain('error: a command is needed');
  });
});

describe('a usage error exits 3 and says what to type instead', () => {
  test.each([
    [['aply'], "unknown command 'aply'", 'did you mean apply?'],
    [['plan', '--inventroy', 'x'], "unknown option '--inventroy'", 'did you mean --inventory?'],
    [['plan'], 'plan needs a playbook or --to BACKEND', 'reweave playbook list'],
    [['plan', '--to', 'wiregard'], "'wiregard' is invalid", 'wireguard-native'],
    [['plan', '--to', 'vxlan', '--limit', ''], "--limit <pattern>' argument ''", 'empty'],
    [['plan', '--to', 'vxlan', '-l', '  '], 'limit', 'empty'],
    [['plan', '--to', 'vxlan', '--lease', '0s'], 'lease', 'longer than 0 s'],
    [['plan', '--to', 'vxlan', '--lease', 'soon'], 'lease', '20s, 5m'],
    [['plan', '--to', 'vxlan', '--batch', '1,150%'], 'batch', "'150%'"],
    [['plan', '--to', 'vxlan', '--forks', '0'], 'forks', 'At least 1'],
    [['plan', '--to', 'vxlan', '--max-loss', '-1'], 'max-loss', 'whole number'],
    [['plan', '--to', 'vxlan', '--rollback', 'maybe'], 'rollback', 'auto, ask, never'],
    [['plan', 'a', 'b'], 'too many arguments', 'reweave plan --help'],
    [['forget'], "missing required argument 'run'", 'reweave forget --help'],
    [['lock', 'steal'], 'lock cannot steal', 'status or release'],
    [['playbook', 'show'], 'playbook show needs a name', 'reweave playbook list'],
    [['inventory', '-i', 'a,'], 'one of --list and --graph', ''],
    [['inventory', '--list', '--graph', '-i', 'a,'], 'one of --list and --graph', ''],
  ])('reweave %j', (args, summary, help) => {
    const { code, stdout, stderr } = run(args);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(summary);
    expect(stderr).toContain(help);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test('an inventory that is not there is an error', () => {
    const { code, stderr } = run(['plan', '--to', 'vxlan', '-i', 'no-such-file.ini']);
    expect(code).toBe(3);
    expect(stderr).toContain('no-such-file.ini');
  });
});

describe('the environment', () => {
  test('answers for an option that was not typed, and a typed one wins', () => {
    const env = { REWEAVE_OUTPUT: 'json' };
    expect(run(['playbook', 'list'], env).stdout).toMatch(/^\{/);
    expect(run(['playbook', 'list', '-o', 'plain'], env).stdout).not.toMatch(/^\{/);
  });

  test('an empty REWEAVE_LIMIT is an error, never all hosts', () => {
    const { code, stderr } = run(['plan', '--to', 'vxlan', '-i', 'h,'], { REWEAVE_LIMIT: '' });
    expect(code).toBe(3);
    expect(stderr).toContain('REWEAVE_LIMIT');
  });

  test('REWEAVE_YES=0 does not say yes', () => {
    const { code, stderr } = run(['apply', '--to', 'vxlan', '-i', 'h,'], { REWEAVE_YES: '0' });
    expect(code).toBe(3);
    expect(stderr).toContain('no terminal');
  });

  test('a switch that is neither yes nor no is an error', () => {
    const { code, stderr } = run(['apply', '--to', 'vxlan', '-i', 'h,'], {
      REWEAVE_YES: 'perhaps',
    });
    expect(code).toBe(3);
    expect(stderr).toContain("REWEAVE_YES='perhaps' is invalid");
  });
});

describe('without a terminal', () => {
  test('nothing asks: apply fails at once and names --yes', () => {
    const { code, stdout, stderr } = run(['apply', '--to', 'vxlan', '-i', '192.0.2.1,']);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('--yes');
    expect(stderr).toContain('--check');
  });

  test.each([
    ['--ask-become-pass', '--become-password-file'],
    ['--ask-pass', '--private-key'],
  ])('%s fails and names %s', (flag, other) => {
    const { code, stderr } = run(['facts', '-i', '192.0.2.1,', flag]);
    expect(code).toBe(3);
    expect(stderr).toContain(other);
  });

  test('a password file that is missing or empty is an error', () => {
    const facts = ['facts', '-i', '192.0.2.1,', '--become-password-file'];
    expect(run([...facts, 'nowhere']).stderr).toContain('nowhere cannot be read');
    writeFileSync(join(home(), 'empty'), '\n');
    expect(run([...facts, 'empty']).stderr).toContain('empty is empty');
  });

  test('colours and escape sequences stay out', () => {
    const { stdout, stderr } = run(['plan', '--to', 'vxlan', '-i', 'no-such-file.ini']);
    expect(stdout + stderr).not.toContain('\u001b');
  });
});

describe('JSON lines end in a summary', () => {
  test.each([
    [['plan', '--zork', '-o', 'json']],
    [['plan', '--output=json']],
    [['-o', 'json']],
    [['plan', '--to', 'vxlan', '-i', 'no-such-file.ini', '-ojson']],
    [['apply', '--to', 'vxlan', '-i', '192.0.2.1,', '--output', 'json']],
  ])('on the fatal error of %j', (args) => {
    const { code, stdout } = run(args);
    const lines = jsonLines(stdout);
    expect(code).toBe(3);
    expect(lines.at(-1)).toMatchObject({ v: 1, type: 'summary', level: 'error' });
    expect(lines.at(-1)?.['data']).toMatchObject({ exit: 3 });
    expect(lines.filter(({ type }) => type === 'summary')).toHaveLength(1);
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, at) => at + 1));
  });

  test('on success, with the result before it', () => {
    const { code, stdout } = run(['playbook', 'list', '-o', 'json']);
    const lines = jsonLines(stdout);
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ type: 'summary', data: { exit: 0 } });
    expect(JSON.stringify(lines.slice(0, -1))).toContain('wireguard-native');
  });
});

describe('odd surroundings', () => {
  test('a reader that goes away (EPIPE) neither crashes nor changes the exit code', async () => {
    const child = start(['playbook', 'show', 'wireguard-native']);
    child.stdout.destroy();
    const { code, stderr } = await ended(child);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('no HOME and no TERM are survived', () => {
    const { code, stderr } = run(['playbook', 'list'], { HOME: '' });
    expect([code, stderr]).toEqual([0, '']);
  });

  test('a bug exits 1, without a stack unless -vvv asks for it', () => {
    // A state folder that cannot be one makes an error that no rule foresaw.
    const state = join(home(), 'state');
    mkdirSync(join(state, 'runs', 'broken'), { recursive: true });
    writeFileSync(join(state, 'runs', 'broken', 'plan.json'), '{');
    const { code, stderr } = run(['status', '--state-dir', state]);
    if (code === 1) {
      expect(stderr).toContain('this is a bug');
      expect(stderr).not.toMatch(/\n {4,}at /);
      expect(run(['status', '--state-dir', state, '-vvv']).stderr).toMatch(/\n +at /);
    } else expect(stderr).toMatch(/^error: /);
  });
});
