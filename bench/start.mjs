// Start time of `reweave --version` and `reweave --help` against a bare `node -e 0`, as ratios of
// medians. Turns are taken, so that a busy moment of the machine hits all alike. Build first.
// Usage: node bench/start.mjs [ROUNDS]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
if (!existsSync(cli)) {
  console.error('error: dist/cli.js is missing\nnext: npm run build');
  process.exit(1);
}
const rounds = Number(process.argv[2] ?? 21);
const cases = [
  { name: 'node -e 0', args: ['-e', '0'] },
  { name: 'reweave --version', args: [cli, '--version'] },
  { name: 'reweave --help', args: [cli, '--help'] },
].map((entry) => ({ ...entry, times: [] }));

for (let round = 0; round <= rounds; round += 1) {
  for (const { name, args, times } of cases) {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${name} exited with ${status}`);
    if (round > 0) times.push(performance.now() - started); // the first round fills caches
  }
}

const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
const base = median(cases[0].times);
console.log(`Node ${process.versions.node}, median of ${rounds} rounds`);
for (const { name, times } of cases) {
  const time = median(times);
  const spread = `${Math.min(...times).toFixed(0)}–${Math.max(...times).toFixed(0)}`;
  console.log(
    `${name.padEnd(18)} ${time.toFixed(1).padStart(6)} ms  ×${(time / base).toFixed(2)}  (${spread} ms)`,
  );
}
