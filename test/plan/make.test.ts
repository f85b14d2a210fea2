import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/model/action.ts';
import type { NodeFacts } from '../../src/model/facts.ts';
import type { Plan } from '../../src/model/plan.ts';
import { ReweaveError } from '../../src/model/problem.ts';
import { planTo } from './plans.ts';

const small = { servers: 3, agents: 2 } as const;
const actionsOf = (plan: Plan, host: string, step: string): readonly Action[] =>
  plan.stages
    .flatMap((s) => s.batches.flat())
    .filter((s) => s.host === host && s.step === step)
    .flatMap((s) => s.actions);
const refusal = (run: () => unknown): string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof ReweaveError)
      return error.problems.map((p) => `${p.exit} ${p.code} ${p.host ?? ''}`.trim());
    throw error;
  }
  throw new Error('nothing was refused');
};
const change =
  (host: string, with_: (f: NodeFacts) => Partial<NodeFacts>) =>
  (all: NodeFacts[]): NodeFacts[] =>
    all.map((f) => (f.host === host ? { ...f, ...with_(f) } : f));

describe('the pin', () => {
  it('copies each peer route as it is and puts one rule before main', () => {
    const pinned = actionsOf(
      planTo('host-gw', { ...small, backend: 'vxlan' }),
      's2',
      'pod_network_pin',
    );
    const routes = pinned.flatMap((a) => (a.kind === 'route.add' ? [a.route] : []));
    expect(routes.map((r) => r.dst)).toEqual([
      '10.42.0.0/24',
      '10.42.2.0/24',
      '10.42.3.0/24',
      '10.42.4.0/24',
    ]);
    expect(routes[0]).toMatchObject({
      gateway: '10.42.0.0',
      dev: 'flannel.1',
      onlink: true,
      table: '5150',
      proto: '233',
    });
    expect(pinned.at(-1)).toEqual({
      kind: 'rule.add',
      rule: { family: 4, pref: 5150, to: '10.42.0.0/16', table: '5150', proto: '233' },
    });
  });
  it('narrows a route of the whole cluster network to each peer, so that local pods stay local', () => {
    const pinned = actionsOf(
      planTo('vxlan', { ...small, backend: 'wireguard-native' }),
      'a1',
      'pod_network_pin',
    );
    const routes = pinned.flatMap((a) => (a.kind === 'route.add' ? [a.route] : []));
    expect(routes).toHaveLength(4);
    expect(
      routes.every((r) => r.dev === 'flannel-wg' && r.dst !== '10.42.0.0/16' && r.scope === 'link'),
    ).toBe(true);
  });
  it('takes numbers that no node uses', () => {
    const plan = planTo(
      'host-gw',
      { ...small, backend: 'vxlan' },
      change('a2', (f) => ({
        rules: [
          ...f.rules,
          { family: 4, pref: 5149, from: 'all', to: undefined, table: '52', protocol: undefined },
        ],
      })),
    );
    expect(plan.pin).toEqual({ pref: 5160, table: '5160', proto: '233' });
  });
  it('loosens a strict reverse path filter on links that carry pods, never on all', () => {
    const strict = (f: NodeFacts): Partial<NodeFacts> => ({
      sysctls: Object.fromEntries(Object.keys(f.sysctls).map((k) => [k, '1'])),
    });
    const plan = planTo('wireguard-native', { ...small, backend: 'vxlan' }, (all) =>
      all.map((f) => ({ ...f, ...strict(f) })),
    );
    const keys = plan.stages
      .flatMap((s) => s.batches.flat())
      .filter((s) => s.host === 's1' && s.step !== 'tidy')
      .flatMap((s) => s.actions)
      .flatMap((a) =>
        a.kind === 'sysctl.if_present' ? [`${a.key}=${a.value} was ${a.before}`] : [],
      );
    expect(keys).toContain('net/ipv4/conf/flannel.1/rp_filter=2 was 1');
    expect(keys).toContain('net/ipv4/conf/flannel-wg/rp_filter=2 was 1');
    expect(keys.some((k) => /conf\/(all|default)\//.test(k))).toBe(false);
  });
});

describe('every ordered pair of backends', () => {
  const names = ['vxlan', 'host-gw', 'wireguard-native'] as const;
  for (const from of names)
    for (const to of names) {
      if (from === to) continue;
      it(`${from} → ${to} edits three servers, restarts five nodes and cleans what ${from} leaves`, () => {
        const plan = planTo(to, { ...small, backend: from });
        expect(plan.from).toBe(from);
        expect(plan.nodes.flatMap((n) => n.files)).toHaveLength(3);
        expect(
          plan.stages.filter((s) => s.phase === 'restart').flatMap((s) => s.batches.flat()),
        ).toHaveLength(5);
        const cleaned = actionsOf(plan, 's1', 'flannel_clean').map((a) =>
          a.kind === 'link.del' ? a.name : a.kind,
        );
        expect(cleaned).toEqual(
          from === 'vxlan'
            ? ['flannel.1', ...[]]
            : from === 'wireguard-native'
              ? ['flannel-wg']
              : to === 'vxlan'
                ? []
                : Array<string>(4).fill('route.del'),
        );
        const stale = actionsOf(plan, 's1', 'pod_network_main').filter(
          (a) => a.kind === 'route.del',
        );
        expect(stale).toHaveLength(to === 'wireguard-native' ? 4 : 0);
      });
    }
});

describe('a cluster that has nothing to do', () => {
  it('has a plan without stages', () => {
    expect(planTo('vxlan', { ...small, backend: 'vxlan' }).stages).toEqual([]);
  });
});

describe('a cluster that plain restarts left in clear text', () => {
  const plan = planTo('wireguard-native', {
    servers: 1,
    agents: 2,
    backend: 'wireguard-native',
    stale: 'vxlan',
  });
  it('is told as not encrypted', () => {
    expect(plan.drift.join('\n')).toMatch(
      /s1: K3s says wireguard-native, pods to other nodes are carried by vxlan: not encrypted/,
    );
  });
  it('is healed without an edit and without a restart', () => {
    expect(plan.from).toBe('vxlan');
    const phases = plan.stages.map((s) => s.phase);
    expect(phases).not.toContain('write');
    expect(phases).not.toContain('restart');
    expect(
      actionsOf(plan, 'a1', 'pod_network_main').filter((a) => a.kind === 'route.del'),
    ).toHaveLength(2);
    expect(
      actionsOf(plan, 'a1', 'flannel_clean').some(
        (a) => a.kind === 'link.del' && a.name === 'flannel.1',
      ),
    ).toBe(true);
  });
});

describe('a change is refused before anything is touched', () => {
  const to = 'wireguard-native';
  const from = { ...small, backend: 'vxlan' } as const;
  it('names every node whose kernel lacks the module', () => {
    const lacking = (all: NodeFacts[]): NodeFacts[] =>
      all.map((f) =>
        f.host.startsWith('a') ? { ...f, modules: { wireguard: 'absent' as const } } : f,
      );
    expect(refusal(() => planTo(to, from, lacking))).toEqual([
      '5 rule.module-missing a1',
      '5 rule.module-missing a2',
    ]);
  });
  it.each<[string, string, (f: NodeFacts) => Partial<NodeFacts>]>([
    [
      'etcd is not healthy',
      'rule.etcd-unhealthy',
      () => ({ etcd: { members: [], healthy: false } }),
    ],
    ['an API is down', 'rule.api-down', () => ({ apiReady: false })],
    ['ping is missing', 'rule.tool-missing', (f) => ({ tools: { ...f.tools, ping: undefined } })],
    [
      'K3s is not running',
      'rule.k3s-not-running',
      (f) => ({ unit: f.unit && { ...f.unit, activeState: 'failed' } }),
    ],
    [
      'a route to a peer is missing',
      'rule.no-path-today',
      (f) => ({ routes: f.routes.filter((r) => r.dst !== '10.42.1.0/24') }),
    ],
    [
      'the port is taken',
      'rule.port-taken',
      () => ({ udp: [{ address: '0.0.0.0', port: 51820, process: 'kilo' }] }),
    ],
    [
      'another cluster is in the inventory',
      'rule.two-clusters',
      (f) => ({ k3s: { ...f.k3s, clusterId: 'other' } }),
    ],
  ])('when %s', (_what, code, with_) => {
    expect(refusal(() => planTo(to, from, change('s1', with_)))).toEqual(
      expect.arrayContaining([expect.stringContaining(code)]),
    );
  });
  it('when a node of the cluster is not in the inventory, and the rule can be allowed by name only', () => {
    expect(refusal(() => planTo(to, from, (all) => all.filter((f) => f.host !== 'a2')))).toEqual([
      '5 rule.not-in-inventory a2',
    ]);
  });
  it('when a node is behind a router, for host-gw', () => {
    const routed = change('a1', (f) => ({
      routes: f.routes.filter((r) => r.dst !== '172.30.0.0/24'),
    }));
    expect(
      refusal(() => planTo('host-gw', from, routed)).every((r) =>
        r.startsWith('5 rule.routed-between-nodes a1'),
      ),
    ).toBe(true);
  });
});
