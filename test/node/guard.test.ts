import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Action } from '../../src/model/action.ts';
import { decideScript, prepareScript } from '../../src/node/lease.ts';
import { stepScript } from '../../src/node/step.ts';
import { sha256 } from '../../src/node/file.ts';
import type { ArmSpec } from '../../src/node/spec.ts';
import { Box, NETNS, NO_ACTIONS, SHELLS, spec } from './box.ts';

const FILE = '/etc/rancher/k3s/config.yaml';
const OLD = 'flannel-backend: vxlan\n';
const NEW = 'flannel-backend: wireguard-native\n';
const BACK: Action = {
  kind: 'file.splice',
  path: FILE,
  before: sha256(NEW),
  after: sha256(OLD),
  splices: [{ start: 17, end: 33, text: 'vxlan' }],
};
const ALL = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const allServe = (value: string) => Object.fromEntries(ALL.map((address) => [address, value]));

describe.each(SHELLS)('the guard under %s', (_name, shell) => {
  let box: Box;
  beforeEach(() => {
    box = new Box(shell);
    box.write(FILE, NEW);
    box.flannel('wireguard');
    box.served(allServe('wireguard-native'));
    // K3s comes up with what its file says.
    box.write(
      '/fake/on-restart',
      `echo "at $(cut -d. -f1 "$BOX/proc/uptime")" >>"$FAKE/restarts"
if grep -q vxlan "$BOX${FILE}"; then t=vxlan; s=vxlan; else t=wireguard; s=wireguard-native; fi
[ ! -e "$FAKE/agent" ] || { [ "$(cat "$FAKE/served/10.0.0.1")" = vxlan ] && t=vxlan || t=wireguard; s=; }
printf '{"Backend": {"Type": "%s"}}' "$t" >"$BOX/var/lib/rancher/k3s/agent/etc/flannel/net-conf.json"
[ -z "$s" ] || printf %s "$s" >"$FAKE/served/10.0.0.1"
`,
    );
  });
  afterEach(() => {
    box.close();
  });
  const options = () => ({ root: box.root });
  const files = { ...NO_ACTIONS, files: [BACK] };
  const arm = (more: Partial<ArmSpec> = {}) => {
    expect(box.arm(spec({ actions: files, ...more }))).toMatchObject({ code: 0 });
  };
  const armAgent = () => {
    box.write('/fake/agent', '');
    arm({ role: 'agent', node: 'n9', unit: 'k3s-agent.service', slotIndex: 0 });
  };
  const mark = (marks: Record<string, string>) =>
    box.run(
      stepScript({ run: 'r1', epoch: 1, step: 's', direction: 'forward', marks }, [], options()),
    );
  const state = () => box.state();

  describe('on a server', () => {
    it('does nothing while the lease is fresh', () => {
      arm();
      box.ticks(1002, 1058, 8);
      expect(state().phase).toBe('armed');
      expect(box.read(FILE)).toBe(NEW);
    });

    it('returns by itself: files, restart, a steady K3s, then it goes away', () => {
      arm();
      mark({ wrote: '1', restarted: '1' });
      box.ticks(1060, 1062);
      expect(state().phase).toBe('returning');
      expect(box.read(FILE)).toBe(OLD);
      expect(box.restarts()).toBe(1);
      box.ticks(1064, 1076, 6);
      expect(state()).toMatchObject({ phase: 'returning', reason: 'waits for K3s to stay up' });
      box.ticks(1082, 1090, 4);
      expect(state()).toMatchObject({ phase: 'returned', reason: 'returned to vxlan' });
      expect(box.restarts()).toBe(1);
      expect(box.has('/etc/systemd/system/reweave-guard.timer')).toBe(false);
      expect(box.has('/var/lib/reweave/guard.sh')).toBe(false);
    });

    it('does not restart a K3s that never left the old backend', () => {
      box.write(FILE, OLD);
      box.flannel('vxlan');
      arm();
      box.ticks(1060, 1090, 6);
      expect(state().phase).toBe('returned');
      expect(box.restarts()).toBe(0);
    });

    it('restarts K3s once when it fires twice at the same moment', () => {
      arm();
      box.clock(1060);
      box.guard();
      box.guard();
      expect(box.restarts()).toBe(1);
    });

    it('waits for its slot', () => {
      arm({ slotIndex: 2 });
      box.ticks(1060, 1064);
      expect(box.read(FILE)).toBe(OLD);
      expect(state().reason).toContain('waits for its turn');
      box.clock(1238);
      box.guard();
      expect(box.restarts()).toBe(0);
      box.clock(1240);
      box.guard();
      expect(box.restarts()).toBe(1);
    });

    it('waits while another server does not answer', () => {
      arm();
      box.write('/fake/down/10.0.0.3', '');
      box.ticks(1060, 1080, 5);
      expect(box.restarts()).toBe(0);
      expect(state().reason).toContain('waits for the other servers to answer: n3');
      box.remove('/fake/down/10.0.0.3');
      box.ticks(1082, 1082);
      expect(box.restarts()).toBe(1);
    });

    it('does not wait for others when its own K3s is dead', () => {
      arm();
      for (const address of ALL) box.write(`/fake/down/${address}`, '');
      box.unit('ActiveState=failed\nNRestarts=9\nInvocationID=start0\n');
      box.ticks(1060, 1060);
      expect(box.restarts()).toBe(1);
    });

    it('restarts again when the order was lost, and never while a job is under way', () => {
      arm();
      box.write('/fake/lost-restart', '');
      box.ticks(1060, 1060);
      box.remove('/fake/lost-restart');
      box.unit('ActiveState=active\nNRestarts=0\nInvocationID=start0\nJob=12\n');
      box.ticks(1062, 1080, 6);
      expect(box.restarts()).toBe(1);
      box.unit('ActiveState=active\nNRestarts=0\nInvocationID=start0\nJob=\n');
      box.ticks(1082, 1082);
      expect(box.restarts()).toBe(2);
    });

    it('does not believe a K3s that keeps dying', () => {
      arm();
      box.ticks(1060, 1060);
      for (let at = 1062; at < 1140; at += 8) {
        box.unit(`ActiveState=active\nNRestarts=${at}\nInvocationID=x${at}\n`);
        box.ticks(at, at + 6, 6);
      }
      expect(state().phase).toBe('returning');
      box.ticks(1140, 1164, 8);
      expect(state().phase).toBe('returned');
    });

    it('keeps the data plane and K3s as they are when its file was changed by somebody else', () => {
      arm();
      box.write(FILE, 'flannel-backend: none\n');
      box.ticks(1060, 1070);
      expect(box.restarts()).toBe(0);
      expect(state().phase).toBe('returning');
      expect(state().reason).toContain('changed by somebody else');
      expect(box.read(FILE)).toBe('flannel-backend: none\n');
      box.write(FILE, NEW);
      box.ticks(1072, 1072);
      expect(box.restarts()).toBe(1);
    });

    it('reloads systemd after units were restored, and waits when that fails', () => {
      arm({ actions: { ...files, reload: true } });
      box.write('/fake/no-reload', '');
      box.ticks(1060, 1062);
      expect(box.restarts()).toBe(0);
      expect(state().reason).toContain('daemon-reload');
      box.remove('/fake/no-reload');
      box.ticks(1064, 1064);
      expect(box.restarts()).toBe(1);
    });

    it('tells what it could not tidy, and ends nevertheless', () => {
      const odd: Action = { kind: 'sysctl.set', key: 'net/x', value: '1', before: '2' };
      arm({ actions: { ...files, tidy: [odd] } });
      box.ticks(1060, 1130, 5);
      expect(state().phase).toBe('returned');
      expect(state().reason).toContain('left: ');
      expect(state().reason).toContain('sysctl net/x is not there');
    });

    it('restores files before K3s starts when the node was rebooted', () => {
      arm();
      mark({ restarted: '1' });
      box.reboot('boot-b');
      expect(box.guard('boot').code).toBe(0);
      expect(box.read(FILE)).toBe(OLD);
      expect(state()).toMatchObject({ phase: 'returning', reason: 'the node was started again' });
      box.flannel('vxlan');
      box.ticks(7, 40, 6);
      expect(box.restarts()).toBe(0);
      expect(state().phase).toBe('returned');
    });

    it('takes a lease as over after a reboot even without its boot unit', () => {
      arm();
      box.reboot('boot-b');
      box.ticks(6, 6);
      expect(state().phase).toBe('returning');
      expect(box.restarts()).toBe(1);
    });

    it('leaves a prepared node on the new files when it was rebooted', () => {
      arm();
      box.run(prepareScript('r1', 1, options()));
      box.reboot('boot-b');
      box.guard('boot');
      box.ticks(6, 30, 8);
      expect(box.read(FILE)).toBe(NEW);
      expect(state()).toMatchObject({
        phase: 'prepared',
        reason: expect.stringContaining('stays'),
      });
    });

    it('stays prepared without a decision as long as nobody goes back', () => {
      arm();
      box.run(prepareScript('r1', 1, options()));
      box.ticks(1060, 1200, 35);
      expect(state().phase).toBe('prepared');
      expect(box.restarts()).toBe(0);
      expect(box.has('/etc/systemd/system/reweave-guard.timer')).toBe(true);
    });

    it('follows an abort when a server serves the old backend three times in a row', () => {
      arm();
      box.run(prepareScript('r1', 1, options()));
      box.served({ '10.0.0.2': 'vxlan' });
      box.ticks(1060, 1062);
      box.served({ '10.0.0.2': 'wireguard-native' });
      box.ticks(1064, 1064);
      box.served({ '10.0.0.2': 'vxlan' });
      box.ticks(1066, 1068);
      expect(state().phase).toBe('prepared');
      box.ticks(1070, 1070);
      expect(state().phase).toBe('returning');
      expect(box.read(FILE)).toBe(OLD);
      expect(box.restarts()).toBe(1);
    });

    it('gives servers that follow an abort a turn each', () => {
      arm({ slotIndex: 1 });
      box.run(prepareScript('r1', 1, options()));
      box.served({ '10.0.0.2': 'vxlan' });
      box.ticks(2000, 2004);
      expect(state()).toMatchObject({ phase: 'returning', return_at: '2004' });
      box.ticks(2006, 2092, 43);
      expect(box.restarts()).toBe(0);
      box.ticks(2094, 2094);
      expect(box.restarts()).toBe(1);
    });

    it('does not take a silent server for one that went back', () => {
      arm();
      box.run(prepareScript('r1', 1, options()));
      for (const address of ALL) box.write(`/fake/down/${address}`, '');
      box.ticks(1060, 1100, 5);
      expect(state().phase).toBe('prepared');
    });

    it('goes forward after the decision, keeps the new files and goes away', () => {
      const clean: Action = { kind: 'file.remove', path: '/etc/left', before: sha256('x') };
      box.write('/etc/left', 'x');
      arm({ actions: { ...files, cleanNew: [clean] } });
      box.run(prepareScript('r1', 1, options()));
      box.run(decideScript('r1', 1, options()));
      box.ticks(1060, 1060);
      expect(state()).toMatchObject({ phase: 'done', reason: 'went forward to wireguard-native' });
      expect(box.has('/etc/left')).toBe(false);
      expect(box.read(FILE)).toBe(NEW);
      expect(box.restarts()).toBe(0);
      expect(box.has('/etc/systemd/system/reweave-guard.timer')).toBe(false);
    });

    it('does not touch another run', () => {
      arm();
      box.write(
        '/var/lib/reweave/state',
        box.read('/var/lib/reweave/state').replace('run=r1', 'run=r2'),
      );
      box.ticks(1060, 1064);
      expect(box.read(FILE)).toBe(NEW);
    });

    it('restarts nothing when it cannot write down that it does', () => {
      arm();
      box.ticks(1060, 1060);
      expect(box.restarts()).toBe(1);
      const text = box.read('/var/lib/reweave/state').replace(/^kick_at=.*$/m, 'kick_at=0');
      box.write('/var/lib/reweave/state', text.replace(/^restarted=.*$/m, 'restarted=1'));
      box.write('/fake/bin/mv', '#!/bin/sh\nexit 1\n');
      rmSync(box.path('/fake/starts'));
      box.run('chmod +x "$FAKE/bin/mv"');
      box.ticks(1062, 1070);
      expect(box.restarts()).toBe(1);
    });
  });

  describe('on an agent', () => {
    it('waits until every server serves the old backend, then restarts', () => {
      armAgent();
      mark({ restarted: '1' });
      box.served({ '10.0.0.1': 'vxlan', '10.0.0.2': 'vxlan' });
      box.ticks(1060, 1080, 5);
      expect(box.restarts()).toBe(0);
      expect(state().reason).toContain('n3 wireguard-native');
      box.served({ '10.0.0.3': 'vxlan' });
      box.ticks(1082, 1082);
      expect(box.restarts()).toBe(1);
      expect(box.log()).toContain('restart --no-block k3s-agent.service');
      box.ticks(1084, 1110, 8);
      expect(state()).toMatchObject({ phase: 'returned', reason: 'returned to vxlan' });
    });

    it('does not count a server that is down', () => {
      armAgent();
      box.served(allServe('vxlan'));
      box.write('/fake/down/10.0.0.2', '');
      box.ticks(1060, 1080, 5);
      expect(box.restarts()).toBe(0);
      expect(state().reason).toContain('n2 ?');
    });

    it('follows the new backend when every server keeps serving it', () => {
      armAgent();
      box.flannel('vxlan');
      for (let at = 1060; at <= 1380; at += 80) box.ticks(at, at);
      expect(box.restarts()).toBe(0);
      box.ticks(1392, 1392);
      expect(box.restarts()).toBe(1);
      box.ticks(1394, 1420, 8);
      expect(state()).toMatchObject({ phase: 'returned', reason: 'followed new' });
    });

    it('does not follow when a server was silent in between', () => {
      armAgent();
      box.ticks(1060, 1060);
      box.write('/fake/down/10.0.0.2', '');
      box.ticks(1200, 1200);
      box.remove('/fake/down/10.0.0.2');
      box.ticks(1392, 1392);
      expect(state().follow).toBeUndefined();
    });
  });

  describe.runIf(NETNS)('with a pinned data plane', () => {
    const route = { family: 4, dst: '10.42.1.0/24', gateway: '10.9.0.2', dev: 'v0' } as const;
    const pin = { ...route, table: '5150', proto: '233' };
    const rule = {
      family: 4,
      pref: 5150,
      table: '5150',
      to: '10.42.0.0/16',
      proto: '233',
    } as const;
    const actions: ArmSpec['actions'] = {
      ...files,
      repin: [
        { kind: 'route.add', route: pin },
        { kind: 'rule.add', rule },
        { kind: 'route.add', route: { ...route, table: 'main' } },
      ],
      unpin: [{ kind: 'rule.del', rule }],
      cleanOld: [{ kind: 'link.del', name: 'w0', linkKind: 'veth' }],
      tidy: [{ kind: 'route.del', route: pin }],
    };
    const rules = () => box.ip('rule', 'show', 'pref', '5150').trim();
    beforeEach(() => {
      box.net();
      box.ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
      box.ip('link', 'add', 'w0', 'type', 'veth', 'peer', 'name', 'w1');
      for (const name of ['v0', 'v1', 'w0', 'w1']) box.ip('link', 'set', name, 'up');
      box.ip('addr', 'add', '10.9.0.1/24', 'dev', 'v0');
      box.ip('route', 'add', '10.42.0.0/16', 'dev', 'w0');
      arm({ actions });
    });

    it('pins first, even when it may not restart yet', () => {
      mark({ pinned: '1', unpinned: '1', restarted: '1' });
      box.write('/fake/down/10.0.0.2', '');
      box.write(FILE, 'spoiled');
      box.ticks(1060, 1060);
      expect(rules()).toContain('lookup 5150');
      expect(box.ip('route', 'show', 'table', '5150')).toContain('10.42.1.0/24 via 10.9.0.2');
      expect(state()).toMatchObject({ unpinned: '0', repinned: '1' });
    });

    it('stays pinned until the old path is in main, then unpins, cleans and tidies', () => {
      mark({ pinned: '1', restarted: '1' });
      box.ticks(1060, 1060);
      box.ip('route', 'del', '10.42.1.0/24', 'via', '10.9.0.2');
      box.ticks(1062, 1100, 8);
      expect(state().reason).toContain('waits for the route to 10.42.1.0/24 in main');
      expect(rules()).not.toBe('');
      box.ip('route', 'add', '10.42.1.0/24', 'via', '10.9.0.2', 'dev', 'v0');
      box.ticks(1102, 1102);
      expect(state()).toMatchObject({ phase: 'returned', reason: 'returned to vxlan' });
      expect(rules()).toBe('');
      expect(box.ip('-o', 'link')).not.toContain('w0');
      expect(box.ip('route', 'show')).toContain('10.42.1.0/24');
    });

    it('is not deceived by a more specific route elsewhere, nor by a default route', () => {
      mark({ pinned: '1', restarted: '1' });
      box.ticks(1060, 1060);
      box.ip('route', 'del', '10.42.1.0/24', 'via', '10.9.0.2');
      box.ip('route', 'add', 'default', 'via', '10.9.0.2', 'dev', 'v0');
      box.ip('route', 'add', '10.42.0.0/20', 'via', '10.9.0.2', 'dev', 'v0');
      box.ip('route', 'add', '10.42.0.0/22', 'dev', 'w0');
      box.ticks(1062, 1100, 8);
      expect(state().phase).toBe('returning');
      box.ip('route', 'del', '10.42.0.0/22', 'dev', 'w0');
      box.ticks(1102, 1102);
      expect(state().phase).toBe('returned');
    });

    it('goes on to K3s when the old link is gone and nothing can be pinned', () => {
      mark({ pinned: '1', restarted: '1' });
      box.ip('link', 'del', 'v0');
      box.ticks(1060, 1060);
      expect(box.restarts()).toBe(1);
      expect(state().reason).toContain('K3s restarts');
      expect(rules()).toContain('lookup 5150');
    });

    it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16])(
      'ends the same when it was killed at its %i. write',
      (n) => {
        mark({ pinned: '1', restarted: '1' });
        box.clock(1060);
        box.guardKilledAt(n);
        box.ticks(1062, 1062);
        box.guardKilledAt(n);
        box.ticks(1072, 1120, 8);
        expect(state()).toMatchObject({ phase: 'returned', reason: 'returned to vxlan' });
        expect(box.restarts()).toBe(1);
        expect(box.read(FILE)).toBe(OLD);
        expect(rules()).toBe('');
        expect(box.ip('-o', 'link')).not.toContain('w0');
      },
    );
  });
});
