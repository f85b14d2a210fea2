import { describe, expect, test, vi } from 'vitest';
import { Meter, type MeterOptions } from '../../src/proof/meter.ts';
import { Net, noNetns } from './netns.ts';

/** A topology and a meter of its own for each test, since tests mostly wait. */
async function measured(
  work: (net: Net, start: (options?: Partial<MeterOptions>, problems?: unknown[]) => Promise<Meter>) => Promise<void>,
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

describe.skipIf(noNetns !== undefined)(
  `the meter on real links${noNetns ? `: ${noNetns}` : ''}`,
  () => {
      test.concurrent('a quiet network loses nothing, all streams are up, and nothing stays behind', () =>
      measured(async (net, started) => {
      const running = await started();
      await after(2500);
      const report = await running.stop();
      expect(report).toMatchObject({ pairs: 6, lost: 0, unmeasured: 0, longestGapMs: 0 });
      expect(report.worst).toBeUndefined();
      expect(report.sent).toBeGreaterThan(6 * 8);
      expect(report.tcp).toMatchObject({ streams: 6, up: 6, broken: 0, notMeasured: [] });
      expect(report.tcp?.longestStallMs).toBeLessThan(200);
      for (const host of net.hosts) expect(net.pids(host, 'perl')).toEqual([]);
    }));

    test.concurrent('a gap has the right length within one interval, on the right pairs', () =>
    measured(async (net, started) => {
      const running = await started();
      await after(500);
      const from = performance.now();
      net.nft('n2', 'input', 'ip saddr 10.42.1.253 drop');
      await after(1000);
      net.run('n2', 'nft flush ruleset');
      const length = performance.now() - from;
      await after(2500);
      const report = running.report();
      for (const [a, b] of [
        ['n1', 'n2'],
        ['n2', 'n1'],
      ] as const) {
        const { lost, longestGapMs } = pair(report, a, b);
        expect(Math.abs(longestGapMs - length)).toBeLessThanOrEqual(150);
        expect(lost).toBe(longestGapMs / 100);
      }
      expect(pair(report, 'n1', 'n3').lost + pair(report, 'n3', 'n2').lost).toBe(0);
      expect(report.tcp?.broken).toBe(0);
      expect(report.tcp?.longestStallMs).toBeGreaterThan(700);
    }));

    test.concurrent('a stopped meter counts as lost while it is silent and after it went on', () =>
    measured(async (net, started) => {
      const running = await started();
      await after(1500);
      const [pid] = net.pids('n1', 'perl');
      if (pid === undefined) throw new Error('no meter on n1');
      process.kill(pid, 'SIGSTOP');
      await after(4200);
      const silent = running.report();
      expect(pair(silent, 'n1', 'n2').lost).toBeGreaterThan(30);
      expect(silent.unmeasured).toBeGreaterThan(60);
      expect(pair(silent, 'n2', 'n1').lost).toBe(0);
      process.kill(pid, 'SIGCONT');
      await after(2500);
      const later = running.report();
      expect(pair(later, 'n1', 'n2').lost).toBeGreaterThan(35);
      expect(pair(later, 'n1', 'n2').longestGapMs).toBeGreaterThan(3500);
      expect(later.unmeasured).toBe(0);
    }));

    test.concurrent('a killed meter starts again and its time away is lost', () =>
    measured(async (net, started) => {
      const running = await started();
      await after(1500);
      const [pid] = net.pids('n3', 'perl');
      if (pid === undefined) throw new Error('no meter on n3');
      process.kill(pid, 'SIGKILL');
      await after(3500);
      const report = running.report();
      const { lost, longestGapMs } = pair(report, 'n3', 'n1');
      expect(lost).toBeGreaterThanOrEqual(9);
      expect(lost).toBeLessThan(25);
      expect(longestGapMs).toBe(lost * 100);
      expect(pair(report, 'n1', 'n3').lost).toBe(0);
      expect(net.pids('n3', 'perl')).toHaveLength(1);
    }));

    test.concurrent('a lost connection ends the remote side, and a new one measures again', () =>
    measured(async (net, started) => {
      const running = await started();
      await after(1200);
      await net.session('n2').drop();
      expect(net.pids('n2', 'perl')).toEqual([]);
      await after(2500);
      const report = running.report();
      expect(net.pids('n2', 'perl')).toHaveLength(1);
      expect(pair(report, 'n2', 'n1').lost).toBeGreaterThanOrEqual(9);
      expect(report.tcp).toMatchObject({ up: 6, broken: 0 });
    }));

    test.concurrent('a stream that the network resets is counted', () =>
    measured(async (net, started) => {
      const running = await started();
      await after(1200);
      net.nft('n2', 'input', 'ip saddr 10.42.1.253 tcp dport 28733 reject with tcp reset');
      await after(1500);
      const { tcp, lost } = running.report();
      expect(lost).toBe(0);
      expect(tcp).toMatchObject({ streams: 6, up: 5, broken: 1 });
      expect(tcp?.brokenPairs).toEqual([{ from: 'n1', to: 'n2' }]);
    }));

    test.concurrent('a stream that never came up is broken', () =>
    measured(async (net, started) => {
      net.nft('n3', 'input', 'tcp dport 28733 drop');
      const running = await started();
      await after(4500);
      expect(running.report().tcp).toMatchObject({ up: 4, broken: 2 });
    }));

    test.concurrent('without perl ping measures the same, and streams are not measured', () =>
    measured(async (net, started) => {
      const path = net.only('ping', 'timeout', 'dash', 'env');
      const running = await started({ open: async (host) => net.session(host, path) });
      await after(2000);
      const from = performance.now();
      net.nft('n2', 'input', 'ip saddr 10.42.1.253 drop');
      await after(1000);
      net.run('n2', 'nft flush ruleset');
      const length = performance.now() - from;
      await after(1500);
      const report = running.report();
      expect(report.tcp).toBeUndefined();
      expect(Math.abs(pair(report, 'n1', 'n2').longestGapMs - length)).toBeLessThanOrEqual(150);
      expect(pair(report, 'n1', 'n3').lost).toBe(0);
      await running.stop();
      await vi.waitFor(() => expect(net.pids('n1', 'ping')).toEqual([]));
    }));

    test.concurrent('a node with neither perl nor ping is a problem, and its pairs are lost', () =>
    measured(async (net, started) => {
      const bare = net.only('timeout', 'dash', 'env');
      const meter = await started(
        { open: async (host) => (host === 'n1' ? net.session(host, bare) : net.session(host)) },
        [{ code: 'meter.not_started', host: 'n1', detail: 'neither perl nor ping is installed' }],
      );
      const report = meter.report(performance.now() + 5000);
      expect(pair(report, 'n1', 'n2').lost).toBe(pair(report, 'n1', 'n2').sent);
      expect(report.tcp?.notMeasured).toEqual([{ host: 'n1', why: 'the meter did not start' }]);
    }));

    test.concurrent('the remote side ends by itself at its deadline', () =>
    measured(async (net, started) => {
      const running = await started({ seconds: 2 });
      await after(2600);
      for (const host of net.hosts) expect(net.pids(host, 'perl')).toEqual([]);
      await running.stop();
    }));
  },
);
