import { chmodSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Action } from '../../src/model/action.ts';
import { actionScript } from '../../src/node/action.ts';
import { sh } from '../../src/text/shell.ts';
import { Box, SHELLS } from './box.ts';

const KEY = 'net/ipv4/conf/flannel.1/rp_filter';

describe.each(SHELLS)('modules, sysctls and units, changed by %s', (_name, shell) => {
  let box: Box;
  beforeEach(() => {
    box = new Box(shell);
  });
  afterEach(() => {
    box.close();
  });
  const run = (action: Action) => box.run(actionScript(action, 'r1', { root: box.root }));
  const set = { kind: 'sysctl.set', key: KEY, value: '2', before: '1' } as const;
  const modprobe = (text: string) => {
    box.write('/fake/bin/modprobe', `#!/bin/sh\n${text}\n`);
    chmodSync(box.path('/fake/bin/modprobe'), 0o755);
  };

  it('sets a sysctl from its known value, once', () => {
    box.write(`/proc/sys/${KEY}`, '1\n');
    expect(run(set)).toEqual({ code: 0, out: 'done\n', err: '' });
    expect(box.read(`/proc/sys/${KEY}`)).toBe('2\n');
    expect(run(set).out).toBe('same\n');
  });

  it('refuses a sysctl with a third value', () => {
    box.write(`/proc/sys/${KEY}`, '0\n');
    const ran = run(set);
    expect(ran.code).toBe(65);
    expect(ran.err).toContain('is 0, expected 1');
    expect(box.read(`/proc/sys/${KEY}`)).toBe('0\n');
  });

  it('misses a sysctl whose link is gone, unless that is fine', () => {
    expect(run(set).code).toBe(65);
    expect(run({ ...set, kind: 'sysctl.if_present' })).toEqual({ code: 0, out: 'same\n', err: '' });
  });

  it('loads a module once, whichever dash its name has', () => {
    modprobe('mkdir -p "$BOX/sys/module/udp_tunnel"');
    const load = { kind: 'module.load', name: 'udp-tunnel' } as const;
    expect(run(load).out).toBe('done\n');
    expect(run(load).out).toBe('same\n');
  });

  it('tells what modprobe said when it fails', () => {
    modprobe('echo "modprobe: FATAL: Module wireguard not found" >&2; exit 1');
    const ran = run({ kind: 'module.load', name: 'wireguard' });
    expect(ran.code).toBe(73);
    expect(ran.err).toContain('FATAL: Module wireguard not found');
  });

  it('does not unload what is not loaded, and says when it is in use', () => {
    modprobe('echo "in use" >&2; exit 1');
    expect(run({ kind: 'module.unload', name: 'wireguard' }).out).toBe('same\n');
    box.write('/proc/modules', 'wireguard 90112 1 - Live 0x0\n');
    expect(run({ kind: 'module.unload', name: 'wireguard' }).err).toContain('in use');
  });

  it('restarts K3s without waiting and tells the start before', () => {
    expect(run({ kind: 'k3s.restart', unit: 'k3s.service' }).out).toBe(
      'before NRestarts=0 InvocationID=start0\ndone\n',
    );
    expect(box.log()).toContain('restart --no-block k3s.service');
  });

  it('fails when systemd does not reload', () => {
    box.write('/fake/no-reload', '');
    expect(run({ kind: 'systemd.reload' })).toMatchObject({ code: 73 });
  });
});

describe('a word for the shell', () => {
  it.each(["it's", "''", '$(id)`id`\\', 'a\nb', '', '-n', '«é»'])('survives as %j', (word) => {
    const box = new Box(['sh']);
    expect(box.run(`printf %s ${sh(word)}`).out).toBe(word);
    box.close();
  });
});
