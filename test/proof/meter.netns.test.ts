import { describe, expect, test, vi } from 'vitest';
import { Meter, type MeterOptions } from '../../src/proof/meter.ts';
import { Net, noNetns } from './netns.ts';

/** A topology and a meter of its own for each test, since tests mostly wait. */
async function measured(
  work: (
    net: Net,
    start: (options?: Partial<MeterOptions>, problems?: unknown[]) => Promise<Meter>,
  ) => Promise<void>,
): Promise<void> {
  const net = new Net(3, 'eth0');
  let meter: Meter | undefined;
  try {
    await work(net, async (options, problems = []) => {
      meter = new Meter({
        nodes: net.hosts.map((host) => ({ host, address: `10.42.${host.slice(1)}.253` })),
        open: async (host) => net.session(host),
        intervalMs: 100,
        seconds: 30,
        ...options,
      });
      expect(await meter.start()).toMatchObject(problems);
      return meter;
    });
  } finally {
    await meter?.stop();
    await net.down();
  }
}

const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function pair(report: ReturnType<Meter['report']>, from: string, to: string) {
  const found = report.perPair.find((p) => p.from === from && p.to === to);
  if (found === undefined) throw new Error(`no pair ${from} ${to}`);
  return found;
}

/** Waits for a condition; the machine may be busy. */
const soon = <T>(look: () => T) => vi.waitFor(look, { timeout: 12_000, interval: 100 });

/** Waits until every pair has told of `slots` more slots. */
async function measuredMore(meter: Meter, slots: number): Promise<void> {
  const seen = new Map(meter.report().perPair.map((p) => [`${p.from}${p.to}`, p.sent]));
  await soon(() => {
    for (const { from, to, sent } of meter.report().perPair)
      expect(sent).toBeGreaterThan((seen.get(`${from}${to}`) ?? 0) + slots);
  });
}

/** Cuts n1 → n2 for about a second; the outage in ms is between the two numbers. */
async function outage(net: Net): Promise<[number, number]> {
  const before = performance.now();
  net.nft('n2', 'input', 'ip saddr 10.42.1.253 drop');
  const cut = performance.now();
  await after(1000);
  const healing = performance.now();
  net.run('n2', 'nft flush ruleset');
  return [healing - cut, performance.now() - before];
}

describe.skipIf(noNetns !== undefined)(
  `the meter on real links${noNetns ? `: ${noNetns}` : ''}`,
  { timeout: 40_000 },
  () => {
    test.concurrent('a quiet network loses nothing, and nothing stays behind', () =>
      measured(async (net, started) => {
        const running = await started();
        await measuredMore(running, 10);
        const report = await running.stop();
        expect(report).toMatchObject({ pairs: 6, lost: 0, unmeasured: 0, longestGapMs: 0 });
        expect(report.worst).toBeUndefined();
        expect(report.tcp).toMatchObject({ streams: 6, up: 6, broken: 0, notMeasured: [] });
        for (const host of net.hosts) expect(net.pids(host, 'perl')).toEqual([]);
      }));

    test.concurrent('a gap has the right length within one interval, on the right pairs', () =>
      measured(async (net, started) => {
        const running = await started();
        await measuredMore(running, 5);
        const [least, most] = await outage(net);
        await measuredMore(running, 25);
        const report = running.report();
        for (const [a, b] of [
          ['n1', 'n2'],
          ['n2', 'n1'],
        ] as const) {
          const { lost, longestGapMs } = pair(report, a, b);
          expect(longestGapMs).toBeGreaterThanOrEqual(least - 100);
          expect(longestGapMs).toBeLessThanOrEqual(most + 100);
          expect(lost).toBe(longestGapMs / 100);
        }
        expect(pair(report, 'n1', 'n3').lost + pair(report, 'n3', 'n2').lost).toBe(0);
        expect(report.tcp?.broken).toBe(0);
        expect(report.tcp?.longestStallMs).toBeGreaterThan(least - 300);
      }));

    test.concurrent('a stopped meter counts as lost while it is silent and after it went on', () =>
      measured(async (net, started) => {
        const running = await started();
        await measuredMore(running, 5);
        const pid = net.pid('n1', 'perl');
        process.kill(pid, 'SIGSTOP');
        await soon(() => expect(running.report().unmeasured).toBeGreaterThan(60));
        const silent = running.report();
        expect(pair(silent, 'n1', 'n2').lost).toBeGreaterThan(30);
        expect(pair(silent, 'n2', 'n1').lost).toBe(0);
        process.kill(pid, 'SIGCONT');
        await soon(() => expect(running.report().unmeasured).toBe(0));
        await measuredMore(running, 15);
        const { lost, longestGapMs } = pair(running.report(), 'n1', 'n2');
        expect(lost).toBeGreaterThan(25);
        expect(longestGapMs).toBeGreaterThan(2500);
      }));

    test.concurrent('a killed meter starts again and its time away is lost', () =>
      measured(async (net, started) => {
        const running = await started();
        await measuredMore(running, 5);
        const pid = net.pid('n3', 'perl');
        const told = pair(running.report(), 'n3', 'n1').sent;
        const from = performance.now();
        process.kill(pid, 'SIGKILL');
        await soon(() => expect(net.pids('n3', 'perl')).not.toContain(pid));
        await soon(() => expect(net.pids('n3', 'perl')).toHaveLength(1));
        const away = performance.now() - from;
        await soon(() =>
          expect(pair(running.report(), 'n3', 'n1').sent).toBeGreaterThan(told + 30),
        );
        const report = running.report();
        const { lost, longestGapMs } = pair(report, 'n3', 'n1');
        expect(lost).toBeGreaterThan(away / 100 - 3);
        expect(longestGapMs).toBe(lost * 100);
        expect(report.unmeasured).toBe(lost * 2);
        expect(pair(report, 'n1', 'n3').lost).toBe(0);
      }));

    test.concurrent('a lost connection ends the remote side, and a new one measures again', () =>
      measured(async (net, started) => {
        const running = await started();
        await measuredMore(running, 5);
        await net.session('n2').drop();
        expect(net.pids('n2', 'perl')).toEqual([]);
        await soon(() => expect(running.report().tcp).toMatchObject({ streams: 6, up: 6 }));
        await soon(() => expect(pair(running.report(), 'n2', 'n1').lost).toBeGreaterThan(8));
        expect(running.report().tcp?.broken).toBe(0);
      }));

    test.concurrent('a stream that the network resets is counted', () =>
      measured(async (net, started) => {
        const running = await started();
        await soon(() => expect(running.report().tcp?.up).toBe(6));
        net.nft('n2', 'input', 'ip saddr 10.42.1.253 tcp dport 28733 reject with tcp reset');
        await soon(() => expect(running.report().tcp).toMatchObject({ up: 5, broken: 1 }));
        expect(running.report().lost).toBe(0);
        expect(running.report().tcp?.brokenPairs).toEqual([{ from: 'n1', to: 'n2' }]);
      }));

    test.concurrent('a stream that never came up is broken', () =>
      measured(async (net, started) => {
        net.nft('n3', 'input', 'tcp dport 28733 drop');
        const running = await started();
        await soon(() => expect(running.report().tcp).toMatchObject({ up: 4, broken: 2 }));
      }));

    test.concurrent('a port that is taken leaves the streams of that node unmeasured', () =>
      measured(async (net, started) => {
        const listener =
          'use Socket; socket(S, 2, 1, 6); bind(S, pack_sockaddr_in(28733, INADDR_ANY)) or die; listen(S, 1); print "on\n"; $| = 1; <STDIN>';
        const squatter = await net.session('n3').stream({
          class: 'probe',
          limit: 60,
          text: `exec perl -e '$| = 1; ${listener}'`,
        });
        for await (const line of squatter.lines) if (line === 'on') break;
        const running = await started();
        await measuredMore(running, 35);
        expect(running.report().tcp).toMatchObject({
          streams: 2,
          up: 2,
          broken: 0,
          notMeasured: [{ host: 'n3', why: 'port 28733: Address already in use' }],
        });
      }));

    test.concurrent('without perl ping measures the same, and streams are not measured', () =>
      measured(async (net, started) => {
        const path = net.only('ping', 'timeout', 'dash', 'env');
        const running = await started({ open: async (host) => net.session(host, path) });
        await measuredMore(running, 10);
        const [least, most] = await outage(net);
        await measuredMore(running, 15);
        const report = running.report();
        expect(report.tcp).toBeUndefined();
        const { longestGapMs } = pair(report, 'n1', 'n2');
        // ping paces a few percent slower than asked, so its slots are a little longer.
        expect(longestGapMs).toBeGreaterThanOrEqual(least * 0.95 - 100);
        expect(longestGapMs).toBeLessThanOrEqual(most + 100);
        expect(pair(report, 'n1', 'n3').lost).toBe(0);
        await running.stop();
        await soon(() => expect(net.pids('n1', 'ping')).toEqual([]));
      }));

    test.concurrent('a ping that was stopped has its time counted as lost', () =>
      measured(async (net, started) => {
        const path = net.only('ping', 'timeout', 'dash', 'env');
        const running = await started({ open: async (host) => net.session(host, path) });
        await measuredMore(running, 10);
        const pid = net.pid('n1', 'ping');
        process.kill(pid, 'SIGSTOP');
        await soon(() => expect(running.report().unmeasured).toBeGreaterThan(35));
        process.kill(pid, 'SIGCONT');
        await soon(() => expect(running.report().unmeasured).toBe(0));
        expect(running.report().lost).toBeGreaterThan(25);
      }));

    test.concurrent('a node with neither perl nor ping is a problem, and its pairs are lost', () =>
      measured(async (net, started) => {
        const bare = net.only('timeout', 'dash', 'env');
        const running = await started(
          { open: async (host) => (host === 'n1' ? net.session(host, bare) : net.session(host)) },
          [{ code: 'meter.not_started', host: 'n1', detail: 'neither perl nor ping is installed' }],
        );
        const report = running.report(performance.now() + 5000);
        expect(pair(report, 'n1', 'n2').lost).toBeGreaterThan(40);
        expect(pair(report, 'n1', 'n2').lost).toBe(pair(report, 'n1', 'n2').sent);
        expect(report.tcp?.notMeasured).toEqual([{ host: 'n1', why: 'the meter did not start' }]);
      }));

    test.concurrent('the remote side ends by itself at its deadline', () =>
      measured(async (net, started) => {
        const running = await started({ seconds: 3 });
        await soon(() => {
          for (const host of net.hosts) expect(net.pids(host, 'perl')).toEqual([]);
        });
        expect(running.report(performance.now() + 10_000).lost).toBeGreaterThan(300);
      }));
  },
);
