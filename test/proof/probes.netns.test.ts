import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../src/model/session.ts';
import type { ProbeSpec } from '../../src/proof/probe.ts';
import { runProbes } from '../../src/proof/run-probes.ts';
import { verdict } from '../../src/proof/verdict.ts';
import { Net, noNetns } from './netns.ts';

const SIZES = [56, 1392];
let net: Net;
function specs(): ProbeSpec[] {
  const at = (host: string) => ({ host, address: `10.42.${host.slice(1)}.254` });
  return net.hosts.map((host) => ({
    self: at(host),
    peers: net.hosts.filter((other) => other !== host).map(at),
    sizes: SIZES,
    count: 4,
    intervalMs: 20,
    timeoutMs: 1000,
  }));
}

const pairs = () =>
  net.hosts.flatMap((from) => net.hosts.filter((to) => to !== from).map((to) => ({ from, to })));

async function judged(sessions: ReadonlyMap<string, Session> = net.sessions(), dev = 'flannel.1') {
  const results = await runProbes(sessions, specs(), 8);
  return verdict(results, { pairs: pairs(), sizes: SIZES, expectDev: () => [dev] });
}

describe.skipIf(noNetns !== undefined)(
  `probes on real links${noNetns ? `: ${noNetns}` : ''}`,
  () => {
    beforeAll(() => {
      net = new Net(3, 'flannel.1');
    });
    afterEach(() => {
      for (const host of net.hosts) net.run(host, 'nft flush ruleset');
    });
    afterAll(async () => {
      await net.down();
    });

    test('all pairs are fine and carried by the tunnel', async () => {
      expect(await judged()).toEqual({ ok: true, failures: [] });
    });

    test('the right interface is told apart from the wrong one', async () => {
      const { ok, failures } = await judged(net.sessions(), 'flannel-wg');
      expect(ok).toBe(false);
      expect(failures).toHaveLength(12);
      expect(failures[0]?.why).toBe('leaves through flannel.1, expected flannel-wg');
    });

    test.each([
      ['on the receiver', 'n2', 'input', 'ip saddr 10.42.1.254'],
      ['on the sender', 'n1', 'output', 'ip daddr 10.42.2.254'],
    ])('one direction dropped %s is named exactly', async (_, host, hook, match) => {
      net.nft(host, hook, `${match} drop`);
      const { failures } = await judged();
      expect(
        failures.map(({ from, to, size, why }) => ({ from, to, size, why: why.slice(0, 14) })),
      ).toEqual(SIZES.map((size) => ({ from: 'n1', to: 'n2', size, why: '0 of 4 arrived' })));
    });

    test('dropped answers accuse the way back although requests pass both ways', async () => {
      net.nft('n1', 'input', 'ip saddr 10.42.2.254 icmp type echo-reply drop');
      const { failures } = await judged();
      expect(failures.map(({ from, to, direction }) => ({ from, to, direction }))).toEqual(
        SIZES.map(() => ({ from: 'n2', to: 'n1', direction: 'known' })),
      );
      expect(failures[0]?.why).toBe('4 requests arrived, 0 answers came back');
    });

    test('large packets that do not fit are named by their size alone', async () => {
      net.run('n3', 'ip link set flannel.1 mtu 1300');
      const { failures } = await judged();
      net.run('n3', 'ip link set flannel.1 mtu 1450');
      expect(failures.every((failure) => failure.size === 1392)).toBe(true);
      expect(failures.map(({ from, to }) => `${from}${to}`).sort()).toEqual(['n3n1', 'n3n2']);
      expect(failures[0]?.why).toContain('message too long, mtu=1300');
    });

    test('without perl the pair is named, and that its direction is not known', async () => {
      const path = net.only('ping', 'ip', 'grep', 'timeout', 'dash', 'env');
      net.nft('n2', 'input', 'ip saddr 10.42.1.254 drop');
      const { failures } = await judged(net.sessions(path));
      expect(failures.map((failure) => `${failure.from}${failure.to}`).sort()).toEqual([
        'n1n2',
        'n1n2',
        'n2n1',
        'n2n1',
      ]);
      expect(failures[0]?.direction).toBe('unknown');
      expect(failures[0]?.why).toContain('direction not known: perl is not installed on n2');
    });

    test('IPv6 is proven the same way, one broken direction included', async () => {
      for (const host of net.hosts)
        net.run(host, `ip addr add fd42::${host.slice(1)}/64 dev eth0 nodad`);
      net.run(
        'n1',
        "nft 'add table ip6 t; add chain ip6 t c { type filter hook input priority 0 ; }; add rule ip6 t c ip6 saddr fd42::3 icmpv6 type echo-request drop'",
      );
      const at = (host: string) => ({ host, address: `fd42::${host.slice(1)}` });
      const six = specs().map((spec) => ({
        ...spec,
        self: at(spec.self.host),
        peers: spec.peers.map((peer) => at(peer.host)),
      }));
      const results = await runProbes(net.sessions(), six, 2);
      const { failures } = verdict(results, {
        pairs: pairs(),
        sizes: SIZES,
        expectDev: () => ['eth0'],
      });
      expect(failures.map(({ from, to, why }) => `${from}${to} ${why}`)).toEqual(
        SIZES.map(() => 'n3n1 0 of 4 arrived'),
      );
    });

    test('a node without ping fails all its pairs and says why', async () => {
      const sessions = net.sessions();
      sessions.set(
        'n1',
        net.session('n1', net.only('ip', 'grep', 'timeout', 'dash', 'env', 'perl')),
      );
      const { failures } = await judged(sessions);
      expect(failures).toHaveLength(4);
      expect(failures.every((f) => f.from === 'n1' && f.why === 'ping is not installed')).toBe(
        true,
      );
    });

    test('a ping that may not open a socket is a failure with its own words, not a zero', async () => {
      const sessions = net.sessions();
      const spec = specs().map((s) =>
        s.self.host === 'n1' ? { ...s, self: { host: 'n1', address: '10.42.1.99' } } : s,
      );
      const results = await runProbes(sessions, spec, 8);
      const first = results.find((result) => result.from === 'n1');
      expect(first).toMatchObject({
        state: 'unknown',
        why: 'ping: bind: Cannot assign requested address',
      });
    });

    test('a node whose connection is gone is unknown for all its pairs', async () => {
      const sessions = net.sessions();
      const dead = net.session('n2', process.env.PATH);
      await dead.drop();
      sessions.set('n2', dead);
      const { failures } = await judged(sessions);
      expect(failures.map(({ from, why }) => `${from} ${why}`)).toEqual(
        Array(4).fill('n2 n2: not sent: connection lost'),
      );
    });
  },
);
