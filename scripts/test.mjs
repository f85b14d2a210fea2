// Everything that must hold, in stages with their times: types, lint, format, layers, build, unit
// tests, labs. The last line is `N passed, N failed`, added up from vitest's own JSON reports.
// REWEAVE_LABS chooses the labs: auto (default), none, or a list of docker,vm.
// REWEAVE_TEST_BUDGET is the most that all stages together may take, in seconds (default 3600).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseLabs } from './labs.mjs';
import { addUp, readReport } from './report.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'reweave-test-'));
const broken = [];
const reports = [];
const times = [];

const budget = Number(process.env.REWEAVE_TEST_BUDGET ?? 3600);
if (!(budget > 0)) throw new Error('REWEAVE_TEST_BUDGET: a number of seconds is needed');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const minutes = (count) => count * 60_000;

stage('types', [bin('tsc'), '--noEmit'], minutes(3));
stage('lint', [bin('oxlint'), '--deny-warnings'], minutes(2));
stage('format', [bin('biome'), 'format', '.'], minutes(1));
stage('layers', [process.execPath, 'scripts/layers.mjs'], minutes(1));
stage('build', [process.execPath, 'scripts/build.mjs'], minutes(1));
vitest('unit tests', ['--project', 'unit'], minutes(9));

const skippedLabs = [];
for (const lab of chooseLabs(root, process.env.REWEAVE_LABS ?? 'auto')) {
  if (lab.run)
    vitest(
      `lab ${lab.name}`,
      ['--project', 'lab', lab.folder],
      minutes(lab.name === 'docker' ? 22 : 18),
    );
  else skippedLabs.push(`lab ${lab.name}: ${lab.reason}`);
}

rmSync(scratch, { recursive: true, force: true });
const total = addUp(reports);
if (total.passed + total.failed === 0) broken.push('tests (none ran)');

console.log(`\nstages: ${times.join(', ')}`);
if (total.skipped > 0) console.log(`SKIPPED: ${total.skipped} tests (each says why in its file)`);
for (const skipped of skippedLabs) console.log(`SKIPPED: ${skipped}`);
if (broken.length > 0) console.log(`FAILED stages: ${broken.join(', ')}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = broken.length > 0 || total.failed > 0 ? 1 : 0;

function stage(name, [command, ...args], wish) {
  console.log(`\n== ${name}`);
  const started = performance.now();
  const limit = Math.max(1000, Math.floor(Math.min(wish, budget * 1000 - started)));
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 1, 1], timeout: limit });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const ok = done.status === 0;
  const timedOut = done.error?.code === 'ETIMEDOUT';
  const result = ok ? 'ok' : timedOut ? `over its limit of ${limit / 1000} s` : 'FAILED';
  console.log(`== ${name}: ${result} in ${seconds} s`);
  times.push(`${name} ${seconds} s`);
  if (!ok) broken.push(timedOut ? `${name} (${result})` : name);
  return ok;
}

function vitest(name, args, limit) {
  const file = join(scratch, `${reports.length}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const ok = stage(name, [bin('vitest'), 'run', ...args, ...reporters], limit);
  const report = readReport(() => readFileSync(file, 'utf8'));
  reports.push(report);
  if (ok && report.passed + report.failed + report.skipped === 0) broken.push(`${name} (no tests)`);
}
