// Decides which labs of real hosts can run here, and says why one cannot.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const LABS = [
  { name: 'docker', folder: 'test/lab-docker', missing: missingForDocker },
  { name: 'vm', folder: 'test/lab-vm', missing: missingForVm },
];

/**
 * Labs in order, each with `run` or the reason against it. `wish` is auto, none, or names joined
 * by commas; a lab that was asked for by name runs, whatever seems to be missing.
 */
export function chooseLabs(root, wish) {
  const names = wish.split(',').map((name) => name.trim());
  const unknown = names.filter(
    (name) => !['auto', 'none', ...LABS.map((l) => l.name)].includes(name),
  );
  if (unknown.length > 0) throw new Error(`REWEAVE_LABS: ${unknown.join(', ')} is no lab`);
  return LABS.map(({ name, folder, missing }) => {
    const reason = hasTests(join(root, folder))
      ? names.includes(name)
        ? undefined
        : names.includes('auto')
          ? missing()
          : `not in REWEAVE_LABS=${wish}`
      : `no tests in ${folder}`;
    return { name, folder, run: reason === undefined, reason };
  });
}

function hasTests(folder) {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((f) =>
    f.endsWith('.test.ts'),
  );
}

function missingForDocker() {
  if (process.getuid?.() !== 0) return 'needs root';
  if (!has('docker')) return 'needs docker (Debian: docker.io)';
  if (spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 20_000 }).status !== 0) {
    return 'needs a running Docker daemon (docker info failed)';
  }
  return undefined;
}

function missingForVm() {
  if (process.getuid?.() !== 0) return 'needs root';
  const absent = ['qemu-system-x86_64', 'mmdebstrap', 'ip'].filter((tool) => !has(tool));
  return absent.length === 0 ? undefined : `needs ${absent.join(', ')}`;
}

function has(tool) {
  return spawnSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' }).status === 0;
}
