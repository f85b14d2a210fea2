import { describe, expect, it } from 'vitest';
import { gather } from '../../src/facts/gather.ts';
import { parseLinks, parseRoutes, parseRules, parseUdp } from '../../src/facts/net.ts';
import { parseFacts } from '../../src/facts/parse.ts';
import { sections } from '../../src/facts/sections.ts';
import { ReweaveError } from '../../src/model/problem.ts';
import type { ExecResult, Session } from '../../src/model/session.ts';
import type { Outcome } from '../../src/model/journal.ts';
import cases from './cases/net.json' with { type: 'json' };
import { done, fileSection, MARKER, section } from './recorded.ts';

const IDS = section('ids', 'hostname=h\nnow=1700000000\n');

function problem(run: () => unknown): { summary: string; detail: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof ReweaveError)
      return { summary: error.problems[0]?.summary ?? '', detail: error.problems[0]?.detail ?? '' };
    throw error;
  }
  throw new Error('did not fail');
}
const facts = (...parts: string[]): ReturnType<typeof parseFacts> =>
  parseFacts([IDS, ...parts, done].join(''), MARKER, 'h1');

describe('parsers, case by case', () => {
  const parsers = {
    links: (i: unknown[]) => parseLinks(i[0] as never, i[1] as never),
    routes: (i: unknown[]) => parseRoutes(i as never, 4),
    rules: (i: unknown[]) => parseRules(i as never, 4),
    udp: (i: unknown[]) => parseUdp(i as string[]),
  };
  it.each(cases.map((c) => [`${c.parser}: ${c.name}`, c] as const))('%s', (_, c) => {
    const parse = parsers[c.parser as keyof typeof parsers];
    expect(JSON.parse(JSON.stringify(parse(c.input as unknown[])))).toEqual(c.expect);
  });
});

describe('an answer that is cut or garbled says which section', () => {
  const whole = [
    IDS,
    section('link', '[]'),
    fileSection('/etc/a', 'x\n'),
    section('unit', ''),
    done,
  ].join('');

  it('wherever it is cut, it is an error', () => {
    for (let at = 0; at < whole.length - 1; at += 1)
      expect(() => parseFacts(whole.slice(0, at), MARKER, 'h')).toThrow(ReweaveError);
  });
  it('inside a section, that section', () => {
    expect(
      problem(() => facts().host && parseFacts(`${IDS}${MARKER} begin link\n[{"ifi`, MARKER, 'h'))
        .summary,
    ).toContain('section link');
  });
  it('JSON that does not parse', () => {
    expect(problem(() => facts(section('route4', '[{"dst":'))).summary).toContain('section route4');
  });
  it('JSON of another shape', () => {
    expect(problem(() => facts(section('link', '{"a":1}'))).summary).toContain('section link');
  });
  it('a file whose content is not what the node hashed', () => {
    const broken = fileSection('/etc/a', 'x\n').replace(
      Buffer.from('x\n').toString('base64'),
      Buffer.from('y\n').toString('base64'),
    );
    expect(problem(() => facts(broken))).toMatchObject({
      summary: expect.stringContaining('file /etc/a'),
      detail: expect.stringContaining('hash'),
    });
  });
  it('a file that could not be read', () => {
    expect(
      problem(() => facts(section('file', '644 root:root\n?\nbase64\n', 1, '/etc/a'))).detail,
    ).toContain('exit 1');
  });
  it('a file that is no base64', () => {
    expect(
      problem(() => facts(section('file', '644 root:root\n?\nbase64\n***', 0, '/etc/a'))).detail,
    ).toContain('base64');
  });
  it('no identity', () => {
    expect(
      problem(() => parseFacts(section('ids', 'hostname=\n') + done, MARKER, 'h')).summary,
    ).toContain('section ids');
  });
  it('the marker of another look', () => {
    expect(() => parseFacts(whole, '0'.repeat(32), 'h')).toThrow(ReweaveError);
  });
});

describe('what is missing is missing', () => {
  it('nothing but an identity', () => {
    expect(facts()).toMatchObject({
      host: 'h1',
      takenAt: '2023-11-14T22:13:20.000Z',
      links: [],
      routes: [],
      unit: undefined,
      served: undefined,
    });
  });
  it('a command that failed without an answer, or broke off', () => {
    expect(facts(section('route6', '', 2), section('link', '[{"x', 124)).routes).toEqual([]);
  });
  it('banners around the answer do not matter', () => {
    expect(sections(`Welcome!\n${IDS}last login\n${done}bye`, MARKER).map((s) => s.name)).toEqual([
      'ids',
    ]);
  });
  it('a file in hex, where the node has no base64', () => {
    expect(facts(section('file', '? ?\n?\nhex\n 61 0a\n 62', 0, '/a')).files).toMatchObject([
      { mode: '?', base64: Buffer.from('a\nb').toString('base64') },
    ]);
  });
});

function session(answer: (text: string) => Outcome<ExecResult>): Session {
  return {
    host: 'n1',
    exec: async (script) => answer(script.text),
    lost: new Promise(() => undefined),
    stream: async () => {
      throw new Error('no stream');
    },
    close: async () => undefined,
  };
}
const result = (more: Partial<ExecResult>): Outcome<ExecResult> => ({
  t: 'done',
  value: { code: 0, stdout: '', stderr: '', truncated: false, ...more },
});

describe('gather', () => {
  const code = async (answer: (text: string) => Outcome<ExecResult>): Promise<string | undefined> =>
    gather(session(answer)).then(
      () => undefined,
      (error: ReweaveError) => `${error.problems[0]?.code} ${error.problems[0]?.host}`,
    );

  it('sends one read script and reads its answer', async () => {
    const found = await gather(
      session((text) => {
        const marker = /M=([0-9a-f]{32})/.exec(text)?.[1] ?? '';
        return result({ stdout: (IDS + done).replaceAll(MARKER, marker) });
      }),
    );
    expect(found.host).toBe('n1');
  });
  it('a lost line is unreachable', async () => {
    expect(await code(() => ({ t: 'unknown', reason: 'line dropped' }))).toBe(
      'facts.unreachable n1',
    );
    expect(await code(() => ({ t: 'not_sent', reason: 'closed' }))).toBe('facts.unreachable n1');
  });
  it('a capped answer is never half believed', async () => {
    expect(await code(() => result({ truncated: true }))).toBe('facts.truncated n1');
  });
  it('a time limit and a failing shell are told', async () => {
    expect(await code(() => result({ code: 124 }))).toBe('facts.unreachable n1');
    expect(await code(() => result({ code: 2, stderr: 'syntax' }))).toBe('facts.unreachable n1');
  });
  it('a garbled answer names the host', async () => {
    expect(await code(() => result({ stdout: 'nothing' }))).toBe('facts.garbled n1');
  });
});
