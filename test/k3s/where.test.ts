import { describe, expect, it } from 'vitest';
import { configPathOf, type ConfigTree } from '../../src/k3s/config-tree.ts';
import {
  configuredBackend,
  mergedArgs,
  type Setting,
  settingWords,
  where,
} from '../../src/k3s/resolve.ts';

const CONFIG = '/etc/rancher/k3s/config.yaml';
function tree(
  files: Record<string, string>,
  argv: readonly string[] = ['k3s', 'server'],
  env: Record<string, string> = {},
): ConfigTree {
  const list = Object.entries(files).map(([path, text]) => ({
    path,
    base64: Buffer.from(text).toString('base64'),
  }));
  return { configPath: configPathOf(argv, env), files: list, argv, env };
}
function at(from: ConfigTree, flag = 'flannel-backend'): Setting {
  const found = where(from, flag);
  if ('error' in found) throw new Error(found.error);
  return found;
}

describe('where a setting stands', () => {
  it('line, column and bytes of the value, behind wide characters', () => {
    const found = at(tree({ [CONFIG]: '# é\n  flannel-backend: vxlan\n' }));
    expect(found.origin).toEqual({
      t: 'file',
      path: CONFIG,
      line: 2,
      column: 3,
      start: 24,
      end: 29,
    });
    expect(settingWords(found.origin)).toBe(`${CONFIG}:2`);
  });
  it('nowhere: the default is vxlan', () => {
    expect(at(tree({}))).toEqual({
      flag: 'flannel-backend',
      value: 'vxlan',
      origin: { t: 'default' },
      shadows: [],
    });
    expect(configuredBackend(tree({}))).toBe('vxlan');
  });
  it('argv hides drop-ins, those hide the main file, that hides the environment', () => {
    const found = at(
      tree(
        { [CONFIG]: 'node-name: a\n', [`${CONFIG}.d/1.yaml`]: 'node-name: b\n' },
        ['k3s', 'agent', '--node-name', 'c'],
        { K3S_NODE_NAME: 'd' },
      ),
      'node-name',
    );
    expect([found.value, ...found.shadows.map((s) => s.value)]).toEqual(['c', 'b', 'a', 'd']);
  });
  it('an alias counts', () => {
    expect(at(tree({ [CONFIG]: 'd: /data\n' }), 'data-dir').value).toBe('/data');
    expect(at(tree({}, ['k3s', 'server', '-d', '/x']), 'data-dir').value).toBe('/x');
  });
  it('a value that looks like the flag is not the flag', () => {
    expect(
      at(
        tree({}, [
          'k3s',
          'server',
          '--node-label',
          '--flannel-backend=x',
          '--debug',
          '--flannel-backend',
          'host-gw',
        ]),
      ).value,
    ).toBe('host-gw');
  });
  it('a bool without a value is true, and does not eat the next word', () => {
    expect(
      at(tree({}, ['k3s', 'server', '--with-node-id', '--flannel-backend', 'none']), 'with-node-id')
        .value,
    ).toBe('true');
  });
  it('an empty value is a value, an empty list is none', () => {
    expect(at(tree({ [CONFIG]: 'flannel-backend:\n' })).value).toBe('');
    expect(at(tree({ [CONFIG]: 'flannel-backend: []\n' })).origin).toEqual({ t: 'default' });
  });
  it('an unknown backend is not called by a known name', () => {
    expect(
      configuredBackend(tree({ [CONFIG]: 'flannel-backend: wireguard-nativ\n' })),
    ).toBeUndefined();
  });
  it('a broken file is an error that names it', () => {
    expect(where(tree({ [CONFIG]: 'a: [\n' }), 'flannel-backend')).toMatchObject({
      path: CONFIG,
      error: expect.any(String),
    });
  });
});

describe('which file is read', () => {
  it.each([
    [['k3s', 'server'], {}, CONFIG],
    [['k3s', 'server', '--config', '/a'], {}, '/a'],
    [['k3s', 'server', '-c=/b'], {}, '/b'],
    [['k3s', 'server', '-c'], {}, ''],
    [['k3s', 'server', '--config=/a'], { K3S_CONFIG_FILE: '/env' }, '/env'],
    [['k3s', 'server'], { K3S_CONFIG_FILE: '' }, CONFIG],
  ] as const)('%j with %j: %s', (argv, env, expected) => {
    expect(configPathOf(argv, env)).toBe(expected);
  });
  it('`k3s --debug server` switches the filter of unknown keys off', () => {
    expect(mergedArgs(tree({ [CONFIG]: 'nonsense: 1\n' }, ['k3s', '--debug', 'server']))).toContain(
      '--nonsense=1',
    );
    expect(mergedArgs(tree({ [CONFIG]: 'nonsense: 1\n' }))).toEqual(['k3s', 'server']);
  });
  it('an argv without a sub-command stays as it is', () => {
    expect(mergedArgs(tree({ [CONFIG]: 'debug: true\n' }, ['k3s', 'kubectl']))).toEqual([
      'k3s',
      'kubectl',
    ]);
  });
});
