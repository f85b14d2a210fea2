import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadInventory } from '../../src/inventory/load.ts';
import { load, problems, write } from './write.ts';

const EMPTY = { overrides: {}, env: {}, home: undefined };

describe('a YAML inventory', () => {
  it('has hosts, children and variables; a host may be written in several groups', async () => {
    const { hosts, groups } = await load({
      'k3s.yml': `
all:
  vars: {where: all, deep: all}
  children:
    server:
      hosts:
        s[1:2]:
        old: {ansible_host: 192.0.2.9, where: host}
    agent:
      vars: {deep: agent}
      hosts: a1
    lan:
      children:
        agent:
        server:
`,
    });
    expect(hosts.map((h) => [h.name, h.role, h.vars.where, h.vars.deep])).toEqual([
      ['s1', 'server', 'all', 'all'],
      ['s2', 'server', 'all', 'all'],
      ['old', 'server', 'host', 'all'],
      ['a1', 'agent', 'all', 'agent'],
    ]);
    expect(groups.get('lan')).toEqual(['s1', 's2', 'old', 'a1']);
  });

  it('keeps names that look like numbers as they are written', async () => {
    const { hosts } = await load({
      'h.yml': 'server:\n  hosts:\n    192.0.2.1:\n    007:\n    1e3:\n',
    });
    expect(hosts.map((h) => h.name)).toEqual(['192.0.2.1', '007', '1e3']);
  });

  it('reads anchors, merges and the words of YAML 1.1', async () => {
    const { hosts } = await load({
      'h.yml': `
all:
  vars: &common {a: 1, b: yes}
server:
  hosts:
    s1:
      <<: *common
      a: 2
`,
    });
    expect(hosts[0]?.vars).toEqual({ a: 2, b: true });
  });

  it('lets unknown parts of a group and double keys pass, and notes them', async () => {
    const { hosts, notes } = await load({
      'h.yml': 'server:\n  ansible_user: x\n  hosts:\n    s1: {a: 1, a: 2}\n',
    });
    expect(hosts[0]?.vars).toEqual({ a: 2 });
    expect(notes.join('\n')).toMatch(/h\.yml:2: 'ansible_user' in group 'server'/);
    expect(notes.join('\n')).toMatch(/h\.yml:4: 'a' stands twice/);
  });

  it.each([
    ['server:\n  hosts:\n   s1:\n  s2:\n bad\n', undefined],
    ['server:\n  hosts: [s1, s2]\n  vars: 3\n', 2],
    ['server:\n  hosts:\n    - s1\n', 2],
    ['- server\n', 1],
    ['', 1],
    ['server:\n  hosts:\n    s[2:1]:\n', 3],
    ['a:\n  children:\n    b:\n      children:\n        a:\n', 5],
    ['plugin: amazon.aws.aws_ec2\n', 1],
    ['server: {hosts: {s1: }}\n---\nx: 1\n', undefined],
    ['server:\n  hosts:\n    s1: just text\n', 3],
  ])('tells what is wrong with %j, and where', async (text, line) => {
    const [first] = await problems({ 'h.yml': text });
    expect(first).toMatchObject({ exit: 3, ...(line === undefined ? {} : { line }) });
    expect(first?.file).toMatch(/h\.yml$/);
  });

  it('tells the faults of several files at once', async () => {
    const dir = write({ 'a.yml': 'server: [\n', 'b.ini': '[x y]\n' });
    const error = await loadInventory(['a.yml', 'b.ini', 'c'], { ...EMPTY, cwd: dir }).catch(
      (e) => e,
    );
    const files = new Set(error.problems.map((p: { file?: string }) => p.file));
    expect([...files]).toEqual([join(dir, 'a.yml'), join(dir, 'b.ini'), undefined]);
  });
});

describe('an inventory source', () => {
  it('may be a list of hosts', async () => {
    const { hosts } = await load({ x: '' }, { source: 'n[1:2].lan, 192.0.2.9:2222,' });
    expect(hosts.map((h) => [h.name, h.port])).toEqual([
      ['n1.lan', 22],
      ['n2.lan', 22],
      ['192.0.2.9', 2222],
    ]);
  });

  it('may be a directory: its files in order, without what editors leave', async () => {
    const { hosts, files } = await load(
      {
        '01-servers.yml': 'server:\n  hosts:\n    s1:\n',
        '02-agents': '[agent]\na1\n',
        'old.bak': '[server]\nnever\n',
        'README.md': 'never',
        '.hidden': 'never',
        'group_vars/server.yml': 'x: 1\n',
      },
      { source: '.' },
    );
    expect(hosts.map((h) => h.name)).toEqual(['s1', 'a1']);
    expect(hosts[0]?.vars).toEqual({ x: 1 });
    expect(files.map((f) => f.split('/').slice(-2).join('/'))).toContain('group_vars/server.yml');
  });

  it.each(['_meta', 'lists'])('may be what ansible-inventory --list prints (%s)', async (kind) => {
    const meta = { _meta: { hostvars: { s1: { ansible_host: '192.0.2.1' } } } };
    const data = {
      all: { children: ['server', 'ungrouped'] },
      server: { hosts: ['s1'], vars: { x: 1 } },
      ...(kind === '_meta' ? meta : {}),
    };
    const { hosts } = await load({ 'list.json': JSON.stringify(data) });
    expect(hosts[0]).toMatchObject({ name: 's1', role: 'server', vars: { x: 1 } });
    expect(hosts[0]?.address).toBe(kind === '_meta' ? '192.0.2.1' : 's1');
  });

  it('may be a program, whose failure is told', async () => {
    const dir = write({
      good: `#!/bin/sh\n[ "$1" = --list ] && echo '{"server": ["s1"]}'\n`,
      bad: '#!/bin/sh\necho no such cloud >&2; exit 3\n',
    });
    for (const name of ['good', 'bad']) chmodSync(join(dir, name), 0o755);
    const { hosts } = await loadInventory(['good'], { ...EMPTY, cwd: dir });
    expect(hosts.map((h) => h.name)).toEqual(['s1']);
    const failed = loadInventory(['bad'], { ...EMPTY, cwd: dir });
    await expect(failed).rejects.toThrow(/no such cloud/);
  });

  it('that is missing, empty or without hosts is an error', async () => {
    expect((await problems({ x: '' }, { source: 'nowhere.yml' }))[0]?.summary).toContain(
      'does not exist',
    );
    expect((await problems({ x: '[server]\n' }))[0]?.summary).toContain('has no hosts');
    await expect(loadInventory([], { ...EMPTY, cwd: '/' })).rejects.toThrow(
      'no inventory is named',
    );
  });
});
