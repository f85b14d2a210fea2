// Makes node_modules agree with package-lock.json, and says so in one line.
// Plain Node without dependencies: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'node_modules', '.reweave-lock-sha256');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `Node ${process.versions.node} is too old: Reweave needs 20.19 or newer`,
    'hint: install Node 20.19 or newer and run the same command again',
  );
}

const lock = join(root, 'package-lock.json');
if (!existsSync(lock)) fail('package-lock.json is missing', 'hint: restore it from the repository');
const wanted = createHash('sha256').update(readFileSync(lock)).digest('hex');
const present = existsSync(stamp) ? readFileSync(stamp, 'utf8').trim() : '';

if (present === wanted) {
  console.log(`ready: Node ${process.versions.node}, dependencies match package-lock.json`);
} else {
  const started = performance.now();
  const npm = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (npm.status !== 0) {
    fail(
      `npm ci failed (${npm.error?.message ?? `exit ${npm.status}`})`,
      'hint: its own message is above; it needs access to the npm registry',
    );
  }
  writeFileSync(stamp, `${wanted}\n`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`ready: Node ${process.versions.node}, dependencies installed in ${seconds} s`);
}

function fail(summary, hint) {
  console.error(`error: ${summary}\n${hint}`);
  process.exit(1);
}
