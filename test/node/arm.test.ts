import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { armScript } from '../../src/node/arm.ts';
import { disarmScript, forgetScript } from '../../src/node/disarm.ts';
import { prepareScript } from '../../src/node/lease.ts';
import { lockScript, lockStatusScript, parseLock, unlockScript } from '../../src/node/lock.ts';
import { stepScript } from '../../src/node/step.ts';
import { Box, NO_ACTIONS, SHELLS, spec } from './box.ts';

const UNITS = ['reweave-boot.service', 'reweave-guard.service', 'reweave-guard.timer'];

describe.each(SHELLS)('arming under %s', (_name, shell) => {
  let box: Box;
  beforeEach(() => {
    box = new Box(shell);
    box.flannel('vxlan');
    box.served({ '10.0.0.1': 'vxlan', '10.0.0.2': 'vxlan', '10.0.0.3': 'vxlan' });
  });
  afterEach(() => {
    box.close();
  });
  const options = () => ({ root: box.root });
  const units = () => readdirSync(box.path('/etc/systemd/system')).sort();

  it('leaves guard, undo files, backups, units and a drilled state', () => {
    box.write('/etc/rancher/k3s/config.yaml', 'a: 1\n');
    const ran = box.arm(spec({ backups: ['/etc/rancher/k3s/config.yaml', '/etc/absent'] }));
    expect(ran).toEqual({ code: 0, out: 'armed\n', err: '' });
    expect(units()).toEqual(UNITS);
    expect(box.state()).toMatchObject({
      v: '1',
      run: 'r1',
      epoch: '1',
      phase: 'armed',
      drilled: '1',
      lease_uptime: '1060',
      pinned: '0',
      restarted: '0',
    });
    const dir = box.path('/var/lib/reweave');
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    const [copy = ''] = readdirSync(`${dir}/runs/r1/backup`);
    expect(copy).toMatch(/^%2Fetc%2Francher%2Fk3s%2Fconfig\.yaml\.[0-9a-f]{64}$/);
    expect(readFileSync(`${dir}/runs/r1/backup/${copy}`, 'utf8')).toBe('a: 1\n');
    expect(box.log()).toContain('enable reweave-guard.timer reweave-boot.service');
  });

  it('does nothing at its first firing, however often it fires', () => {
    box.arm(spec());
    const before = box.read('/var/lib/reweave/state');
    box.guard();
    box.guard();
    expect(box.read('/var/lib/reweave/state')).toBe(before);
    expect(box.restarts()).toBe(0);
  });

  it('takes everything back when the timer never fires', () => {
    box.write('/etc/systemd/system/k3s.service', '');
    const ran = box.run(armScript(spec(), options()));
    expect(ran.code).toBe(73);
    expect(ran.err).toContain('did not run through its timer within 15 s; nothing is armed');
    expect(units()).toEqual(['k3s.service']);
    expect(box.has('/var/lib/reweave/guard.sh')).toBe(false);
    expect(box.state()).toEqual({});
    expect(box.log()).toContain('stop reweave-guard.timer');
  });

  it('takes everything back when systemd does not reload', () => {
    box.write('/fake/no-reload', '');
    const ran = box.arm(spec());
    expect(ran.code).toBe(73);
    expect(units()).toEqual([]);
  });

  it('refuses while another run is armed, and follows one that has ended', () => {
    box.arm(spec());
    expect(box.arm(spec({ run: 'r2' })).code).toBe(75);
    expect(box.state().run).toBe('r1');
    expect(box.run(disarmScript('r1', 1, options())).out).toBe('disarmed\n');
    expect(box.arm(spec({ run: 'r2' })).out).toBe('armed\n');
    expect(box.state()).toMatchObject({ run: 'r2', phase: 'armed' });
  });

  it('keeps what is known when the same run arms again with a later epoch', () => {
    box.arm(spec());
    const marks = { pinned: '1', unpinned: '1', restarted: '1' };
    box.run(
      stepScript({ run: 'r1', epoch: 1, step: 's', direction: 'forward', marks }, [], options()),
    );
    box.run(prepareScript('r1', 1, options()));
    box.clock(1500);
    expect(box.arm(spec({ epoch: 2 })).out).toBe('armed\n');
    expect(box.state()).toMatchObject({
      phase: 'prepared',
      epoch: '2',
      pinned: '1',
      restarted: '1',
    });
    expect(box.arm(spec({ epoch: 1 })).code).toBe(75);
  });

  it('does not revive an armed run after its lease with the same epoch', () => {
    box.arm(spec());
    box.clock(1500);
    expect(box.arm(spec()).code).toBe(75);
    expect(box.arm(spec({ epoch: 2 })).out).toBe('armed\n');
  });

  it('refuses while the guard returns', () => {
    box.arm(spec());
    box.clock(1070);
    box.guard();
    expect(box.arm(spec({ epoch: 2 })).err).toContain('phase is returning');
  });

  it('finds an undo file that a disk has spoiled', () => {
    box.write('/fake/timer-works', '');
    execFileSync('mkdir', ['-p', box.path('/etc/systemd/system')]);
    const spoil = 'echo "if" >>"$rw_dir/repin.sh"; arm_state ';
    const bad = armScript(spec(), options()).replace(/^arm_state (?=')/m, spoil);
    const ran = box.run(bad);
    expect(ran.code).toBe(73);
    expect(ran.err).toContain('repin.sh cannot be read');
  });

  it('disarms once, keeps journal and backups, and is forgotten only then', () => {
    box.write('/etc/rancher/k3s/config.yaml', 'a: 1\n');
    box.arm(spec({ backups: ['/etc/rancher/k3s/config.yaml'] }));
    expect(box.run(forgetScript('r1', options())).code).toBe(75);
    expect(box.run(disarmScript('r1', 2, options())).code).toBe(75);
    expect(box.run(disarmScript('r1', 1, options())).out).toBe('disarmed\n');
    expect(box.run(disarmScript('r1', 1, options())).out).toBe('same\n');
    expect(units()).toEqual([]);
    expect(readdirSync(box.path('/var/lib/reweave/runs/r1')).sort()).toEqual([
      'backup',
      'journal.jsonl',
    ]);
    expect(box.run(forgetScript('r1', options())).out).toBe('done\n');
    expect(box.has('/var/lib/reweave')).toBe(false);
    expect(box.run(forgetScript('r1', options())).out).toBe('same\n');
  });

  it('is not disarmed once its guard is about to act', () => {
    box.arm(spec());
    box.clock(1070);
    expect(box.run(disarmScript('r1', 1, options())).code).toBe(75);
  });

  it('carries any text in its undo files', () => {
    const text = "it's\n`$(id)` RW_EOF \\ «é»\n";
    const path = '/etc/x.conf';
    const files = [{ kind: 'file.write', path, mode: '600', text, before: null }] as const;
    box.arm(spec({ actions: { ...NO_ACTIONS, files } }));
    box.clock(1070);
    box.guard();
    expect(box.read(path)).toBe(text);
  });
});

describe.each(SHELLS)('the lock under %s', (_name, shell) => {
  let box: Box;
  beforeEach(() => {
    box = new Box(shell);
  });
  afterEach(() => {
    box.close();
  });
  const options = () => ({ root: box.root });
  const lock = (run: string, epoch = 1, takeover = false) =>
    box.run(lockScript(run, 'ann@desk', epoch, { ...options(), takeover }));
  const status = () => parseLock(box.run(lockStatusScript(options())).out);

  it('is free at first, and says who took it', () => {
    expect(status().held).toBe(false);
    expect(lock('r1')).toEqual({ code: 0, out: 'locked\n', err: '' });
    expect(status()).toMatchObject({ held: true, run: 'r1', owner: 'ann@desk', epoch: 1 });
  });

  it('is taken again by its own run, but not with an earlier epoch', () => {
    lock('r1', 2);
    expect(lock('r1', 3).code).toBe(0);
    expect(lock('r1', 2).code).toBe(75);
  });

  it('is refused to another run as long as its run is armed, even with a takeover', () => {
    lock('r1');
    box.arm(spec());
    for (const takeover of [false, true]) {
      const ran = lock('r2', 1, takeover);
      expect(ran.code).toBe(76);
      expect(parseLock(ran.out)).toMatchObject({ run: 'r1', stale: false });
    }
  });

  it('is refused while its run returns by itself', () => {
    lock('r1');
    box.arm(spec());
    box.clock(1070);
    box.guard();
    expect(lock('r2', 1, true).code).toBe(76);
  });

  it('is stale when the lease of its run is over, and goes to whoever asks for it', () => {
    lock('r1');
    box.arm(spec());
    box.run(prepareScript('r1', 1, options()));
    box.clock(1070);
    expect(status()).toMatchObject({ stale: true });
    const ran = lock('r2');
    expect(ran.code).toBe(77);
    expect(ran.err).toContain('the lease of its run is over');
    expect(lock('r2', 1, true).out).toBe('locked\n');
    expect(status().run).toBe('r2');
  });

  it('is stale when its run never armed here', () => {
    lock('r1');
    expect(lock('r2').code).toBe(77);
  });

  it('is taken from nobody when a crash left it without a name', () => {
    execFileSync('mkdir', ['-p', box.path('/var/lib/reweave/lock')]);
    expect(status()).toMatchObject({ run: '', stale: true });
    expect(lock('r2').out).toBe('locked\n');
  });

  it('is given back by its own run alone', () => {
    lock('r1');
    expect(box.run(unlockScript('r2', options())).code).toBe(75);
    expect(box.run(unlockScript('r1', options())).out).toBe('unlocked\n');
    expect(box.run(unlockScript('r1', options())).out).toBe('same\n');
  });
});
