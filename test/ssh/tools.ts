import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A PATH whose first directory holds these commands (name → text), made below `dir`. */
export function pathWith(dir: string, commands: Readonly<Record<string, string>>): string {
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, text] of Object.entries(commands))
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return `${bin}:/usr/bin:/bin`;
}
