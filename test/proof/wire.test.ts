import { expect, test } from 'vitest';
import { clearFilter, encryptedFilter } from '../../src/proof/bpf.ts';
import { type CaptureSpec, captureScript } from '../../src/proof/capture.ts';
import { judgeWire } from '../../src/proof/judge-wire.ts';
import { Capture, type CaptureResult, type PeerTraffic } from '../../src/proof/run-capture.ts';
import { done, FakeSession } from './fakes.ts';

const FINE: PeerTraffic = { host: 'b', clearIn: 0, clearOut: 0, encryptedIn: 4, encryptedOut: 4 };

function seen(peer: Partial<PeerTraffic> = {}, more: object = {}): CaptureResult {
  const peers = [{ ...FINE, ...peer }];
  const rest = { strayClear: 0, first: undefined, dropped: 0, notExamined: [], ...more };
  return { t: 'seen', host: 'a', tool: 'perl', peers, ...rest };
}

const why = (result: CaptureResult) => judgeWire([result], 'encrypted').failures.map((f) => f.why);

test('encrypted packets both ways and nothing else passes', () => {
  expect(judgeWire([seen()], 'encrypted')).toEqual({ ok: true, failures: [] });
});

test('one clear packet fails, with what it was', () => {
  const first = { via: 'bare', src: '10.42.0.9', dst: '10.42.1.7', proto: 6 };
  expect(why(seen({ clearOut: 1 }, { first }))).toEqual([
    '1 pod packets in the clear (0 in, 1 out), the first bare from 10.42.0.9 to 10.42.1.7, protocol 6',
  ]);
});

test('silence on a pair fails: nothing was shown', () => {
  expect(why(seen({ encryptedIn: 0, encryptedOut: 0 }))).toEqual([
    'no encrypted packet in and out was seen',
  ]);
  expect(why(seen({ encryptedIn: 0 }))).toEqual(['no encrypted packet in was seen']);
});

test('clear packets of no known peer, and packets not examined, fail', () => {
  expect(why(seen({}, { strayClear: 2 }))).toEqual(['2 pod packets in the clear']);
  expect(why(seen({}, { dropped: 7 }))).toEqual(['7 possible clear packets were not examined']);
});

test.each(['encrypted', 'any'] as const)(
  'no capture, or one that failed, fails for %s',
  (expectation) => {
    expect(judgeWire([], expectation).ok).toBe(false);
    const failed: CaptureResult = { t: 'failed', host: 'a', why: 'no tool' };
    expect(judgeWire([seen(), failed], expectation).failures).toEqual([
      { host: 'a', peer: undefined, why: 'no tool' },
    ]);
  },
);

test('any traffic is fine where encryption is not expected', () => {
  expect(judgeWire([seen({ clearIn: 9, encryptedIn: 0 })], 'any').ok).toBe(true);
});

const SPEC: CaptureSpec = {
  dev: 'eth0',
  seconds: 5,
  clusterCidrs: ['10.42.0.0/16'],
  vxlanPorts: [8472],
  wireguardPorts: [51820],
};

test.each([
  ['no line at all', [], 'the capture did not start'],
  ['a half result', ['{"ready":"perl"}', '{"clear":["ba'], 'the capture ended without a result'],
  ['one of three tcpdumps', ['{"listening":"bare"}', '{"end":1}'], 'the capture did not start'],
  ['an error', ['{"error":"bind to eth0: gone"}'], 'bind to eth0: gone'],
])('%s is a failed capture', async (_, lines, reason) => {
  const capture = new Capture('a', SPEC, []);
  await capture.open(new FakeSession('a', done(''), lines));
  expect(await capture.close()).toEqual({ t: 'failed', host: 'a', why: reason });
});

test('a script is refused without IPv4 prefixes or with a port that is none', () => {
  expect(() => captureScript({ ...SPEC, clusterCidrs: ['fd00::/56'] })).toThrow('IPv4');
  expect(() => captureScript({ ...SPEC, vxlanPorts: [0] })).toThrow('0 is not a UDP port');
});

test('an interface name is one word for the shell', () => {
  expect(captureScript({ ...SPEC, dev: "e'0 x" }).text).toContain("'e'\\''0 x'");
});

test('filters keep their jumps in range, and many prefixes that would not fit are refused', () => {
  for (const filter of [clearFilter(SPEC.clusterCidrs, [8472, 4789]), encryptedFilter([51820])])
    for (const [index, line] of filter.split(';').entries()) {
      const [, yes = 0, no = 0] = line.split(',').map(Number);
      const furthest = index + Math.max(yes, no);
      expect(furthest).toBeLessThan(filter.split(';').length);
    }
  const many = Array.from({ length: 60 }, (_, i) => `10.${i}.0.0/16`);
  expect(() => clearFilter(many, [8472])).toThrow('out of reach');
});
