import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigTree } from '../../src/k3s/config-tree.ts';
import { editFlag } from '../../src/k3s/edit.ts';
import { edited, editActions, type FileEdit } from '../../src/k3s/file-edit.ts';
import { mergedArgs, where } from '../../src/k3s/resolve.ts';
import { applySplices, sha256 } from '../../src/text/bytes.ts';
import { factsFromRecording } from '../facts/recorded.ts';

const CONFIG = '/etc/rancher/k3s/config.yaml';
const UNIT = '/etc/systemd/system/k3s.service';
const b64 = (text: string): string => Buffer.from(text).toString('base64');

function tree(
  files: Record<string, string>,
  argv: readonly string[] = ['/usr/local/bin/k3s', 'server'],
  more: Partial<ConfigTree> = {},
): ConfigTree {
  return {
    configPath: CONFIG,
    files: Object.entries(files).map(([path, text]) => ({ path, base64: b64(text) })),
    argv,
    env: {},
    ...more,
  };
}

function edit(from: ConfigTree, value = 'host-gw', flag = 'flannel-backend'): FileEdit {
  const made = editFlag(from, flag, value);
  if (made === undefined || 'refused' in made) throw new Error(`no edit: ${made?.refused.summary}`);
  return made;
}

function refusal(from: ConfigTree, value = 'host-gw', flag = 'flannel-backend'): string {
  const made = editFlag(from, flag, value);
  if (made === undefined || !('refused' in made)) throw new Error('was not refused');
  return made.refused.summary;
}

const after = (yaml: string, value?: string): string =>
  edit(tree({ [CONFIG]: yaml }), value).texts.after;

describe('a YAML key changes in place', () => {
  it.each([
    [
      'plain, with its comment',
      'token: x\nflannel-backend: vxlan   # see wiki\n',
      'token: x\nflannel-backend: host-gw   # see wiki\n',
    ],
    [
      'double quotes around key and value',
      '---\n# network\n"flannel-backend": "vxlan"\n',
      '---\n# network\n"flannel-backend": "host-gw"\n',
    ],
    ['single quotes', "flannel-backend:   'vxlan'", "flannel-backend:   'host-gw'"],
    [
      'Windows line ends and a byte order mark',
      '\ufeffa: 1\r\nflannel-backend: vxlan\r\nb: é\r\n',
      '\ufeffa: 1\r\nflannel-backend: host-gw\r\nb: é\r\n',
    ],
    [
      'behind characters of several bytes',
      'node-label: ["ü=🙂"]\nflannel-backend: vxlan\n',
      'node-label: ["ü=🙂"]\nflannel-backend: host-gw\n',
    ],
    [
      'an empty value',
      'flannel-backend:  # none\ntoken: x\n',
      'flannel-backend: host-gw  # none\ntoken: x\n',
    ],
    ['a null', 'flannel-backend: ~\n', 'flannel-backend: host-gw\n'],
    ['a value that YAML reads as a boolean', 'flannel-backend: on\n', 'flannel-backend: host-gw\n'],
    [
      'a mapping that is indented',
      '  token: x\n  flannel-backend: vxlan\n',
      '  token: x\n  flannel-backend: host-gw\n',
    ],
    [
      'odd scalars around it stay as they are',
      'write-kubeconfig-mode: 0644\nflannel-backend: vxlan\ndebug: yes\n',
      'write-kubeconfig-mode: 0644\nflannel-backend: host-gw\ndebug: yes\n',
    ],
  ])('%s', (_, before, expected) => {
    expect(after(before)).toBe(expected);
  });

  it('the splice has byte offsets and the hashes of both contents', () => {
    const made = edit(tree({ [CONFIG]: 'x: é\nflannel-backend: vxlan\n' }));
    expect(made.splices).toEqual([{ start: 23, end: 28, text: 'host-gw' }]);
    expect(made).toMatchObject({
      path: CONFIG,
      before: sha256('x: é\nflannel-backend: vxlan\n'),
      after: sha256('x: é\nflannel-backend: host-gw\n'),
      reload: false,
    });
  });

  it('the drop-in that wins is edited, not the main file that it hides', () => {
    const made = edit(
      tree({
        [CONFIG]: 'flannel-backend: none\n',
        [`${CONFIG}.d/10-net.yaml`]: 'flannel-backend: vxlan\n',
        [`${CONFIG}.d/2.yaml`]: 'token: x\n',
      }),
    );
    expect(made).toMatchObject({
      path: `${CONFIG}.d/10-net.yaml`,
      at: `${CONFIG}.d/10-net.yaml:1`,
      from: 'vxlan',
    });
  });

  it('a value that is there already needs no edit', () => {
    expect(
      editFlag(tree({ [CONFIG]: 'flannel-backend: "vxlan"\n' }), 'flannel-backend', 'vxlan'),
    ).toBeUndefined();
  });
});

describe('a key that stands nowhere is added', () => {
  it.each([
    ['at the end', 'token: x\n', 'token: x\nflannel-backend: host-gw\n'],
    ['after a last line without an end', 'token: x', 'token: x\nflannel-backend: host-gw\n'],
    ["with the file's line ends", 'token: x\r\n', 'token: x\r\nflannel-backend: host-gw\r\n'],
    ['in a file of comments only', '# nothing yet\n', '# nothing yet\nflannel-backend: host-gw\n'],
    ['in an empty file', '', 'flannel-backend: host-gw\n'],
    [
      'with the indentation of the others',
      '  token: x\n',
      '  token: x\n  flannel-backend: host-gw\n',
    ],
    [
      'after a list',
      'disable:\n  - traefik\n',
      'disable:\n  - traefik\nflannel-backend: host-gw\n',
    ],
    ['after a bare document start', '---\n', '---\nflannel-backend: host-gw\n'],
  ])('%s', (_, before, expected) => {
    expect(after(before)).toBe(expected);
  });

  it('without any file, config.yaml is created for root alone', () => {
    const made = edit(tree({}));
    expect(editActions(made)).toEqual([
      {
        kind: 'file.write',
        path: CONFIG,
        mode: '0600',
        text: 'flannel-backend: host-gw\n',
        before: null,
      },
    ]);
  });

  it('with drop-ins alone, the last one takes it: older K3s would read a new config.yaml differently', () => {
    const made = edit(
      tree({ [`${CONFIG}.d/a.yaml`]: 'token: x\n', [`${CONFIG}.d/b.yml`]: 'debug: true\n' }),
    );
    expect(made).toMatchObject({
      path: `${CONFIG}.d/b.yml`,
      texts: { after: 'debug: true\nflannel-backend: host-gw\n' },
    });
  });

  it('vxlan, the default, needs no edit', () => {
    expect(editFlag(tree({}), 'flannel-backend', 'vxlan')).toBeUndefined();
  });
});

describe('what cannot be edited safely is refused with its reason', () => {
  it.each([
    ['two documents', 'flannel-backend: vxlan\n---\ntoken: x\n', /more than one YAML document/],
    [
      'twice in one file',
      'flannel-backend: none\nflannel-backend: vxlan\n',
      /flannel-backend 2 times/,
    ],
    ['an alias', 'x: &b vxlan\nflannel-backend: *b\n', /alias/],
    ['an anchor', 'flannel-backend: &b vxlan\n', /anchor/],
    ['a tag', 'flannel-backend: !!str vxlan\n', /tag/],
    ['a block scalar', 'flannel-backend: >-\n  vxlan\n', /several lines/],
    ['a list', 'flannel-backend: [vxlan]\n', /list or a map/],
    ['a flow map', '{flannel-backend: vxlan}\n', /no block map/],
    ['no YAML', 'flannel-backend: [\n', /would not start/],
    ['a document end marker where it would be added', 'token: x\n...\n', /end marker/],
  ])('%s', (_, yaml, reason) => {
    expect(refusal(tree({ [CONFIG]: yaml }))).toMatch(reason);
  });

  it('bytes that are not UTF-8', () => {
    const files = [
      { path: CONFIG, base64: Buffer.from([0x61, 0x3a, 0x20, 0xff]).toString('base64') },
    ];
    expect(refusal({ ...tree({}), files })).toMatch(/not UTF-8/);
  });
  it('an agent, which has no such flag', () => {
    expect(refusal(tree({}, ['k3s', 'agent']))).toMatch(/agents have no flag/);
  });
  it('a flag that is repeatable', () => {
    expect(refusal(tree({}), 'x', 'tls-san')).toMatch(/many times/);
  });
  it('a value from the environment', () => {
    expect(
      refusal(tree({}, undefined, { env: { K3S_NODE_NAME: 'n1' } }), 'n2', 'node-name'),
    ).toMatch(/environment/);
  });
  it('words of ExecStart that come from variables', () => {
    expect(
      refusal(tree({ [CONFIG]: 'flannel-backend: vxlan\n' }, ['k3s', 'server', '$K3S_OPTS'])),
    ).toMatch(/from the environment/);
  });
  it('a unit that reads no configuration file', () => {
    expect(refusal(tree({}, ['k3s', 'server', '-c='], { configPath: '' }))).toMatch(
      /no configuration file/,
    );
  });
  it('a shell around K3s', () => {
    expect(refusal(tree({}, ['/bin/sh', '-c', 'exec k3s server']))).toMatch(/itself/);
  });
});

const unit = (exec: string, rest = ''): string =>
  `[Unit]\nDescription=K3s\n\n[Service]\nType=notify\n${exec}\n${rest}`;
const unitTree = (exec: string, argv: string[], more: Record<string, string> = {}): ConfigTree =>
  tree({ [UNIT]: unit(exec), ...more }, argv, {
    unit: { name: 'k3s.service', paths: [UNIT, ...Object.keys(more)] },
  });

describe('a flag of ExecStart changes in the unit file', () => {
  it.each([
    [
      "the installer's two lines",
      "ExecStart=/usr/local/bin/k3s \\\n    server \\\n\t'--flannel-backend' \\\n\t'vxlan' \\\n",
      ['/usr/local/bin/k3s', 'server', '--flannel-backend', 'vxlan'],
      "\t'host-gw' \\\n",
    ],
    [
      "the installer's one line",
      "ExecStart=/usr/local/bin/k3s \\\n    server \\\n\t'--flannel-backend=vxlan' \\\n",
      ['/usr/local/bin/k3s', 'server', '--flannel-backend=vxlan'],
      "\t'--flannel-backend=host-gw' \\\n",
    ],
    [
      'one line without quotes',
      'ExecStart=/usr/local/bin/k3s server --flannel-backend vxlan --tls-san x',
      ['/usr/local/bin/k3s', 'server', '--flannel-backend', 'vxlan', '--tls-san', 'x'],
      'server --flannel-backend host-gw --tls-san x',
    ],
    [
      'quotes inside a word',
      "ExecStart=/usr/local/bin/k3s server --flannel-backend='vxlan'",
      ['/usr/local/bin/k3s', 'server', '--flannel-backend=vxlan'],
      "--flannel-backend='host-gw'",
    ],
    [
      'a prefixed executable and spaces around =',
      'ExecStart = -/usr/local/bin/k3s server --flannel-backend=vxlan',
      ['/usr/local/bin/k3s', 'server', '--flannel-backend=vxlan'],
      '= -/usr/local/bin/k3s server --flannel-backend=host-gw',
    ],
    [
      'a comment between continued lines',
      'ExecStart=/usr/local/bin/k3s server \\\n# net\n  --flannel-backend=vxlan',
      ['/usr/local/bin/k3s', 'server', '--flannel-backend=vxlan'],
      '# net\n  --flannel-backend=host-gw',
    ],
  ])('%s', (_, exec, argv, expected) => {
    const from = unitTree(exec, argv);
    const made = edit(from);
    expect(made.reload).toBe(true);
    expect(made.texts.after).toContain(expected);
    expect(made.texts.after.replace('host-gw', 'vxlan')).toBe(unit(exec));
    expect(editActions(made).map((a) => a.kind)).toEqual(['file.splice', 'systemd.reload']);
  });

  it('the drop-in that resets ExecStart has it', () => {
    const dropIn =
      '[Service]\nExecStart=\nExecStart=/usr/local/bin/k3s server --flannel-backend=vxlan\n';
    const path = '/etc/systemd/system/k3s.service.d/net.conf';
    const from = unitTree(
      'ExecStart=/usr/local/bin/k3s server',
      ['/usr/local/bin/k3s', 'server', '--flannel-backend=vxlan'],
      { [path]: dropIn },
    );
    expect(edit(from)).toMatchObject({
      path,
      texts: { after: dropIn.replace('vxlan', 'host-gw') },
    });
  });

  it('the last of several wins and is edited; the first stays', () => {
    const argv = [
      '/usr/local/bin/k3s',
      'server',
      '--flannel-backend=none',
      '--flannel-backend',
      'vxlan',
    ];
    const made = edit(unitTree(`ExecStart=${argv.join(' ')}`, argv));
    expect(made.texts.after).toContain('--flannel-backend=none --flannel-backend host-gw');
  });

  it('ExecStart hides the files: they stay as they are', () => {
    const argv = ['/usr/local/bin/k3s', 'server', '--flannel-backend=vxlan'];
    const from = unitTree(`ExecStart=${argv.join(' ')}`, argv);
    const both = {
      ...from,
      files: [...from.files, { path: CONFIG, base64: b64('flannel-backend: none\n') }],
    };
    expect(edit(both).path).toBe(UNIT);
    expect(where(both, 'flannel-backend')).toMatchObject({
      value: 'vxlan',
      shadows: [{ value: 'none', origin: { t: 'file', line: 1 } }],
    });
  });

  it('a unit file that differs from what systemd loaded is refused', () => {
    expect(
      refusal(
        unitTree('ExecStart=/usr/local/bin/k3s server', [
          '/usr/local/bin/k3s',
          'server',
          '--flannel-backend=vxlan',
        ]),
      ),
    ).toMatch(/what systemd has loaded/);
  });
  it('an escape inside the value is refused', () => {
    expect(
      refusal(
        unitTree('ExecStart=/usr/local/bin/k3s server --flannel-backend=vx\\x6can', [
          '/usr/local/bin/k3s',
          'server',
          '--flannel-backend=vxlan',
        ]),
      ),
    ).toMatch(/not edited/);
  });
});

describe('recorded servers', () => {
  it.each([
    ['s1', CONFIG, 'flannel-backend: wireguard-native   # see wiki'],
    ['s2', `${CONFIG}.d/10-net.yaml`, '"flannel-backend": "wireguard-native"'],
    ['s3', UNIT, "'--flannel-backend' \\\n\t'wireguard-native' \\\n"],
  ])('%s changes where its setting is', (name, path, text) => {
    const made = editFlag(
      factsFromRecording(`01-vxlan-steady/${name}`),
      'flannel-backend',
      'wireguard-native',
    );
    expect(made).toMatchObject({ path, from: 'vxlan', to: 'wireguard-native' });
    expect((made as FileEdit).texts.after).toContain(text);
  });
});

const line = fc.constantFrom(
  '# flannel-backend: nope',
  'token: "a: b"',
  'disable: [a, b]',
  'disable:\n  - a\n  - b',
  'write-kubeconfig-mode: 0644',
  'debug: yes',
  "node-name: 'it''s'",
  'node-label:\n  - "é=1"',
  'kubelet-arg: >-\n  folded\n  text',
  '',
  'v: 1_000',
  'x:',
);
const target = fc.constantFrom(
  'flannel-backend: vxlan',
  'flannel-backend: "vxlan" # why',
  "'flannel-backend':  'vxlan'",
  'flannel-backend:',
);
const config = fc
  .record({
    head: fc.array(line, { maxLength: 5 }),
    target: fc.option(target),
    tail: fc.array(line, { maxLength: 5 }),
    eol: fc.constantFrom('\n', '\r\n'),
    bom: fc.boolean(),
    end: fc.boolean(),
  })
  .map(({ head, target: t, tail, eol, bom, end }) => {
    const body = [...head, ...(t === null ? [] : [t]), ...tail].join('\n').replaceAll('\n', eol);
    return `${bom ? '\ufeff' : ''}${body}${end ? eol : ''}`;
  });

describe('for any configuration', () => {
  it('an edit gives the value, changes one word of the command line, and keeps every byte outside its splice', () => {
    fc.assert(
      fc.property(config, fc.constantFrom('host-gw', 'wireguard-native', 'none'), (yaml, value) => {
        const from = tree({ [CONFIG]: yaml });
        const made = editFlag(from, 'flannel-backend', value);
        if (made === undefined || 'refused' in made)
          throw new Error(`refused: ${made?.refused.summary}`);
        const bytes = Buffer.from(yaml);
        const [splice] = made.splices;
        const next = applySplices(bytes, made.splices);
        expect(sha256(next)).toBe(made.after);
        expect(next.subarray(0, splice?.start)).toEqual(bytes.subarray(0, splice?.start));
        expect(next.subarray(next.length - (bytes.length - (splice?.end ?? 0)))).toEqual(
          bytes.subarray(splice?.end),
        );
        const now = edited(from, made);
        expect(where(now, 'flannel-backend')).toMatchObject({ value });
        const others = (t: ConfigTree): string[] =>
          (mergedArgs(t) as string[]).filter((a) => !a.startsWith('--flannel-backend='));
        expect(others(now)).toEqual(others(from));
        expect(editFlag(now, 'flannel-backend', value)).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  it('the way back from an edited key gives the old value again', () => {
    fc.assert(
      fc.property(
        config.filter((c) => /flannel-backend['"]?: +["']?vxlan/.test(c.replace(/#.*/g, ''))),
        (yaml) => {
          const there = edited(tree({ [CONFIG]: yaml }), edit(tree({ [CONFIG]: yaml })));
          expect(edit(there, 'vxlan').texts.after).toBe(yaml);
        },
      ),
    );
  });
});
