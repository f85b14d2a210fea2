import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileSplice, FileWrite } from '../../src/model/action.ts';
import { actionScript } from '../../src/node/action.ts';
import { sha256 } from '../../src/node/file.ts';
import { Box, ROOT, SHELLS } from './box.ts';

const FILE = '/etc/rancher/k3s/config.yaml';
const OLD = "# it's ours\r\ntoken: 'a\\b%s$HOME'\nflannel-backend: vxlan\nlast: «no newline»";
const NEW = OLD.replace('vxlan', 'wireguard-native').replace(
  "# it's ours\r\n",
  "# it's ours\r\nx: '\"`$(id)'\n",
);

function splice(): FileSplice {
  const cut = Buffer.from(OLD).indexOf('vxlan');
  const head = Buffer.byteLength("# it's ours\r\n");
  return {
    kind: 'file.splice',
    path: FILE,
    before: sha256(OLD),
    after: sha256(NEW),
    splices: [
      { start: cut, end: cut + 5, text: 'wireguard-native' },
      { start: head, end: head, text: "x: '\"`$(id)'\n" },
    ],
  };
}

describe.each(SHELLS)('files, edited by %s', (_name, shell) => {
  let box: Box;
  beforeEach(() => {
    box = new Box(shell);
    box.write(FILE, OLD);
  });
  afterEach(() => {
    box.close();
  });
  const run = (action: Parameters<typeof actionScript>[0]) =>
    box.run(actionScript(action, 'r1', { root: box.root }));
  const beside = () => readdirSync(box.path('/etc/rancher/k3s')).sort();

  it('replaces the bytes of a splice and leaves every other byte', () => {
    expect(run(splice())).toEqual({ code: 0, out: 'done\n', err: '' });
    expect(box.read(FILE)).toBe(NEW);
    expect(beside()).toEqual(['config.yaml']);
  });

  it('says same when the new content is there', () => {
    run(splice());
    expect(run(splice())).toEqual({ code: 0, out: 'same\n', err: '' });
  });

  it('keeps mode and owner, and a backup that only root can reach', () => {
    chmodSync(box.path(FILE), 0o640);
    if (ROOT) execFileSync('chown', ['12:34', box.path(FILE)]);
    run(splice());
    const now = statSync(box.path(FILE));
    expect(now.mode & 0o777).toBe(0o640);
    if (ROOT) expect([now.uid, now.gid]).toEqual([12, 34]);
    const dir = box.path('/var/lib/reweave/runs/r1/backup');
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    const [copy = ''] = readdirSync(dir);
    expect(readFileSync(`${dir}/${copy}`, 'utf8')).toBe(OLD);
    expect(statSync(`${dir}/${copy}`).mode & 0o777).toBe(0o640);
  });

  it('refuses a file that somebody else changed, and does not touch it', () => {
    box.write(FILE, `${OLD}\nmore: true\n`);
    const ran = run(splice());
    expect(ran.code).toBe(65);
    expect(ran.err).toContain('changed by somebody else');
    expect(box.read(FILE)).toBe(`${OLD}\nmore: true\n`);
  });

  it('refuses a half-written file', () => {
    box.write(FILE, NEW.slice(0, 30));
    expect(run(splice()).code).toBe(65);
    expect(box.read(FILE)).toBe(NEW.slice(0, 30));
  });

  it('refuses a file that is gone', () => {
    box.remove(FILE);
    const ran = run(splice());
    expect(ran.code).toBe(65);
    expect(ran.err).toContain('is gone');
  });

  it('refuses splices that do not make the promised content', () => {
    const ran = run({ ...splice(), after: sha256('something else') });
    expect(ran.code).toBe(73);
    expect(box.read(FILE)).toBe(OLD);
    expect(beside()).toEqual(['config.yaml']);
  });

  it('edits what a symbolic link leads to and keeps the link', () => {
    box.remove(FILE);
    box.write('/etc/shared/real.yaml', OLD);
    symlinkSync('../../shared/real.yaml', box.path(FILE));
    expect(run(splice()).out).toBe('done\n');
    expect(lstatSync(box.path(FILE)).isSymbolicLink()).toBe(true);
    expect(box.read('/etc/shared/real.yaml')).toBe(NEW);
  });

  it('overwrites what a crash left beside the file', () => {
    box.write('/etc/rancher/k3s/.config.yaml.reweave', 'half');
    expect(run(splice()).out).toBe('done\n');
    expect(beside()).toEqual(['config.yaml']);
  });

  it('never uses a name that K3s would read', () => {
    chmodSync(box.path('/etc/rancher/k3s'), 0o755);
    const script = actionScript(splice(), 'r1', { root: box.root });
    expect(script).toContain('.reweave');
    expect(script).not.toMatch(/rw_temp=.*ya?ml/);
  });

  it.runIf(ROOT)('leaves an immutable file as it is and removes its temporary file', () => {
    if (spawnSync('chattr', ['+i', box.path(FILE)]).status !== 0) return;
    try {
      const ran = run(splice());
      expect(ran.code).toBe(73);
      expect(ran.err).toContain('immutable');
      expect(box.read(FILE)).toBe(OLD);
      expect(beside()).toEqual(['config.yaml']);
    } finally {
      execFileSync('chattr', ['-i', box.path(FILE)]);
    }
  });

  describe.runIf(ROOT)('on a small disk', () => {
    const big = `flannel-backend: vxlan\n${'#'.repeat(40_000)}\n`;
    const bigger = big.replace('vxlan', `host-gw\n${'#'.repeat(20_000)}`);
    const grow: FileSplice = {
      kind: 'file.splice',
      path: FILE,
      before: sha256(big),
      after: sha256(bigger),
      splices: [{ start: 17, end: 22, text: `host-gw\n${'#'.repeat(20_000)}` }],
    };
    const mounts: string[] = [];
    const mount = (dir: string, options: string) => {
      mkdirSync(box.path(dir), { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', box.path(dir)]);
      mounts.push(box.path(dir));
    };
    afterEach(() => {
      for (const dir of mounts.splice(0)) execFileSync('umount', ['-l', dir]);
    });

    it('fails cleanly when the disk of the file is full', () => {
      mount('/etc/rancher/k3s', 'size=64k');
      writeFileSync(box.path(FILE), big);
      const ran = run(grow);
      expect(ran.code).toBe(73);
      expect(box.read(FILE)).toBe(big);
      expect(beside()).toEqual(['config.yaml']);
    });

    it('does not touch the file when its backup finds no room', () => {
      mount('/var/lib/reweave', 'size=16k');
      box.write(FILE, big);
      const ran = run(grow);
      expect(ran.code).toBe(73);
      expect(ran.err).toContain('back up');
      expect(box.read(FILE)).toBe(big);
      expect(readdirSync(box.path('/var/lib/reweave/runs/r1/backup'))).toEqual([]);
    });

    it('fails cleanly on a read-only mount', () => {
      mount('/etc/rancher/k3s', 'size=640k');
      writeFileSync(box.path(FILE), big);
      execFileSync('mount', ['-o', 'remount,ro', box.path('/etc/rancher/k3s')]);
      expect(run(grow).code).toBe(73);
      expect(box.read(FILE)).toBe(big);
      expect(beside()).toEqual(['config.yaml']);
    });

    it('refuses a new file on a full disk without leaving a piece of it', () => {
      mount('/etc/rancher/k3s', 'size=16k');
      const ran = run({ kind: 'file.write', path: FILE, mode: '600', text: big, before: null });
      expect(ran.code).toBe(73);
      expect(beside()).toEqual([]);
    });
  });

  const mine: FileWrite = {
    kind: 'file.write',
    path: '/etc/modules-load.d/sub/reweave.conf',
    mode: '644',
    text: "it's\nwireguard\n",
    before: null,
  };

  it('writes a new file with its mode, and takes it and its directories away again', () => {
    expect(run(mine).out).toBe('done\n');
    expect(box.read(mine.path)).toBe(mine.text);
    expect(statSync(box.path(mine.path)).mode & 0o777).toBe(0o644);
    expect(run(mine).out).toBe('same\n');
    const remove = { kind: 'file.remove', path: mine.path, before: sha256(mine.text) } as const;
    expect(run(remove).out).toBe('done\n');
    expect(box.has('/etc/modules-load.d')).toBe(false);
    expect(box.has('/etc')).toBe(true);
    expect(run(remove).out).toBe('same\n');
  });

  it('leaves a directory that was there before, and one that others use by now', () => {
    mkdirSync(box.path('/etc/modules-load.d'), { recursive: true });
    run(mine);
    box.write('/etc/modules-load.d/sub/other.conf', 'x');
    run({ kind: 'file.remove', path: mine.path, before: sha256(mine.text) });
    expect(box.has('/etc/modules-load.d/sub/other.conf')).toBe(true);
  });

  it('does not write over a file that should not be there, nor remove one with other content', () => {
    box.write(mine.path, 'theirs');
    expect(run(mine).code).toBe(65);
    expect(run({ kind: 'file.remove', path: mine.path, before: sha256(mine.text) }).code).toBe(65);
    expect(box.read(mine.path)).toBe('theirs');
  });

  it('refuses a directory in the place of a file', () => {
    mkdirSync(box.path(mine.path), { recursive: true });
    expect(run(mine).code).toBe(65);
  });
});
