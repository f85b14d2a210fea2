import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let tree = '';

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'reweave-layers-'));
  cpSync(join(root, 'docs/architecture.md'), join(tree, 'docs/architecture.md'), {
    recursive: true,
  });
  plant('src/model/a.ts', 'export const a = 1;\n');
  plant('src/lab/l.ts', 'export const l = 1;\n');
});
afterEach(() => rmSync(tree, { recursive: true, force: true }));

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

function layers(): { code: number | null; text: string } {
  const done = spawnSync(process.execPath, [join(root, 'scripts/layers.mjs'), tree], {
    encoding: 'utf8',
  });
  return { code: done.status, text: done.stdout + done.stderr };
}

describe('the order of folders', () => {
  test('allows imports from above, from beside, and from packages', () => {
    plant(
      'src/text/t.ts',
      "import { readFileSync } from 'node:fs';\nimport { a } from '../model/a.ts';\nimport { u } from './u.ts';\n",
    );
    plant('src/text/u.ts', 'export const u = 1;\n');
    expect(layers()).toMatchObject({ code: 0 });
  });

  test.each([
    ['a static import', "import { l } from '../text/t.ts';"],
    ['a type import', "import type { l } from '../text/t.ts';"],
    ['a re-export', "export { l } from '../text/t.ts';"],
    ['a side-effect import', "import '../text/t.ts';"],
    ['a dynamic import', "export const x = () => import('../text/t.ts');"],
    ['an import in a type', "export type T = import('../text/t.ts').T;"],
  ])('finds %s from below, with file and line', (_, line) => {
    plant('src/text/t.ts', 'export const l = 1;\n');
    plant('src/model/bad.ts', `// one\n// two\n${line}\n`);
    const { code, text } = layers();
    expect(code).toBe(1);
    expect(text).toContain('src/model/bad.ts:3: imports ../text/t.ts: text stands below model');
  });

  test('is not fooled by imports in comments and strings', () => {
    plant(
      'src/model/b.ts',
      "// import '../cli/main.ts'\nexport const s = \"import '../cli/x.ts'\";\n",
    );
    expect(layers().code).toBe(0);
  });

  test('lets cli load the lab lazily, and nobody else', () => {
    plant('src/cli/lazy.ts', "export const lab = () => import('../lab/l.ts');\n");
    expect(layers().code).toBe(0);
    plant('src/cli/eager.ts', "import { l } from '../lab/l.ts';\n");
    expect(layers().text).toContain('src/cli/eager.ts:1: imports ../lab/l.ts: lab only by dynamic');
  });

  test('keeps the stand-in K3s from sharing knowledge with the product', () => {
    plant('src/k3s/b.ts', 'export const b = 1;\n');
    plant('src/lab/bad.ts', "import { b } from '../k3s/b.ts';\n");
    expect(layers().text).toContain('src/lab/bad.ts:1: imports ../k3s/b.ts: stand-in and product');
  });

  test('knows no folder that is not in the table', () => {
    plant('src/extra/e.ts', 'export const e = 1;\n');
    expect(layers().text).toContain('src/extra/e.ts:1: folder extra is not in the table');
  });

  test('fails when the table cannot be found', () => {
    writeFileSync(join(tree, 'docs/architecture.md'), '# Architecture\n');
    expect(layers()).toMatchObject({ code: 1 });
    expect(layers().text).toContain('no table of folders');
  });
});
