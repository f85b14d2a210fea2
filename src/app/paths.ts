import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, ReweaveError } from '../model/problem.ts';

/** The package's root: the folder above that holds `playbooks/`, from source or from `dist/`. */
export function packageRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'playbooks'))) {
    const up = dirname(dir);
    if (up === dir) throw new Error('the shipped playbooks were not found beside the program');
    dir = up;
  }
  return dir;
}

export function shippedPlaybooks(): string[] {
  return readdirSync(join(packageRoot(), 'playbooks'))
    .filter((f) => f.endsWith('.yml'))
    .map((f) => f.slice(0, -4))
    .sort();
}

/** A playbook by path, or a shipped one by name. */
export function readPlaybook(nameOrFile: string): { name: string; file: string; text: string } {
  const shipped = join(packageRoot(), 'playbooks', `${nameOrFile}.yml`);
  const file =
    existsSync(nameOrFile) && !shippedPlaybooks().includes(nameOrFile) ? nameOrFile : shipped;
  if (!existsSync(file))
    throw new ReweaveError({
      code: 'playbook.missing',
      exit: EXIT.usage,
      summary: `no playbook ${nameOrFile}`,
      hint: `shipped: ${shippedPlaybooks().join(', ')}`,
      next: 'reweave playbook list',
    });
  return { name: basename(file).replace(/\.ya?ml$/, ''), file, text: readFileSync(file, 'utf8') };
}
