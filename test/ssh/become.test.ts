import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Become } from '../../src/model/host.ts';
import { Secret } from '../../src/model/secret.ts';
import { connect } from '../../src/ssh/connect.ts';
import { fakeSudo, setSudo, triesAt } from './fake-sudo.ts';
import { problemOf } from './problem-of.ts';
import { noSshd, script, type Sshd, startSshd } from './sshd.ts';
import { pathWith } from './tools.ts';

const RIGHT = new Secret("it's right");
const WRONG = new Secret('mistyped');

describe.skipIf(noSshd)('becoming root', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ path: (dir) => pathWith(dir, { sudo: fakeSudo(dir) }) });
  });
  afterAll(() => sshd.stop());

  const login = (password?: Secret, method: Become['method'] = 'sudo') =>
    connect({
      ...sshd.host,
      become: { method, user: 'root', ...(password ? { password } : {}) },
    });
  const works = async (password?: Secret) => {
    const session = await login(password);
    const answer = await session.exec(script('cat', { stdin: 'as root' }));
    expect(answer).toMatchObject({ t: 'done', value: { code: 0, stdout: 'as root' } });
    const stream = await session.stream(script('read -r line; echo "got $line"'));
    stream.write('hello');
    const lines: string[] = [];
    for await (const line of stream.lines) lines.push(line);
    expect(lines).toEqual(['got hello']);
    await stream.close();
    await session.close();
  };

  it('works without a password where sudo wants none', async () => {
    setSudo(sshd.dir, 'free');
    await works();
    expect(readFileSync(join(sshd.dir, 'sudo-args'), 'utf8')).toContain('-n -u root /bin/sh -c :');
  });

  it('works with a password that turns out not to be needed', async () => {
    setSudo(sshd.dir, 'free');
    await works(WRONG);
    expect(triesAt(sshd.dir)).toBe(0);
  });

  it('works with the right password, once for each channel', async () => {
    setSudo(sshd.dir, 'password', RIGHT.reveal());
    await works(RIGHT);
    expect(triesAt(sshd.dir)).toBe(2);
  });

  it('keeps the password out of every command line', async () => {
    setSudo(sshd.dir, 'password', RIGHT.reveal());
    await works(RIGHT);
    expect(readFileSync(join(sshd.dir, 'sudo-args'), 'utf8')).not.toContain('right');
  });

  it.each(['password', 'once'] as const)(
    'tries a wrong password exactly once (%s)',
    async (mode) => {
      setSudo(sshd.dir, mode, RIGHT.reveal());
      const problem = await problemOf(login(WRONG));
      expect(problem).toMatchObject({ code: 'ssh.sudo_password', exit: 12, host: 'node1' });
      expect(problem.hint).toContain('-K');
      expect(triesAt(sshd.dir)).toBe(1);
      expect(JSON.stringify(problem)).not.toContain(WRONG.reveal());
    },
  );

  it('names -K when a password is needed and none was given', async () => {
    setSudo(sshd.dir, 'password', RIGHT.reveal());
    const problem = await problemOf(login());
    expect(problem).toMatchObject({ code: 'ssh.sudo_password_needed', exit: 12 });
    expect(problem.hint).toContain('-K');
    expect(triesAt(sshd.dir)).toBe(0);
  });

  it.each([undefined, RIGHT])('says that the user is not in sudoers', async (password) => {
    setSudo(sshd.dir, 'denied');
    const problem = await problemOf(login(password));
    expect(problem).toMatchObject({ code: 'ssh.sudo_denied', exit: 12 });
    expect(problem.detail).toContain('is not in the sudoers file');
  });

  it.each([undefined, RIGHT])('says that sudo wants a terminal', async (password) => {
    setSudo(sshd.dir, 'tty');
    const problem = await problemOf(login(password));
    expect(problem).toMatchObject({ code: 'ssh.sudo_tty', exit: 12 });
    expect(problem.hint).toContain('!requiretty');
  });

  it('says that the means is not installed', async () => {
    const problem = await problemOf(login(undefined, 'doas'));
    expect(problem).toMatchObject({ code: 'ssh.sudo_missing', exit: 12 });
    expect(problem.summary).toContain('doas');
  });
});

describe.skipIf(noSshd)('a host without sudo', () => {
  it.each([undefined, RIGHT])('is told, with and without a password', async (password) => {
    const sshd = await startSshd({
      path: (dir) => pathWith(dir, { sudo: 'echo "sh: 1: sudo: not found" >&2; exit 127' }),
    });
    const become = { method: 'sudo', user: 'root', ...(password ? { password } : {}) } as const;
    const problem = await problemOf(connect({ ...sshd.host, become }));
    expect(problem).toMatchObject({ code: 'ssh.sudo_missing', exit: 12 });
    await sshd.stop();
  });
});
