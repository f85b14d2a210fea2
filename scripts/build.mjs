// Bundles src/cli/main.ts to dist/cli.js with lazy chunks beside it, and the stand-in K3s of the
// labs (when its source is there) to the single file dist/standin.js.
// Usage: node scripts/build.mjs [OUT], where OUT is another folder than dist inside the package.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = resolve(root, process.argv[2] ?? 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// CommonJS dependencies (ssh2) call `require` and `__dirname`, which ES modules do not have.
const banner = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
  'const __dirname = import.meta.dirname;',
].join('\n');

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  banner: { js: banner },
  // Native parts of ssh2: it asks for them in a try, and works without them.
  external: ['cpu-features', '*.node'],
  define: { __REWEAVE_VERSION__: JSON.stringify(version) },
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};

const outputs = [];
outputs.push(
  await bundle({
    ...common,
    entryPoints: { cli: 'src/cli/main.ts' },
    outdir: dist,
    splitting: true,
    chunkNames: 'chunk-[hash]',
  }),
);
chmodSync(join(dist, 'cli.js'), 0o755);

const standin = 'src/lab/standin/main.ts';
const hasStandin = existsSync(join(root, standin));
if (hasStandin) {
  outputs.push(
    await bundle({ ...common, entryPoints: [standin], outfile: join(dist, 'standin.js') }),
  );
  chmodSync(join(dist, 'standin.js'), 0o755);
}

const files = outputs.flatMap((result) => Object.keys(result.metafile.outputs));
// Old chunks go last: a program that is running may still load its own.
for (const name of readdirSync(dist)) {
  if (!files.some((file) => resolve(root, file) === join(dist, name))) {
    rmSync(join(dist, name), { recursive: true });
  }
}
const bytes = files.reduce((sum, file) => sum + statSync(join(root, file)).size, 0);
const made = hasStandin ? 'cli.js and standin.js' : 'cli.js';
console.log(`built: ${made}, ${files.length} files, ${Math.round(bytes / 1024)} KiB`);

/** esbuild, whose own messages are enough. */
async function bundle(options) {
  try {
    return await build(options);
  } catch {
    process.exit(1);
  }
}
