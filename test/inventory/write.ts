import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Problem, ReweaveError } from '../../src/model/problem.ts';
import { type Inventory, type LoadOptions, loadInventory } from '../../src/inventory/load.ts';

/** A directory with these files (path → text), removed after the test. */
export function write(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'reweave-inventory-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  return dir;
}

export type Options = Partial<LoadOptions> & { readonly source?: string };

/** Loads the files from their own directory: all of them, or `source` alone. */
export async function load(
  files: Readonly<Record<string, string>>,
  { source, ...more }: Options = {},
): Promise<Inventory> {
  const dir = write(files);
  const sources = [source ?? Object.keys(files)[0] ?? '.'];
  return loadInventory(sources, { overrides: {}, env: {}, cwd: dir, home: undefined, ...more });
}

/** The problems that loading ends in; an inventory that loads fails the test. */
export async function problems(
  files: Readonly<Record<string, string>>,
  options: Options = {},
): Promise<readonly Problem[]> {
  const error = await load(files, options).then(
    () => new Error('it loaded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ReweaveError)) throw error;
  return error.problems;
}

export const only = (inventory: Inventory) => {
  const [host] = inventory.hosts;
  if (!host || inventory.hosts.length !== 1) throw new Error('not one host');
  return host;
};
