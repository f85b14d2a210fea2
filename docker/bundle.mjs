// Bundles the stand-in K3s (src/lab/standin) into one CommonJS file.
// Usage: node docker/bundle.mjs OUT_FILE
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [out] = process.argv.slice(2);
if (out === undefined) throw new Error('usage: node docker/bundle.mjs OUT_FILE');
await build({
  entryPoints: [fileURLToPath(new URL('../src/lab/standin/main.ts', import.meta.url))],
  outfile: out,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  logLevel: 'warning',
});
