import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../src/model/host.ts';
import { connect } from '../../src/ssh/connect.ts';
import { closeAll, connectAll } from '../../src/ssh/connect-all.ts';
import { problemOf } from './problem-of.ts';
import { freePort, hostAt, newKey, noSshd, script, type Sshd, startSshd } from './sshd.ts';

/** What a script says after a login, or a word on why it did not. */
async function sayOk(host: Host, options = {}): Promise<string> {
  const session = await connect(host, options);
  const answer = await session.exec(script('echo ok'));
  await session.close();
  return answer.t === 'done' ? answer.value.stdout : answer.t;
}

describe.skipIf(noSshd)('a login at a real sshd', () => {
  let sshd: Sshd;
  const at = (name: string) => join(sshd.dir, name);
  beforeAll(async () => {
    sshd = await startSshd({ config: [] });
    newKey(at('other'));
    newKey(at('locked'), 'ed25519', 'a passphrase');
    writeFileSync(at('empty'), '');
  });
  afterAll(() => sshd.stop());

  it('works with the right key and the known host key', async () =>
    expect(await sayOk(sshd.host)).toBe('ok\n'));

  it.each(['rsa', 'ecdsa'])('works with a key of type %s', async (type) => {
    newKey(at(type), type);
    appendFileSync(at('authorized'), readFileSync(at(`${type}.pub`)));
    expect(await sayOk({ ...sshd.host, keyFiles: [at(type)] })).toBe('ok\n');
  });

  it('tries the next key when the first is refused', async () =>
    expect(await sayOk({ ...sshd.host, keyFiles: [at('other'), at('missing'), at('user')] })).toBe(
      'ok\n',
    ));

  it('says which key was refused and what the server takes', async () => {
    const problem = await problemOf(connect({ ...sshd.host, keyFiles: [at('other')] }));
    expect(problem).toMatchObject({ code: 'ssh.auth', exit: 12, host: 'node1' });
    expect(problem.detail).toContain(`refused: ${at('other')}`);
    expect(problem.detail).toContain('the server takes: publickey');
    expect(problem.next).toBe(`ssh -p ${sshd.port} -i ${at('other')} ${sshd.host.user}@127.0.0.1`);
  });

  it('says that a key is encrypted, and how to use it', async () => {
    const problem = await problemOf(connect({ ...sshd.host, keyFiles: [at('locked')] }));
    expect(problem).toMatchObject({ code: 'ssh.auth', exit: 12 });
    expect(problem.detail).toContain(`${at('locked')} is encrypted`);
    expect(problem.hint).toContain(`ssh-add ${at('locked')}`);
  });

  it('says that a key file does not exist', async () => {
    const problem = await problemOf(connect({ ...sshd.host, keyFiles: [at('missing')] }));
    expect(problem.detail).toContain(`${at('missing')} does not exist`);
  });

  it('says that there was nothing to log in with', async () => {
    const problem = await problemOf(connect({ ...sshd.host, keyFiles: [] }));
    expect(problem.detail).toContain('nothing could be tried');
    expect(problem.hint).toContain('--private-key');
  });

  it('does not let a wrong user in', async () => {
    const problem = await problemOf(connect({ ...sshd.host, user: 'nobody-of-that-name' }));
    expect(problem).toMatchObject({ code: 'ssh.auth', exit: 12 });
  });

  describe('with an agent', () => {
    let agent: ChildProcess;
    const socket = () => at('agent.sock');
    beforeAll(async () => {
      agent = spawn('ssh-agent', ['-D', '-a', socket()], { stdio: ['ignore', 'pipe', 'inherit'] });
      if (agent.stdout) await once(agent.stdout, 'data');
      const add = spawn('ssh-add', ['-q', at('user')], {
        env: { ...process.env, SSH_AUTH_SOCK: socket() },
      });
      await once(add, 'exit');
    });
    afterAll(() => void agent.kill());

    it('works without a key file', async () =>
      expect(await sayOk({ ...sshd.host, keyFiles: [] }, { agentSocket: socket() })).toBe('ok\n'));
    it('works beside an encrypted key', async () =>
      expect(await sayOk({ ...sshd.host, keyFiles: [at('locked')], agentSocket: socket() })).toBe(
        'ok\n',
      ));
    it('tells when the agent does not answer', async () => {
      const host = { ...sshd.host, keyFiles: [], agentSocket: at('no-such.sock') };
      const problem = await problemOf(connect(host));
      expect(problem).toMatchObject({ code: 'ssh.auth' });
      expect(problem.detail).toMatch(/agent/);
    });
  });

  it('refuses a host key that is not known, and gives the command that adds it', async () => {
    const problem = await problemOf(connect({ ...sshd.host, knownHosts: [at('empty')] }));
    expect(problem).toMatchObject({ code: 'ssh.host_key_unknown', exit: 12 });
    expect(problem.detail).toMatch(/ssh-ed25519 SHA256:/);
    expect(problem.next).toBe(`ssh-keyscan -p ${sshd.port} 127.0.0.1 >> ${at('empty')}`);
  });

  it('refuses a host key when no file names any', async () => {
    const problem = await problemOf(connect({ ...sshd.host, knownHosts: [] }));
    expect(problem.code).toBe('ssh.host_key_unknown');
  });

  it('refuses a changed host key, names the line, and gives the command that forgets it', async () => {
    const [type, key] = readFileSync(at('other.pub'), 'utf8').split(' ');
    writeFileSync(at('changed'), `# old\n[127.0.0.1]:${sshd.port} ${type} ${key}\n`);
    for (const hostKeyChecking of ['strict', 'accept-new'] as const) {
      const host = { ...sshd.host, knownHosts: [at('changed')], hostKeyChecking };
      const problem = await problemOf(connect(host));
      expect(problem).toMatchObject({ code: 'ssh.host_key_changed', exit: 12 });
      expect(problem.detail).toContain(`${at('changed')}:2`);
      expect(problem.next).toBe(`ssh-keygen -f ${at('changed')} -R '[127.0.0.1]:${sshd.port}'`);
    }
  });

  it('refuses a revoked host key', async () => {
    const line = readFileSync(sshd.known, 'utf8');
    writeFileSync(at('revoked'), `${line}@revoked ${line}`);
    const problem = await problemOf(connect({ ...sshd.host, knownHosts: [at('revoked')] }));
    expect(problem).toMatchObject({ code: 'ssh.host_key_revoked', exit: 12 });
  });

  it('keeps a new host key with accept-new, once, and is strict afterwards', async () => {
    const file = at('new/known_hosts');
    const host: Host = { ...sshd.host, knownHosts: [file], hostKeyChecking: 'accept-new' };
    expect(await sayOk(host)).toBe('ok\n');
    expect(await sayOk(host)).toBe('ok\n');
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1);
    expect(await sayOk({ ...host, hostKeyChecking: 'strict' })).toBe('ok\n');
  });

  it('refuses with accept-new when the key cannot be kept', async () => {
    const host: Host = {
      ...sshd.host,
      knownHosts: [join(at('empty'), 'x')],
      hostKeyChecking: 'accept-new',
    };
    expect(await problemOf(connect(host))).toMatchObject({ exit: 12 });
  });

  it('survives rekeying with a large output', async () => {
    const session = await connect(sshd.host);
    const answer = await session.exec(script('head -c 40000000 /dev/zero'));
    await session.close();
    expect(answer).toMatchObject({ t: 'done', value: { code: 0, truncated: true } });
  });
});

describe.skipIf(noSshd)('a server that rekeys early', () => {
  it('is asked for its host key again and stays trusted', async () => {
    const sshd = await startSshd({ config: ['RekeyLimit 1M'] });
    const session = await connect(sshd.host);
    const answer = await session.exec(script('head -c 5000000 /dev/zero | tr "\\0" x'));
    expect(answer).toMatchObject({ t: 'done', value: { code: 0, truncated: false } });
    expect(answer.t === 'done' && answer.value.stdout.length).toBe(5_000_000);
    await session.close();
    await sshd.stop();
  });
});

describe.skipIf(noSshd)('an account without a usable shell', () => {
  it('is told with the words of the host', async () => {
    const sshd = await startSshd({ config: ['ForceCommand echo not for you; exit 5'] });
    const problem = await problemOf(connect(sshd.host));
    expect(problem).toMatchObject({ code: 'ssh.shell', exit: 12 });
    expect(problem.detail).toContain('not for you');
    await sshd.stop();
  });
});

describe('a host that cannot be reached', () => {
  it('refuses connections', async () => {
    const problem = await problemOf(connect(hostAt(await freePort())));
    expect(problem).toMatchObject({ code: 'ssh.unreachable', exit: 4 });
    expect(problem.summary).toContain('refuses connections');
    expect(problem.next).toMatch(/^ssh -p \d+ .*@127\.0\.0\.1$/);
  });

  it('has a name that is not known', async () => {
    const problem = await problemOf(connect(hostAt(22, { address: 'no-such-host.invalid' })));
    expect(problem).toMatchObject({ code: 'ssh.dns', exit: 4 });
  });

  it('accepts and never answers', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const problem = await problemOf(connect(hostAt(port, { timeout: 1 })));
    expect(problem).toMatchObject({ code: 'ssh.timeout', exit: 4 });
    server.close();
  });

  it('closes before it said a word', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await problemOf(connect(hostAt(port)))).toMatchObject({
      code: 'ssh.unreachable',
      exit: 4,
    });
    server.close();
  });

  it('speaks something else than SSH', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await problemOf(connect(hostAt(port)))).toMatchObject({
      code: 'ssh.unreachable',
      exit: 4,
    });
    server.close();
  });

  it('is not dialled when the caller has given up, and dropped when it gives up', async () => {
    const gone = AbortSignal.abort();
    const problem = await problemOf(connect(hostAt(22), { signal: gone }));
    expect(problem).toMatchObject({ code: 'ssh.cancelled', exit: 130 });
    const server = createServer(() => controller.abort());
    const controller = new AbortController();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const late = await problemOf(connect(hostAt(port), { signal: controller.signal }));
    expect(late).toMatchObject({ code: 'ssh.cancelled' });
    server.close();
  });
});

describe.skipIf(noSshd)('many hosts at once', () => {
  it('are either a session or a problem', async () => {
    const sshd = await startSshd();
    const names = Array.from({ length: 24 }, (_, i) => `n${i}`);
    const good = names.map((name) => ({ ...sshd.host, name }));
    const bad = { ...hostAt(await freePort()), name: 'down' };
    const stranger = { ...sshd.host, name: 'stranger', knownHosts: [] };
    const { sessions, problems } = await connectAll([...good, bad, stranger], { forks: 50 });
    expect([...sessions.keys()]).toEqual(names);
    expect(problems.map((p) => [p.host, p.code])).toEqual([
      ['down', 'ssh.unreachable'],
      ['stranger', 'ssh.host_key_unknown'],
    ]);
    const answers = await Promise.all([...sessions.values()].map((s) => s.exec(script('echo 1'))));
    expect(answers.every((a) => a.t === 'done' && a.value.stdout === '1\n')).toBe(true);
    await closeAll(sessions.values());
    await sshd.stop();
    expect(existsSync(sshd.dir)).toBe(false);
  });
});
