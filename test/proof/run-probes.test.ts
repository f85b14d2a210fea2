import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/model/journal.ts';
import type { ExecResult, Session } from '../../src/model/session.ts';
import { type ProbeSpec, probeScript } from '../../src/proof/probe.ts';
import { runProbes } from '../../src/proof/run-probes.ts';
import { done, FakeSession } from './fakes.ts';

const A = { host: 'a', address: '10.42.0.254' };
const B = { host: 'b', address: '10.42.1.254' };
const spec = (self: typeof A, peer: typeof A): ProbeSpec => ({
  self,
  peers: [peer],
  sizes: [56],
  count: 3,
  intervalMs: 200,
  timeoutMs: 1500,
});
const SPECS = [spec(A, B), spec(B, A)];
const ROUTE = 'via 172.30.0.2 dev eth0 table 5150 uid 0 ';
const fineB = done(
  `route ${A.address} ${A.address} from ${B.address} ${ROUTE}\nping ${A.address} 56 3 3 0 \nend\n`,
);
const HEARS_A = ['{"ready":"perl"}', `{"seen":["${A.address}",56,3]}`, '{"end":1}'];
const HEARS_B = ['{"ready":"perl"}', `{"seen":["${B.address}",56,3]}`, '{"end":1}'];

async function fromA(outcome: Outcome<ExecResult>, earOfB: readonly string[] = HEARS_A) {
  const sessions = new Map<string, Session>([
    ['a', new FakeSession('a', outcome, HEARS_B)],
    ['b', new FakeSession('b', fineB, earOfB)],
  ]);
  const results = await runProbes(sessions, SPECS, 2);
  expect(results).toHaveLength(2);
  return results.find((result) => result.from === 'a');
}

describe('what cannot be measured is unknown, never zero and never left out', () => {
  test.each<[string, Outcome<ExecResult>, string]>([
    ['a lost connection', { t: 'unknown', reason: 'reset by peer' }, 'a: lost: reset by peer'],
    ['a script not sent', { t: 'not_sent', reason: 'no channel' }, 'a: not sent: no channel'],
    ['an empty answer', done(''), 'no result line (exit code 0)'],
    [
      'a script that died',
      done('', { code: 2, stderr: 'sh: syntax\nx' }),
      'no result line (exit code 2: sh: syntax)',
    ],
    ['a time-out', done('', { code: 124 }), 'the probe did not end in time'],
    [
      'a line of another peer',
      done('ping 10.42.9.254 56 3 3 0 \n'),
      'no result line (exit code 0)',
    ],
    [
      'a line of another size',
      done(`ping ${B.address} 1392 3 3 0 \n`),
      'no result line (exit code 0)',
    ],
    ['a cut output', done(`ping ${B.address} 56 3 3`, { truncated: true }), 'the output was cut'],
    [
      'a ping without numbers',
      done(`ping ${B.address} 56 - - 2 ping: bind: no\n`),
      'ping: bind: no',
    ],
    ['a silent ping', done(`ping ${B.address} 56 - - 127 \n`), 'ping ended with code 127'],
    [
      'a missing tool',
      done('error ping is not installed\n', { code: 65 }),
      'ping is not installed',
    ],
  ])('%s', async (_, outcome, why) => {
    expect(await fromA(outcome)).toMatchObject({
      from: 'a',
      to: 'b',
      size: 56,
      state: 'unknown',
      why,
    });
  });

  test('a host without a session', async () => {
    const sessions = new Map<string, Session>([['b', new FakeSession('b', fineB, HEARS_A)]]);
    const results = await runProbes(sessions, SPECS, 1);
    expect(results[0]).toMatchObject({ from: 'a', state: 'unknown', why: 'a: no session' });
    expect(results[1]).toMatchObject({ from: 'b', state: 'measured', deaf: 'a did not listen' });
  });
});

describe('what is measured', () => {
  const fineA = done(
    `route ${B.address} ${B.address} ${ROUTE}\nping ${B.address} 56 3 2 1 \nend\n`,
  );

  test('has the numbers, the interface and what the receiver saw', async () => {
    expect(await fromA(fineA)).toEqual({
      from: 'a',
      to: 'b',
      size: 56,
      state: 'measured',
      sent: 3,
      received: 2,
      arrived: 3,
      dev: 'eth0',
      table: '5150',
      note: '',
    });
  });

  test('a receiver that stopped listening in between knows nothing', async () => {
    expect(await fromA(fineA, ['{"ready":"perl"}'])).toMatchObject({
      arrived: undefined,
      deaf: 'the listener ended early on b',
    });
  });

  test('a receiver that heard nothing saw zero', async () => {
    expect(await fromA(fineA, ['{"ready":"perl"}', '{"end":1}'])).toMatchObject({ arrived: 0 });
  });

  test('no route is no interface', async () => {
    const text = `route ${B.address} RTNETLINK answers: Network is unreachable\nping ${B.address} 56 3 0 1 \n`;
    expect(await fromA(done(text))).toMatchObject({ dev: undefined, table: undefined });
  });
});

describe('the script of a node', () => {
  test('is one for all peers, of class probe, with a limit that covers its rounds', () => {
    const peers = Array.from({ length: 200 }, (_, i) => ({
      host: `h${i}`,
      address: `10.42.${i}.254`,
    }));
    const script = probeScript({ ...spec(A, B), peers, sizes: [56, 1392] });
    expect(script.class).toBe('probe');
    expect(script.limit).toBeGreaterThan(7 * (0.6 + 2));
    expect(script.text.split(' -M do ')).toHaveLength(2);
  });

  test.each(['10.42.0.1; reboot', '', "10.42.0.1'", 'host', '10.42.0.1/24'])(
    'refuses %j as an address',
    (address) => {
      expect(() => probeScript(spec(A, { host: 'b', address }))).toThrow('is not an IP address');
    },
  );
});
