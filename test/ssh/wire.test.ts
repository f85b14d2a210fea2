import { spawn, spawnSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { frameReader } from '../../src/ssh/frame.ts';
import { commandText, helloText, parseHello, type Remote } from '../../src/ssh/wire.ts';
import { script } from './sshd.ts';

const M = '0123456789abcdef';
const SHELLS = [
  ['dash'],
  ['bash', '--posix'],
  ['busybox', 'ash'],
  ['ksh'],
  ['mksh'],
  ['yash', '-o', 'posix'],
].filter(([name = '', ...args]) => spawnSync(name, [...args, '-c', ':']).status === 0);

/** Gives a shell its text on stdin, as sshd does, and returns what stood in the frames. */
async function talk(argv: readonly string[], text: string) {
  const [name = '', ...args] = argv;
  const shell = spawn(name, args, { stdio: 'pipe' });
  const [out, err] = [frameReader(M), frameReader(M)];
  const said: { stdout?: string; stderr?: string; code?: string } = {};
  shell.stdout.on('data', (chunk: Buffer) => {
    const frame = out.push(chunk);
    if (frame) Object.assign(said, { stdout: frame.bytes.toString(), code: frame.tail });
  });
  shell.stderr.on('data', (chunk: Buffer) => {
    const frame = err.push(chunk);
    if (frame) said.stderr = frame.bytes.toString();
  });
  shell.stdin.end(text);
  await vi.waitFor(() => expect(Object.keys(said)).toHaveLength(3), { timeout: 10_000 });
  return said;
}

/** The text with this shell in the place of /bin/sh. */
const by = (argv: readonly string[], text: string) => text.replaceAll('/bin/sh', argv.join(' '));
const REMOTES: Remote[] = [
  { uid: 0, timeout: true, setsid: true },
  { uid: 0, timeout: false, setsid: true },
  { uid: 0, timeout: false, setsid: false },
];
const CASES = SHELLS.flatMap((argv) => REMOTES.map((remote) => ({ argv, remote, name: argv[0] })));

describe.each(CASES)('what is sent to $name ($remote)', ({ argv, remote }) => {
  const run = (text: string, more = {}) =>
    talk(argv, by(argv, commandText(script(text, more), M, remote)));

  it('gives code and both outputs', async () => {
    expect(await run('printf out; printf err >&2; cat; exit 7', { stdin: "it's\n\0" })).toEqual({
      stdout: "outit's\n\0",
      stderr: 'err',
      code: '7',
    });
  });
  it('keeps the limit', async () => {
    // Some shells say 'Terminated' on stderr then.
    expect(await run('echo a; sleep 20', { limit: 1 })).toMatchObject({
      stdout: 'a\n',
      code: '124',
    });
  });
  it('tells an unfinished script from a good one', async () => {
    const { code } = await run('if true; then');
    expect(Number(code)).toBeGreaterThan(0);
  });
  it('runs nothing when it is cut off anywhere', () => {
    const whole = by(argv, commandText(script('echo ran >&2; echo ran'), M, remote));
    const end = whole.indexOf('3<&0\n');
    for (let cut = 1; cut < end; cut += 13) {
      const shell = spawnSync(argv[0] ?? '', argv.slice(1), { input: whole.slice(0, cut) });
      // Until its quotes are closed the script is a word; then it may be printed, and never run.
      expect(shell.stderr.toString().split('\n')).not.toContain('ran');
    }
  }, 60_000);
});

it.each(SHELLS)('%s answers the hello', async (...argv) => {
  const { stdout, code } = await talk(argv, helloText(M));
  expect(code).toBe('0');
  const uid = process.getuid?.();
  expect(parseHello(stdout ?? '')).toMatchObject({ uid, timeout: true, setsid: true });
});
