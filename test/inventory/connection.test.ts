import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadInventory } from '../../src/inventory/load.ts';
import { roleOf } from '../../src/inventory/role.ts';
import { parseSshArgs } from '../../src/inventory/ssh-args.ts';
import { Secret } from '../../src/model/secret.ts';
import { load, only, problems, write } from './write.ts';

describe('how to reach a host', () => {
  it('has defaults', async () => {
    const host = only(
      await load({ hosts: 'h\n' }, { env: { USER: 'me', SSH_AUTH_SOCK: '/a' }, home: '/h' }),
    );
    expect(host).toMatchObject({
      address: 'h',
      port: 22,
      user: 'me',
      keyFiles: [],
      agentSocket: '/a',
      knownHosts: ['/h/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'],
      hostKeyChecking: 'strict',
      become: { method: 'sudo', user: 'root' },
      timeout: 10,
    });
  });

  it.each([
    [
      'ansible_host=192.0.2.1 ansible_port=23 ansible_user=u',
      { address: '192.0.2.1', port: 23, user: 'u' },
    ],
    [
      'ansible_ssh_host=192.0.2.1 ansible_ssh_port="23" ansible_ssh_user=u',
      { address: '192.0.2.1', port: 23, user: 'u' },
    ],
    ['ansible_timeout=30', { timeout: 30 }],
    ['ansible_user=root', { become: { method: 'none', user: 'root' } }],
    ['ansible_user=root ansible_become=yes', { become: { method: 'none', user: 'root' } }],
    ['ansible_user=u ansible_become=no', { become: { method: 'none', user: 'root' } }],
    ['ansible_user=u ansible_become_method=doas', { become: { method: 'doas', user: 'root' } }],
    ['ansible_user=u ansible_become_user=k3s', { become: { method: 'sudo', user: 'k3s' } }],
    [
      'ansible_ssh_common_args="-o StrictHostKeyChecking=accept-new -o Port=24 -l x"',
      { hostKeyChecking: 'accept-new', port: 24, user: 'x' },
    ],
    ['ansible_ssh_private_key_file=/k', { keyFiles: ['/k'] }],
    ['ansible_ssh_private_key_file=~/k', { keyFiles: ['/home/me/k'] }],
  ])('%s', async (line, wanted) => {
    expect(only(await load({ hosts: `h ${line}\n` }, { home: '/home/me' }))).toMatchObject(wanted);
  });

  it('is what the command line says, whatever the inventory says', async () => {
    const overrides = {
      user: 'cli',
      privateKey: '/cli/key',
      port: 99,
      timeout: 7,
      become: true,
      becomePassword: new Secret('p'),
      password: new Secret('q'),
      knownHosts: ['/cli/known'],
      hostKeyChecking: 'accept-new',
    } as const;
    const hosts =
      'h ansible_user="{{ u }}" ansible_port=1 ansible_become=no ansible_become_pass="{{ v }}" ansible_ssh_private_key_file="{{ k }}"\n';
    expect(only(await load({ hosts }, { overrides }))).toMatchObject({
      user: 'cli',
      port: 99,
      timeout: 7,
      keyFiles: ['/cli/key'],
      knownHosts: ['/cli/known'],
      hostKeyChecking: 'accept-new',
      become: { method: 'sudo', password: overrides.becomePassword },
      password: overrides.password,
    });
  });

  it('looks for relative files from the working directory, then beside the inventory', async () => {
    const dir = write({
      'inv/hosts':
        'h ansible_ssh_private_key_file=keys/k ansible_ssh_common_args="-o UserKnownHostsFile=kh"\n',
      'inv/kh': '',
    });
    const options = { overrides: {}, env: {}, cwd: dir, home: undefined };
    mkdirSync(join(dir, 'inv/keys'));
    writeFileSync(join(dir, 'inv/keys/k'), '');
    const beside = only(await loadInventory(['inv/hosts'], options));
    expect(beside.keyFiles).toEqual([join(dir, 'inv/keys/k')]);
    expect(beside.knownHosts[0]).toBe(join(dir, 'inv/kh'));
    mkdirSync(join(dir, 'keys'));
    writeFileSync(join(dir, 'keys/k'), '');
    expect(only(await loadInventory(['inv/hosts'], options)).keyFiles).toEqual([
      join(dir, 'keys/k'),
    ]);
  });

  it('takes the keys of ~/.ssh that exist when none is named', async () => {
    const home = write({ '.ssh/id_rsa': '', '.ssh/id_ed25519': '' });
    expect(only(await load({ hosts: 'h\n' }, { home })).keyFiles).toEqual([
      join(home, '.ssh/id_ed25519'),
      join(home, '.ssh/id_rsa'),
    ]);
  });

  it.each([
    ['ansible_user="{{ who }}"', 'ansible_user', '{{ who }}'],
    ['ansible_host="{{ ip }}"', 'ansible_host', '{{ ip }}'],
    ['ansible_port="{{ p }}"', 'ansible_port', '{{ p }}'],
    [
      'ansible_user=u ansible_become_password="{{ vault_pw }}"',
      'ansible_become_password',
      '{{ vault_pw }}',
    ],
    ['ansible_ssh_common_args="-o Port={{ p }}"', 'ansible_ssh_common_args', '{{ p }}'],
  ])('cannot need a template: %s', async (line, name, template) => {
    const [problem] = await problems({ hosts: `\nh ${line}\n` });
    expect(problem).toMatchObject({ line: 2, exit: 3 });
    expect(problem?.summary).toContain(name);
    expect(problem?.summary).toContain(template);
  });

  it('minds no template where it needs no value', async () => {
    const { hosts } = await load({ hosts: 'h api="{{ x }}" extra_args="--a={{ y }}"\n' });
    expect(hosts[0]?.vars.api).toBe('{{ x }}');
  });

  it('tells a template of a group once, not once a host', async () => {
    expect(
      await problems({ hosts: '[g]\nh[1:50]\n[g:vars]\nansible_user={{ u }}\n' }),
    ).toHaveLength(1);
  });

  it('tells an encrypted value that it needs', async () => {
    const text = 'ansible_become_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n';
    const [problem] = await problems({ hosts: 'h ansible_user=u\n', 'group_vars/all.yml': text });
    expect(problem?.summary).toContain('ansible_become_password is encrypted');
    expect(problem?.hint).toContain('-K');
  });

  it.each([
    'ansible_port=70000',
    'ansible_port=ssh',
    'ansible_timeout=0',
    'ansible_user=u ansible_become=perhaps',
    'ansible_user=u ansible_become_method=su',
    'ansible_connection=local',
    'ansible_ssh_common_args="-o ProxyJump=bastion"',
    'ansible_ssh_common_args="-J bastion"',
    'ansible_ssh_extra_args="-o ProxyCommand=nc"',
    'ansible_ssh_common_args="-o Port"',
    'ansible_ssh_common_args="-F conf"',
  ])('is refused for %s, with its line', async (line) => {
    const found = await problems({ hosts: `h ${line}\n` });
    expect(found).toEqual([expect.objectContaining({ exit: 3, line: 1 })]);
  });

  it('says of a jump host that it is not yet supported', async () => {
    const [problem] = await problems({
      hosts: 'h ansible_ssh_common_args="-o ProxyJump=bastion"\n',
    });
    expect(problem?.summary).toContain('ProxyJump=bastion is not yet supported');
  });

  it('tells what is not followed', async () => {
    const hosts =
      'h ansible_ssh_pipelining=yes ansible_become_flags=-H ansible_ssh_common_args="-o ControlMaster=auto -o StrictHostKeyChecking=no -v"\n';
    const { notes } = await load({ hosts });
    expect(notes.join('\n')).toMatch(/ansible_ssh_pipelining is not followed/);
    expect(notes.join('\n')).toMatch(/ansible_become_flags is not followed/);
    expect(notes.join('\n')).toMatch(/ControlMaster=auto is not followed/);
    expect(notes.join('\n')).toMatch(/StrictHostKeyChecking=no is not followed/);
    expect(notes.join('\n')).toMatch(/-v is not followed/);
  });

  it.each(['a ansible_host=192.0.2.1\nb ansible_host=192.0.2.1\n', 'a\nb ansible_host=A\n'])(
    'is no secret twin of another: %j',
    async (hosts) => {
      expect((await problems({ hosts }))[0]?.summary).toMatch(/hosts 'a' and 'b' are one machine/);
    },
  );

  it('may share its address with another on another port', async () => {
    const hosts = 'a ansible_host=192.0.2.1\nb ansible_host=192.0.2.1 ansible_port=23\n';
    expect((await load({ hosts })).hosts).toHaveLength(2);
  });
});

describe('the arguments of ssh', () => {
  it('are read in every spelling', () => {
    const text = `-oPort=1 -o 'User x' -i "a b" -o IdentityFile=c -o UserKnownHostsFile="d e" -p2`;
    expect(parseSshArgs(text)).toMatchObject({
      port: '1',
      user: 'x',
      keyFiles: ['a b', 'c'],
      knownHosts: ['d', 'e'],
      errors: [],
      notes: [],
    });
  });
  it('keep an open quote as an error', () => {
    expect(parseSshArgs('-o "Port=1').errors).toHaveLength(1);
  });
});

describe('the role of a host', () => {
  it.each([
    [['server'], 'server'],
    [['master', 'k3s_cluster'], 'server'],
    [['control-plane'], 'server'],
    [['control_plane'], 'server'],
    [['k3s_servers'], 'server'],
    [['agent'], 'agent'],
    [['node', 'k3s_cluster'], 'agent'],
    [['worker'], 'agent'],
    [['k3s_cluster'], undefined],
    [['master', 'node'], 'server'],
    [['server', 'agent'], undefined],
    [['servers_of_mail'], undefined],
  ])('in %j is %s', (groups, role) => expect(roleOf(groups, {})).toBe(role));
  it('follows a playbook that renames its groups', () => {
    expect(roleOf(['cp'], { server_group: 'cp' })).toBe('server');
    expect(roleOf(['edge'], { agent_group: 'edge' })).toBe('agent');
  });
});
