import { expect, test } from 'vitest';
import type { PairMeasured, PairResult } from '../../src/proof/pair.ts';
import { verdict } from '../../src/proof/verdict.ts';

const PAIRS = [
  { from: 'a', to: 'b' },
  { from: 'b', to: 'a' },
];

function measured(from: string, to: string, more: Partial<PairMeasured> = {}): PairMeasured {
  const counts = { sent: 3, received: 3, arrived: 3 };
  return {
    from,
    to,
    size: 56,
    state: 'measured',
    ...counts,
    dev: 'x',
    table: undefined,
    note: '',
    ...more,
  };
}

function judged(...results: PairResult[]) {
  const expected = { pairs: PAIRS, sizes: [56], expectDev: () => ['x'] };
  return verdict(results, expected).failures.map(
    (f) => `${f.from}${f.to} ${f.direction}: ${f.why}`,
  );
}

test('everything there is fine', () => {
  expect(judged(measured('a', 'b'), measured('b', 'a'))).toEqual([]);
});

test('no result at all fails every pair', () => {
  expect(judged()).toEqual(['ab known: was not measured', 'ba known: was not measured']);
});

test('a result of another size does not stand in', () => {
  expect(judged(measured('a', 'b', { size: 1392 }), measured('b', 'a'))).toEqual([
    'ab known: was not measured',
  ]);
});

test('requests that do not arrive accuse their direction alone', () => {
  expect(
    judged(measured('a', 'b', { received: 0, arrived: 0 }), measured('b', 'a', { received: 0 })),
  ).toEqual(['ab known: 0 of 3 arrived']);
});

test('both directions broken are both named', () => {
  const none = { received: 0, arrived: 0 };
  expect(judged(measured('a', 'b', none), measured('b', 'a', none))).toHaveLength(2);
});

test('answers alone that are lost accuse the way back', () => {
  expect(judged(measured('a', 'b', { received: 1 }), measured('b', 'a'))).toEqual([
    'ba known: 3 requests arrived, 1 answers came back',
  ]);
});

test('one lost request is a failure', () => {
  expect(judged(measured('a', 'b', { received: 2, arrived: 2 }), measured('b', 'a'))).toEqual([
    'ab known: 2 of 3 arrived',
  ]);
});

test('nothing sent is a failure though nothing was lost', () => {
  const nothing = { sent: 0, received: 0, arrived: 0, note: 'ping: x' };
  expect(judged(measured('a', 'b', nothing), measured('b', 'a'))).toEqual([
    'ab known: nothing was sent (ping: x)',
  ]);
});

test('a deaf receiver leaves the direction open and says why', () => {
  const lost = measured('a', 'b', { received: 0, arrived: undefined, deaf: 'no perl on b' });
  expect(judged(lost, measured('b', 'a'))).toEqual([
    'ab unknown: 0 of 3 came back; direction not known: no perl on b',
  ]);
});

test('a deaf receiver is no failure while all answers come back', () => {
  expect(judged(measured('a', 'b', { arrived: undefined }), measured('b', 'a'))).toEqual([]);
});

test('the wrong interface and no interface fail though all answers come back', () => {
  expect(
    judged(measured('a', 'b', { dev: 'eth0' }), measured('b', 'a', { dev: undefined })),
  ).toEqual([
    'ab known: leaves through eth0, expected x',
    'ba known: leaves through no interface, expected x',
  ]);
});

test('loss on the wrong interface tells both', () => {
  const lost = measured('a', 'b', { received: 0, arrived: 0, dev: 'eth0' });
  expect(judged(lost, measured('b', 'a'))).toEqual([
    'ab known: 0 of 3 arrived; leaves through eth0, expected x',
  ]);
});
