#!/usr/bin/env node
import { VERSION } from './version.ts';

// `--version` answers without loading anything else: scripts ask for it often.
const argv = process.argv.slice(2);
if (argv.length === 1 && argv[0] === '--version') process.stdout.write(`reweave ${VERSION}\n`);
else {
  const { runCli } = await import('./run.ts');
  process.exit(await runCli(argv));
}
