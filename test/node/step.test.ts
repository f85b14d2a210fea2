import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Action } from '../../src/model/action.ts';
import { decideScript, prepareScript, renewScript } from '../../src/node/lease.ts';
import { parseStatus, readEndScript, statusScript } from '../../src/node/status.ts';
import { type StepContext, stepScript } from '../../src/node/step.ts';
import { Box, ROOT, SHELLS, spec } from './box.ts';

const KEY = 'net/ipv4/conf/flannel.1/rp_filter';
const SET: Action = { kind: 'sysctl.set', key: KEY, value: '2', before: '1' };
const STEP: StepContext = { run: 'r1', epoch: 1, step: "pin/it's/n1", direction: 'forward' };
const JOURNAL = '/var/lib/reweave/runs/r1/journal.jsonl';

describe.each(SHELLS)('a step under %s', (_name, shell) => {
  let box: Box;
  beforeEach(() => {
    box = new Box(shell);
    box.write(`/proc/sys/${KEY}`, '1\n');
    expect(box.arm(spec())).toMatchObject({ code: 0 });
  });
  afterEach(() => {
    box.close();
  });
  const options = () => ({ root: box.root });
  const step = (
    more: Partial<StepContext> = {},
    actions: readonly Action[] = [SET],
    stdin?: string,
  ) => box.run(stepScript({ ...STEP, ...more }, actions, options()), stdin);
  const value = () => box.read(`/proc/sys/${KEY}`).trim();
  const steps = () => box.journal().filter((line) => line.step !== undefined);

  it('writes intent, marks and effect around its actions', () => {
    expect(step({ marks: { pinned: '1' } })).toEqual({ code: 0, out: 'done\n', err: '' });
    expect(value()).toBe('2');
    expect(box.state().pinned).toBe('1');
    expect(steps()).toMatchObject([
      { t: 'intent', step: "pin/it's/n1", direction: 'forward', epoch: 1 },
      { t: 'effect', step: "pin/it's/n1", outcome: 'done', code: 0 },
    ]);
  });

  it('says same the second time', () => {
    step();
    expect(step()).toMatchObject({ code: 0, out: 'same\n' });
  });

  it('stops at the first action that fails and journals its reason', () => {
    box.write(`/proc/sys/${KEY}`, '7\n');
    const ran = step({}, [SET, { kind: 'systemd.reload' }]);
    expect(ran).toMatchObject({ code: 65, out: '' });
    expect(ran.err).toContain('is 7, expected 1');
    expect(box.log().filter((line) => line === 'daemon-reload')).toHaveLength(1);
    expect(steps()[1]).toMatchObject({ outcome: 'failed', code: 65 });
    expect(String(steps()[1]?.reason)).toContain('is 7, expected 1');
  });

  it.each<[string, Partial<StepContext>]>([
    ['another run', { run: 'r2' }],
    ['an earlier epoch', { epoch: 0 }],
    ['a later epoch', { epoch: 2 }],
  ])('is fenced for %s', (_what, more) => {
    const ran = step(more);
    expect(ran.code).toBe(75);
    expect(ran.err).toMatch(/^fenced: /);
    expect(value()).toBe('1');
  });

  it('is fenced once the lease is over, though the guard has not moved yet', () => {
    box.clock(1059);
    expect(step({}, []).code).toBe(0);
    box.clock(1060);
    expect(step()).toMatchObject({ code: 75, err: 'fenced: the lease is over\n' });
    expect(value()).toBe('1');
  });

  it('is fenced after a reboot, whatever the clock says', () => {
    box.write('/proc/sys/kernel/random/boot_id', 'boot-b\n');
    expect(step().code).toBe(75);
  });

  it('is fenced after the container of the node was started again', () => {
    const rest = Array.from({ length: 40 }, (_, i) => i).join(' ');
    box.write('/proc/1/stat', `1 (a b) c) S ${rest}\n`);
    expect(step().code).toBe(75);
  });

  it.each(['lease_uptime=', 'lease_uptime=soon', 'boot_id='])(
    'is fenced by a state with %s',
    (line) => {
      const key = line.replace(/=.*/, '');
      const text = box.read('/var/lib/reweave/state').replace(new RegExp(`^${key}=.*$`, 'm'), line);
      box.write('/var/lib/reweave/state', text);
      expect(step().code).toBe(75);
    },
  );

  it('is fenced where nothing is armed', () => {
    box.remove('/var/lib/reweave');
    expect(step()).toMatchObject({ code: 75, err: 'fenced: nothing is armed here\n' });
    expect(box.has('/var/lib/reweave')).toBe(false);
  });

  it('is fenced after expiry, when the guard has begun to return', () => {
    box.clock(1061);
    box.guard();
    expect(box.state().phase).toBe('returning');
    expect(step().err).toContain('phase is returning');
    expect(box.run(renewScript('r1', 1, 60, options())).code).toBe(75);
  });

  it('waits for the mutex, and the guard steps aside while it is held', async () => {
    const lock = box.path('/var/lib/reweave/mutex');
    const holder = spawn('flock', [lock, '-c', 'echo held; read x'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    box.clock(1061);
    expect(box.guard().code).toBe(0);
    expect(box.state().phase).toBe('armed');
    const ended = new Promise((resolve) => holder.once('close', resolve));
    holder.stdin.end('\n');
    await ended;
    box.guard();
    expect(box.state().phase).toBe('returning');
  });

  it('waits at a barrier until it is released, and does nothing when it is not', () => {
    expect(step({ barrier: true }, [SET], '')).toMatchObject({ code: 75, out: 'ready\n' });
    expect(value()).toBe('1');
    expect(step({ barrier: true }, [SET], 'go\n')).toMatchObject({ code: 0, out: 'ready\ndone\n' });
  });

  it('restarts K3s once per step and direction', () => {
    const restart: Action[] = [{ kind: 'k3s.restart', unit: 'k3s.service' }];
    expect(step({ marks: { restarted: '1' } }, restart).out).toContain('done');
    expect(step({}, restart).out).toBe('same\n');
    expect(step({ direction: 'back' }, restart).out).toContain('done');
    expect(box.restarts()).toBe(2);
  });

  it('restarts again when the first order was lost', () => {
    const restart: Action[] = [{ kind: 'k3s.restart', unit: 'k3s.service' }];
    box.write('/fake/lost-restart', '');
    step({}, restart);
    box.remove('/fake/lost-restart');
    expect(step({}, restart).out).toContain('done');
  });

  it('leaves an intent without effect when it is killed before, and one effect when it is repeated', () => {
    box.write('/var/lib/reweave/failpoint', `${STEP.step}:before\n`);
    expect([null, 137]).toContain(step().code);
    expect(value()).toBe('1');
    expect(steps()).toMatchObject([{ t: 'intent' }]);
    box.remove('/var/lib/reweave/failpoint');
    expect(step().out).toBe('done\n');
  });

  it('finds its effect when it was killed after it', () => {
    box.write('/var/lib/reweave/failpoint', `${STEP.step}:after\n`);
    expect([null, 137]).toContain(step().code);
    expect(value()).toBe('2');
    box.remove('/var/lib/reweave/failpoint');
    expect(step()).toMatchObject({ code: 0, out: 'same\n' });
  });

  it('closes the half line that a crash left in the journal', () => {
    box.write(JOURNAL, `${box.read(JOURNAL)}{"t":"intent","st`);
    step();
    const status = parseStatus(box.run(readEndScript('r1', options())).out);
    expect(status.corrupt).toBe(1);
    expect(status.journal.at(-1)).toMatchObject({ t: 'effect', outcome: 'done' });
  });

  it('journals a reason with quotes, newlines and other bytes as JSON', () => {
    const odd: Action = { kind: 'file.remove', path: '/a"b\\c\né', before: 'x' };
    box.write('/a"b\\c\né', 'y');
    expect(step({}, [odd]).code).toBe(65);
    expect(steps()[1]).toMatchObject({ outcome: 'failed' });
  });

  it.runIf(ROOT)('does nothing when the journal has no room', () => {
    const dir = box.path('/var/lib/reweave/runs/r1');
    execFileSync('cp', ['-a', dir, `${dir}.keep`]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'none', dir]);
    try {
      mkdirSync(`${dir}/backup`);
      const fill = box.run(`head -c 8192 /dev/zero > '${dir}/full'`);
      expect(fill.code).not.toBe(0);
      const ran = step();
      expect(ran.code).toBe(73);
      expect(ran.err).toContain('nothing was done');
      expect(value()).toBe('1');
    } finally {
      execFileSync('umount', ['-l', dir]);
    }
  });

  it('refuses a mark that is no state key', () => {
    expect(() => stepScript({ ...STEP, marks: { 'a=b': '1' } }, [])).toThrow(RangeError);
  });
  it('refuses a run id that would leave its directory', () => {
    expect(() => stepScript({ ...STEP, run: '../x' }, [])).toThrow(RangeError);
  });

  describe('the lease', () => {
    it('is renewed from now', () => {
      box.clock(1050);
      expect(box.run(renewScript('r1', 1, 60, options())).out).toBe('lease_uptime=1110\n');
      box.clock(1100);
      expect(step().code).toBe(0);
    });

    it('cannot be revived once it is over', () => {
      box.clock(1060);
      expect(box.run(renewScript('r1', 1, 60, options())).code).toBe(75);
    });

    it('goes from armed to prepared to decided, each once', () => {
      expect(box.run(decideScript('r1', 1, options())).code).toBe(75);
      expect(box.run(prepareScript('r1', 1, options())).out).toBe('prepared\n');
      expect(box.run(prepareScript('r1', 1, options())).out).toBe('same\n');
      expect(box.run(decideScript('r1', 1, options())).out).toBe('decided\n');
      expect(box.run(decideScript('r1', 1, options())).out).toBe('same\n');
      expect(box.run(prepareScript('r1', 1, options())).code).toBe(75);
    });

    it('may be decided late by a node that is still prepared, but not prepared late', () => {
      box.run(prepareScript('r1', 1, options()));
      box.clock(1090);
      expect(box.run(decideScript('r1', 1, options())).out).toBe('decided\n');
    });

    it('is not prepared while the node is pinned: the new path carries nothing yet', () => {
      step({ marks: { pinned: '1' } }, []);
      expect(box.run(prepareScript('r1', 1, options())).code).toBe(65);
      step({ marks: { unpinned: '1' } }, []);
      expect(box.run(prepareScript('r1', 1, options())).out).toBe('prepared\n');
    });

    it('is not prepared after its end', () => {
      box.clock(1090);
      expect(box.run(prepareScript('r1', 1, options())).code).toBe(75);
    });
  });

  it('shows state, units and journal without changing anything', () => {
    step();
    const before = box.read('/var/lib/reweave/state');
    const status = parseStatus(box.run(statusScript({ ...options(), lines: 1 })).out);
    expect(status.state).toMatchObject({ run: 'r1', phase: 'armed', drilled: '1' });
    expect(status.uptime).toBeGreaterThanOrEqual(1000);
    expect(Object.keys(status.units)).toHaveLength(3);
    expect(status.journal).toMatchObject([{ t: 'effect' }]);
    expect(box.read('/var/lib/reweave/state')).toBe(before);
  });

  it('shows a node on which nothing ever was', () => {
    box.remove('/var/lib/reweave');
    const status = parseStatus(box.run(statusScript(options())).out);
    expect(status).toMatchObject({ state: {}, journal: [], corrupt: 0 });
    expect(box.has('/var/lib/reweave')).toBe(false);
  });
});
