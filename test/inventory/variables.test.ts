import { describe, expect, it } from 'vitest';
import { load, only, problems } from './write.ts';

const HOST = '[parent:children]\nchild\n[child]\nh\n';

describe('the precedence of variables', () => {
  it.each([
    [{}, 'all:vars', 'inline all'],
    [{ hosts: '[parent:vars]\nv=parent\n' }, '', 'parent'],
    [{ hosts: '[parent:vars]\nv=parent\n[child:vars]\nv=child\n' }, '', 'child'],
    [{ 'group_vars/all.yml': 'v: file all' }, 'x', 'file all'],
    [{ hosts: '[child:vars]\nv=child\n', 'group_vars/all.yml': 'v: file all' }, '', 'file all'],
    [{ 'group_vars/all.yml': 'v: a', 'group_vars/parent.yml': 'v: b' }, '', 'b'],
    [{ 'group_vars/parent.yml': 'v: b', 'group_vars/child.yaml': 'v: c' }, '', 'c'],
    [{ 'group_vars/child': 'v: c', hosts: '[child]\nh v=host\n' }, '', 'host'],
    [{ hosts: '[child]\nh v=host\n', 'host_vars/h.json': '{"v": "file host"}' }, '', 'file host'],
  ])('%j gives %s%s', async (files, _why, value) => {
    const { hosts = '', ...rest } = files as Record<string, string>;
    const all = '[all:vars]\nv=inline all\n';
    const host = only(await load({ hosts: `${HOST}${all}${hosts}`, ...rest }));
    expect(host.vars.v).toBe(value);
  });

  it('between groups of one depth is their priority, then their name', async () => {
    const hosts = '[b]\nh\n[a]\nh\n[a:vars]\nv=a\n[b:vars]\nv=b\n';
    expect(only(await load({ hosts })).vars.v).toBe('b');
    const more = `${hosts}ansible_group_priority=0\n`;
    expect(only(await load({ hosts: more })).vars.v).toBe('a');
  });
});

describe('group_vars and host_vars', () => {
  it('may be directories, read in order', async () => {
    const host = only(
      await load({
        hosts: '[server]\nh\n',
        'group_vars/server/10.yml': 'a: 1\nb: 1\n',
        'group_vars/server/20.yml': 'b: 2\n',
        'group_vars/server/.swp': 'b: 3\n',
        'group_vars/server/notes.txt': 'b: 4\n',
        'host_vars/h/sub/x': 'c: 5\n',
      }),
    );
    expect(host.vars).toEqual({ a: 1, b: 2, c: 5 });
  });

  it('tell which file Ansible does not read', async () => {
    const files = {
      hosts: 'h\n',
      'group_vars/all/x.yml': 'a: 1\n',
      'group_vars/all.yml': 'a: 2\n',
    };
    const { hosts, notes } = await load(files);
    expect(hosts[0]?.vars).toEqual({ a: 1 });
    expect(notes.join()).toMatch(/group_vars\/all\.yml is not read/);
  });

  it('are told with file and line when broken, and empty ones are fine', async () => {
    const found = await problems({
      hosts: 'h\n',
      'group_vars/all.yml': 'a: 1\nb: [\n',
      'host_vars/h.yml': '- a list\n',
      'group_vars/ungrouped.yml': '---\n',
    });
    expect(found.map((p) => [p.file?.replace(/^.*\/(\w+_vars)/, '$1'), p.exit])).toEqual(
      expect.arrayContaining([
        ['group_vars/all.yml', 3],
        ['host_vars/h.yml', 3],
      ]),
    );
  });

  it('that are encrypted are noted, and do not stop anything', async () => {
    const { notes } = await load({
      hosts: 'h\n',
      'group_vars/all/vault': '$ANSIBLE_VAULT;1.1;AES256\n61\n',
    });
    expect(notes.join()).toContain('encrypted by Ansible Vault');
  });

  it('may hold encrypted values that nobody needs', async () => {
    const text = 'token: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\nraw: !unsafe "{{ x }}"\n';
    const host = only(await load({ hosts: 'h\n', 'group_vars/all.yml': text }));
    expect(JSON.stringify(host.vars)).toBe('{"token":"(vault)","raw":"{{ x }}"}');
  });
});

describe('secrets among the variables', () => {
  it('cannot be printed', async () => {
    const host = only(
      await load({
        hosts:
          'h ansible_user=u ansible_become_password=hush k3s_token=hush2 ansible_ssh_pass=hush3\n',
      }),
    );
    expect(JSON.stringify(host)).not.toContain('hush');
    expect(host.become.password?.reveal()).toBe('hush');
    expect(host.password?.reveal()).toBe('hush3');
  });
});
