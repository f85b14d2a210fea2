import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthContext } from 'ssh2';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
import type { Session } from '../../src/model/session.ts';
import { checkHostKey } from '../../src/ssh/host-key.ts';
import { connect } from '../../src/ssh/connect.ts';
import { problemOf } from './problem-of.ts';
import { type BreakableOptions, type BreakableServer, startServer } from './server.ts';
import { hostAt, script } from './sshd.ts';

let server: BreakableServer;
let session: Session;
const dir = mkdtempSync(join(tmpdir(), 'reweave-lost-'));
const PASSWORD = new Secret('pw');

async function start(options: BreakableOptions = {}, more = {}): Promise<void> {
  server = await startServer({ auth: passwordOnly, ...options });
  session = await connect({ ...server.host, password: PASSWORD, ...more });
}

function passwordOnly(context: AuthContext): void {
  if (context.method === 'password' && context.password === PASSWORD.reveal()) context.accept();
  else context.reject(['password']);
}

afterAll(() => rmSync(dir, { recursive: true }));
afterEach(async () => {
  await session.close();
  await server.stop();
});

describe('a connection that is lost', () => {
  beforeEach(() => start());

  it('in the middle of a script leaves it unknown, and says so once', async () => {
    const mark = join(dir, 'started');
    const answer = session.exec(script(`: >${mark}; sleep 30`));
    await vi.waitFor(() => expect(existsSync(mark)).toBe(true), 5000);
    for (const socket of server.sockets) socket.destroy();
    expect(await answer).toMatchObject({ t: 'unknown' });
    expect(await session.lost).toMatch(/./);
    rmSync(mark);
  });

  it('in the middle of output leaves it unknown', async () => {
    const answer = session.exec(script('echo part; sleep 30'));
    await new Promise((resolve) =>
      server.channels[0]?.once('drain', resolve).stdin.once('data', resolve),
    );
    for (const socket of server.sockets) socket.destroy();
    expect(await answer).toMatchObject({
      t: 'unknown',
      reason: expect.stringContaining('after sending'),
    });
  });

  it('makes every later script not sent, those in the queue too', async () => {
    const first = session.exec(script('sleep 30'));
    const queued = session.exec(script('echo never'));
    await new Promise((resolve) => server.channels[0]?.stdin.once('data', resolve));
    for (const socket of server.sockets) socket.destroy();
    expect(await first).toMatchObject({ t: 'unknown' });
    expect(await queued).toMatchObject({ t: 'not_sent' });
    expect(await session.exec(script('echo never'))).toMatchObject({ t: 'not_sent' });
    expect((await problemOf(session.stream(script('true')))).exit).toBe(4);
  });

  it('with the shell alone (killed on the host) is lost as well', async () => {
    const answer = session.exec(script('sleep 30'));
    await new Promise((resolve) => server.channels[0]?.stdin.once('data', resolve));
    server.children[0]?.kill('SIGKILL');
    expect(await answer).toMatchObject({ t: 'unknown' });
    expect(await session.lost).toMatch(/./);
  });

  it('while nothing runs is told by `lost`', async () => {
    for (const socket of server.sockets) socket.end();
    expect(await session.lost).toMatch(/./);
    expect(await session.exec(script('true'))).toMatchObject({ t: 'not_sent' });
  });

  it('by our own close is no loss', async () => {
    let lost = false;
    void session.lost.then(() => {
      lost = true;
    });
    await session.close();
    await session.close();
    expect(await session.exec(script('true'))).toEqual({
      t: 'not_sent',
      reason: 'the session is closed',
    });
    expect(lost).toBe(false);
  });
});

describe('a connection that falls silent', () => {
  it('is lost after three keepalives without an answer', async () => {
    await start();
    const answer = session.exec(script('sleep 60', { limit: 60 }));
    await new Promise((resolve) => server.channels[0]?.stdin.once('data', resolve));
    const before = Date.now();
    for (const socket of server.sockets) socket.pause();
    expect(await answer).toMatchObject({ t: 'unknown' });
    expect(await session.lost).toMatch(/keepalive/i);
    expect(Date.now() - before).toBeLessThan(25_000);
  }, 40_000);
});

describe('a login that talks first', () => {
  it('does not disturb the framing', async () => {
    await start({ banner: 'Welcome\r\n\0\x1b[2Jbash: warning: setlocale\n' });
    const answer = await session.exec(script('echo clean'));
    expect(answer).toMatchObject({ value: { stdout: 'clean\n', stderr: '' } });
  });
});

describe('a password', () => {
  it('is typed to a server that only asks interactively', async () => {
    await start({
      auth: (context) => {
        if (context.method !== 'keyboard-interactive')
          return context.reject(['keyboard-interactive']);
        context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
          if (answers[0] === PASSWORD.reveal()) context.accept();
          else context.reject(['keyboard-interactive']);
        });
      },
    });
    expect(await session.exec(script('echo in'))).toMatchObject({ t: 'done' });
  });

  it('is tried once, even where two ways are open', async () => {
    await start();
    const tries: string[] = [];
    const other = await startServer({
      auth: (context) => {
        if (context.method !== 'none') tries.push(context.method);
        context.reject(['password', 'keyboard-interactive']);
      },
    });
    const problem = await problemOf(connect({ ...other.host, password: new Secret('wrong') }));
    expect(problem).toMatchObject({ code: 'ssh.auth', exit: 12 });
    expect(tries).toEqual(['password']);
    expect(JSON.stringify(problem)).not.toContain('"wrong"');
    await other.stop();
  });

  it('is not shown to a server whose host key is not known', async () => {
    await start();
    const seen: string[] = [];
    const other = await startServer({ auth: (context) => void seen.push(context.method) });
    const host = { ...other.host, knownHosts: [], password: PASSWORD };
    expect((await problemOf(connect(host))).code).toBe('ssh.host_key_unknown');
    expect(seen).toEqual([]);
    await other.stop();
  });
});

describe('the host key check', () => {
  beforeEach(() => start());
  it('gives ssh2 no promise, which ssh2 would take for a yes', () => {
    const check = checkHostKey(hostAt(22), []);
    expect(check.verifier(Buffer.from('x'), () => undefined)).toBeUndefined();
  });
  it('refuses another key at a rekey after one was accepted', async () => {
    const key = (text: string) =>
      Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from(`ssh-ed25519${text}`)]);
    const entry = {
      marker: undefined,
      names: ['127.0.0.1'],
      type: 'ssh-ed25519',
      file: 'f',
      line: 1,
    };
    const check = checkHostKey(hostAt(22), [{ ...entry, key: key('a') }]);
    const ask = (k: Buffer) => new Promise((resolve) => check.verifier(k, resolve));
    expect(await ask(key('a'))).toBe(true);
    expect(await ask(key('b'))).toBe(false);
    expect(await ask(key('a'))).toBe(true);
  });
});
