import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Session, Stream } from '../../src/model/session.ts';
import { connect } from '../../src/ssh/connect.ts';
import { problemOf } from './problem-of.ts';
import { noSshd, script, type Sshd, startSshd } from './sshd.ts';

async function all(stream: Stream): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of stream.lines) lines.push(line);
  return lines;
}

describe.skipIf(noSshd)('a stream', () => {
  let sshd: Sshd;
  let session: Session;
  beforeAll(async () => {
    sshd = await startSshd();
    session = await connect(sshd.host);
  });
  afterAll(async () => {
    await session.close();
    await sshd.stop();
  });
  const alive = async (word: string) => {
    const answer = await session.exec(script(`ps -eo args | grep -c "[s]leep ${word}"`));
    return answer.t === 'done' ? answer.value.stdout.trim() : answer.reason;
  };

  it('gives each line as it comes, beside scripts that run meanwhile', async () => {
    const stream = await session.stream(
      script('echo ready; while read -r l; do echo "<$l>"; done'),
    );
    const lines = stream.lines[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('ready');
    stream.write('a b');
    expect((await lines.next()).value).toBe('<a b>');
    expect(await session.exec(script('echo x'))).toMatchObject({ value: { stdout: 'x\n' } });
    stream.write("it's");
    expect((await lines.next()).value).toBe("<it's>");
    await stream.close();
    expect((await lines.next()).done).toBe(true);
  });

  it('takes lines that are written before the command has started', async () => {
    const stream = await session.stream(script('read -r a; read -r b; echo "$b$a"'));
    stream.write('1');
    stream.write('2');
    expect(await all(stream)).toEqual(['21']);
  });

  it.each([
    ['printf abc', ['abc']],
    ['printf "a\\n\\n\\nb\\n"', ['a', '', '', 'b']],
    ['echo; echo', ['', '']],
    ['true', []],
    ['printf "\\n0123:end:0\\n"', ['', '0123:end:0']],
  ])('of %s has exactly its lines', async (text, lines) => {
    expect(await all(await session.stream(script(text)))).toEqual(lines);
  });

  it('loses no line when the reader is slow and the command fast', async () => {
    const stream = await session.stream(script('seq 1 200000'));
    let sum = 0;
    for await (const line of stream.lines) sum += Number(line);
    expect(sum).toBe((200_000 * 200_001) / 2);
  });

  it('that fails throws its code and its stderr after its lines', async () => {
    const stream = await session.stream(script('echo one; echo "no such thing" >&2; exit 9'));
    const lines: string[] = [];
    const problem = await problemOf(
      (async () => {
        for await (const line of stream.lines) lines.push(line);
      })(),
    );
    expect(lines).toEqual(['one']);
    expect(problem).toMatchObject({ code: 'ssh.stream', detail: 'no such thing' });
    expect(problem.summary).toContain('code 9');
  });

  it('ends its whole process group when it is closed', async () => {
    const stream = await session.stream(
      script('sleep 7001 & echo on; sleep 7001', { limit: 9000 }),
    );
    for await (const line of stream.lines) if (line === 'on') break;
    expect(await alive(7001 as unknown as string)).toBe('2');
    await stream.close();
    expect(await alive('7001')).toBe('0');
    expect(await alive('9000')).toBe('0');
  });

  it('ends a command that ignores SIGTERM, and close waits for it', async () => {
    const stream = await session.stream(script('trap "" TERM; echo on; sleep 7002; sleep 7002'));
    for await (const line of stream.lines) if (line === 'on') break;
    await stream.close();
    expect(await alive('7002')).toBe('0');
  }, 15_000);

  it('may be closed before it has begun, and twice', async () => {
    const stream = await session.stream(script('sleep 7003'));
    await stream.close();
    await stream.close();
    expect(await alive('7003')).toBe('0');
  });

  it('that passes its limit throws, and is ended', async () => {
    const stream = await session.stream(script('echo on; sleep 7004', { limit: 1 }));
    expect((await problemOf(all(stream))).summary).toContain('limit');
    await vi.waitFor(async () => expect(await alive('7004')).toBe('0'), 5000);
    await stream.close();
  });

  it('is ended on the host when the login is lost', async () => {
    const other = await connect(sshd.host);
    const stream = await other.stream(script('echo on; sleep 7005', { limit: 9005 }));
    for await (const line of stream.lines) if (line === 'on') break;
    await other.close();
    await vi.waitFor(async () => expect(await alive('7005')).toBe('0'), 5000);
    await vi.waitFor(async () => expect(await alive('9005')).toBe('0'), 8000);
    expect(await problemOf(all(stream))).toMatchObject({ code: 'ssh.lost', exit: 4 });
  }, 20_000);
});

describe.skipIf(noSshd)('a login with no room for another channel', () => {
  it('refuses the stream and stays usable', async () => {
    const sshd = await startSshd({ config: ['MaxSessions 1'] });
    const session = await connect(sshd.host);
    expect(await problemOf(session.stream(script('true')))).toMatchObject({ code: 'ssh.channel' });
    expect(await session.exec(script('echo x'))).toMatchObject({ value: { stdout: 'x\n' } });
    await session.close();
    await sshd.stop();
  });
});
