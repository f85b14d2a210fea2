import { spawn, spawnSync } from 'node:child_process';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtProgram, ended, jsonLines, said } from './program.ts';

const { start, file, env, home } = builtProgram('terminal');

// A host that takes the connection and never says a word: a run waits there until it is stopped.
let silent: Server;
const taken: Socket[] = [];
let host = '';
beforeAll(async () => {
  silent = createServer((socket) => {
    taken.push(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(silent.address() as AddressInfo).port},`;
});
afterAll(() => {
  for (const socket of taken) socket.destroy();
  silent.close();
});

function connected(): Promise<void> {
  return new Promise((resolve) => silent.once('connection', () => resolve()));
}

describe('signals', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s twice leaves at once with %i, and JSON still ends in a summary',
    async (signal, exit) => {
      const reached = connected();
      const child = start(['facts', '-i', host, '-T', '60', '-o', 'json']);
      const done = ended(child);
      await reached;
      const first = said(child, /finishing the step under way/);
      child.kill(signal);
      await first;
      child.kill(signal);
      const { code, stdout } = await done;
      expect(code).toBe(exit);
      expect(jsonLines(stdout).at(-1)).toMatchObject({ type: 'summary', data: { exit } });
    },
  );
});

const script = spawnSync('script', ['--version']).status === 0;

/** Runs the program on a pseudo-terminal made by script(1); typed text goes to its keyboard. */
function onTerminal(
  args: readonly string[],
): ReturnType<typeof spawn> & { stdin: NodeJS.WritableStream } {
  const command = [process.execPath, file(), ...args].map((word) => `'${word}'`).join(' ');
  return spawn('script', ['-qec', command, '/dev/null'], {
    cwd: home(),
    env: env({ TERM: 'xterm', SHELL: '/bin/sh' }),
  });
}

describe.runIf(script)('on a terminal (needs script(1))', () => {
  test('a password is asked for without echo', async () => {
    const reached = connected();
    const child = onTerminal(['facts', '-i', host, '-K', '-T', '1']) as never as ReturnType<
      typeof start
    >;
    const done = ended(child);
    await said(child, /BECOME password: /);
    child.stdin.write('correct horse\r');
    await reached;
    const { code, stdout } = await done;
    expect(stdout).toContain('BECOME password: ');
    expect(stdout).not.toContain('horse');
    expect(code).toBe(4);
  });

  test('Ctrl-C at the question interrupts: exit 130', async () => {
    const child = onTerminal(['facts', '-i', host, '-k']) as never as ReturnType<typeof start>;
    const done = ended(child);
    await said(child, /SSH password: /);
    child.stdin.write('\u0003');
    expect((await done).code).toBe(130);
  });
});
