import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ConfigTree } from '../../src/k3s/config-tree.ts';
import { mergedArgs } from '../../src/k3s/resolve.ts';

interface Recorded {
  readonly files: Record<string, string>;
  readonly argv: string[];
  readonly expect: string[] | { error: true };
}

const recorded = JSON.parse(
  readFileSync(new URL('../recordings/config-trees.json', import.meta.url), 'utf8'),
) as Recorded[];

const DIR = '/etc/rancher/k3s/';
function treeOf({ files, argv }: Pick<Recorded, 'files' | 'argv'>): ConfigTree {
  return {
    configPath: `${DIR}config.yaml`,
    files: Object.entries(files).map(([name, text]) => ({
      path: DIR + name,
      base64: Buffer.from(text).toString('base64'),
    })),
    argv,
    env: {},
  };
}

describe('the merged command line is the one that K3s itself makes', () => {
  it('has all 150 recorded trees', () => {
    expect(recorded).toHaveLength(150);
  });
  it.each(recorded.map((r, i) => [i, r] as const))('tree %i', (_, tree) => {
    const got = mergedArgs(treeOf(tree));
    expect('error' in got ? { error: true } : got).toEqual(tree.expect);
  });
});
