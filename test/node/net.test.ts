import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Action, RouteSpec, RuleSpec } from '../../src/model/action.ts';
import { actionScript } from '../../src/node/action.ts';
import { moduleProbeScript } from '../../src/node/module-probe.ts';
import { Box, NETNS, SHELLS } from './box.ts';

const ROUTE: RouteSpec = {
  family: 4,
  dst: '10.42.1.0/24',
  table: '5150',
  gateway: '10.9.0.2',
  dev: 'v0',
  proto: '233',
};
const RULE: RuleSpec = { family: 4, pref: 5150, table: '5150', to: '10.42.0.0/16', proto: '233' };
const STORE = '/var/lib/cni/networks/cbr0';

describe.runIf(NETNS).each(SHELLS)(
  'the network of a real kernel, changed by %s',
  (_name, shell) => {
    let box: Box;
    beforeEach(() => {
      box = new Box(shell);
      box.net();
      box.ip('link', 'set', 'lo', 'up');
      box.ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
      box.ip('link', 'set', 'v0', 'up');
      box.ip('link', 'set', 'v1', 'up');
      box.ip('addr', 'add', '10.9.0.1/24', 'dev', 'v0');
      box.ip('addr', 'add', 'fd01::1/64', 'dev', 'v0', 'nodad');
    });
    afterEach(() => {
      box.close();
    });
    const run = (action: Action) => box.run(actionScript(action, 'r1', { root: box.root }));
    const add = (route: Partial<RouteSpec> = {}): Action => ({
      kind: 'route.add',
      route: { ...ROUTE, ...route },
    });
    const del = (route: Partial<RouteSpec> = {}): Action => ({
      kind: 'route.del',
      route: { ...ROUTE, ...route },
    });

    it('adds a route once, and deletes it once', () => {
      expect(run(add())).toEqual({ code: 0, out: 'done\n', err: '' });
      expect(box.ip('route', 'show', 'table', '5150').trim()).toBe(
        '10.42.1.0/24 via 10.9.0.2 dev v0 proto 233',
      );
      expect(run(add()).out).toBe('same\n');
      expect(run(del()).out).toBe('done\n');
      expect(run(del())).toEqual({ code: 0, out: 'same\n', err: '' });
    });

    it.each<[string, Partial<RouteSpec>]>([
      ['IPv6', { family: 6, dst: 'fd00:42:1::/64', gateway: 'fd01::2' }],
      ['onlink', { gateway: '10.42.1.0', onlink: true }],
      ['link scope in main', { table: 'main', gateway: undefined as never, scope: 'link' }],
      ['a metric and a source', { metric: 77, src: '10.9.0.1' }],
      ['throw', { type: 'throw', gateway: undefined as never, dev: undefined as never }],
      [
        'IPv6 throw',
        { family: 6, dst: 'fd00:42::/56', type: 'throw', gateway: undefined as never },
      ],
      ['default', { dst: 'default' }],
      ['one host', { dst: '10.42.1.0/32' }],
    ])('knows again a route with %s', (_what, more) => {
      expect(run(add(more))).toEqual({ code: 0, out: 'done\n', err: '' });
      expect(run(add(more)).out).toBe('same\n');
      expect(run(del(more))).toEqual({ code: 0, out: 'done\n', err: '' });
      expect(run(del(more)).out).toBe('same\n');
    });

    it('refuses to add beside a foreign route to the same destination', () => {
      box.ip('route', 'add', '10.42.1.0/24', 'via', '10.9.0.9', 'table', '5150');
      const ran = run(add());
      expect(ran.code).toBe(65);
      expect(ran.err).toContain('another route to 10.42.1.0/24');
      expect(box.ip('route', 'show', 'table', '5150')).toContain('10.9.0.9');
    });

    it('does not delete a foreign route, be it another path or another protocol', () => {
      box.ip('route', 'add', '10.42.1.0/24', 'via', '10.9.0.9', 'table', '5150', 'proto', '233');
      expect(run(del()).out).toBe('same\n');
      box.ip('route', 'replace', '10.42.1.0/24', 'via', '10.9.0.2', 'table', '5150', 'proto', '7');
      expect(run(del()).out).toBe('same\n');
      expect(box.ip('route', 'show', 'table', '5150')).toContain('10.9.0.2');
    });

    it('says why the kernel refused', () => {
      const ran = run(add({ dev: 'flannel.1' }));
      expect(ran.code).toBe(73);
      expect(ran.err).toContain('Cannot find device');
    });

    it('adds a rule once in both families, and finds it again by its tag', () => {
      for (const rule of [RULE, { ...RULE, family: 6 as const, to: 'fd00:42::/56' }]) {
        expect(run({ kind: 'rule.add', rule })).toEqual({ code: 0, out: 'done\n', err: '' });
        expect(run({ kind: 'rule.add', rule }).out).toBe('same\n');
        expect(
          box.ip(`-${rule.family}`, 'rule', 'show', 'pref', '5150').trim().split('\n'),
        ).toHaveLength(1);
        expect(run({ kind: 'rule.del', rule })).toEqual({ code: 0, out: 'done\n', err: '' });
        expect(run({ kind: 'rule.del', rule }).out).toBe('same\n');
      }
    });

    it('tells rules of one preference apart by from and to', () => {
      const to = { ...RULE, pref: 5149, to: '10.42.1.254', table: 'main' };
      const { to: _to, ...rest } = to;
      const from = { ...rest, from: '10.42.0.254' };
      expect(run({ kind: 'rule.add', rule: to }).out).toBe('done\n');
      expect(run({ kind: 'rule.add', rule: from }).out).toBe('done\n');
      expect(run({ kind: 'rule.del', rule: to }).out).toBe('done\n');
      expect(box.ip('rule', 'show', 'pref', '5149')).toContain('from 10.42.0.254');
      expect(run({ kind: 'rule.add', rule: from }).out).toBe('same\n');
    });

    it('refuses a preference that somebody else uses, and leaves their rule', () => {
      box.ip('rule', 'add', 'pref', '5150', 'to', '10.42.0.0/16', 'lookup', '5150');
      expect(run({ kind: 'rule.add', rule: RULE }).code).toBe(65);
      expect(run({ kind: 'rule.del', rule: RULE }).out).toBe('same\n');
      expect(box.ip('rule', 'show', 'pref', '5150')).not.toBe('');
    });

    it('deletes a link of the right kind only', () => {
      expect(run({ kind: 'link.del', name: 'v0', linkKind: 'vxlan' }).code).toBe(65);
      expect(run({ kind: 'link.del', name: 'lo', linkKind: 'vxlan' }).code).toBe(65);
      expect(run({ kind: 'link.del', name: 'v0', linkKind: 'veth' }).out).toBe('done\n');
      expect(run({ kind: 'link.del', name: 'v0', linkKind: 'veth' }).out).toBe('same\n');
    });

    it.each([
      ['10.42.0.254', '10.42.0.254/32'],
      ['fd00:42::fe/64', 'fd00:42::fe/128'],
    ])(
      'reserves %s in host-local, and gives it back with the directory it made',
      (address, shown) => {
        const there = { address, dev: 'v0', store: STORE };
        const file = `${STORE}/${address.replace(/\/.*/, '')}`;
        expect(run({ kind: 'endpoint.add', ...there })).toEqual({
          code: 0,
          out: 'done\n',
          err: '',
        });
        expect(box.read(file)).toBe('reweave');
        expect(box.ip('-o', 'addr', 'show', 'dev', 'v0')).toContain(
          shown.replace(/\/(32|128)/, ''),
        );
        expect(run({ kind: 'endpoint.add', ...there }).out).toBe('same\n');
        expect(run({ kind: 'endpoint.del', ...there })).toEqual({
          code: 0,
          out: 'done\n',
          err: '',
        });
        expect(box.ip('-o', 'addr', 'show', 'dev', 'v0')).not.toContain(
          shown.replace(/\/(32|128)/, ''),
        );
        expect(box.has('/var/lib/cni')).toBe(false);
        expect(run({ kind: 'endpoint.del', ...there }).out).toBe('same\n');
      },
    );

    it('never takes the address of a pod', () => {
      box.write(`${STORE}/10.42.0.254`, 'c0ffee\r\neth0');
      const there = { address: '10.42.0.254', dev: 'v0', store: STORE };
      expect(run({ kind: 'endpoint.add', ...there }).code).toBe(65);
      expect(run({ kind: 'endpoint.del', ...there }).out).toBe('same\n');
      expect(box.read(`${STORE}/10.42.0.254`)).toBe('c0ffee\r\neth0');
    });

    it('never adopts an address that stands on the bridge already', () => {
      box.ip('addr', 'add', '10.42.0.254/32', 'dev', 'v0');
      const there = { address: '10.42.0.254', dev: 'v0', store: STORE };
      expect(run({ kind: 'endpoint.add', ...there }).code).toBe(65);
      expect(box.has(`${STORE}/10.42.0.254`)).toBe(false);
    });

    it('gives the reservation back when there is no bridge', () => {
      const there = { address: '10.42.0.254', dev: 'cni0', store: STORE };
      const ran = run({ kind: 'endpoint.add', ...there });
      expect(ran.code).toBe(73);
      expect(ran.err).toContain('cni0');
      expect(box.has('/var/lib/cni')).toBe(false);
    });

    it('finishes a reservation that a crash left without its address', () => {
      box.write(`${STORE}/10.42.0.254`, 'reweave');
      const there = { address: '10.42.0.254', dev: 'v0', store: STORE };
      expect(run({ kind: 'endpoint.add', ...there }).out).toBe('done\n');
      expect(run({ kind: 'endpoint.del', ...there }).out).toBe('done\n');
      expect(box.has(STORE)).toBe(true);
    });

    it('probes a kernel for vxlan and leaves no link', () => {
      const before = box.ip('-o', 'link');
      expect(box.run(moduleProbeScript('vxlan', { root: box.root }))).toEqual({
        code: 0,
        out: 'ok\n',
        err: '',
      });
      expect(box.ip('-o', 'link')).toBe(before);
    });

    it('says in the words of the kernel that wireguard is absent, or leaves no link', () => {
      const before = box.ip('-o', 'link');
      const ran = box.run(moduleProbeScript('wireguard', { root: box.root }));
      if (ran.code === 0) expect(ran.out).toBe('ok\n');
      else expect(ran.err).toContain('cannot make a link of type wireguard: ');
      expect(box.ip('-o', 'link')).toBe(before);
    });
  },
);
