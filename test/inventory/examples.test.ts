import { describe, expect, it } from 'vitest';
import { loadInventory } from '../../src/inventory/load.ts';

const options = { overrides: {}, env: {}, cwd: `${import.meta.dirname}/../..`, home: undefined };

describe('the example inventories', () => {
  it('for k3s-ansible load', async () => {
    const { hosts, notes } = await loadInventory(['inventories/k3s-ansible.yml'], options);
    expect(hosts.map((h) => [h.name, h.address, h.port, h.role])).toEqual([
      ['192.0.2.11', '192.0.2.11', 22, 'server'],
      ['192.0.2.12', '192.0.2.12', 22, 'server'],
      ['192.0.2.13', '192.0.2.13', 22, 'server'],
      ['edge-1', '192.0.2.21', 22, 'agent'],
      ['edge-2', '192.0.2.22', 2222, 'agent'],
    ]);
    expect(hosts.every((h) => h.user === 'debian' && h.become.method === 'sudo')).toBe(true);
    expect(hosts.every((h) => h.hostKeyChecking === 'accept-new')).toBe(true);
    expect(notes).toEqual([]);
  });

  it.each(['inventories/techno-tim/hosts.ini', 'inventories/techno-tim'])(
    'for techno-tim load, with their group_vars (%s)',
    async (source) => {
      const { hosts, groups, notes } = await loadInventory([source], options);
      expect(hosts.map((h) => [h.name, h.user, h.role])).toEqual([
        ['192.0.2.31', 'ansibleuser', 'server'],
        ['192.0.2.32', 'ansibleuser', 'server'],
        ['192.0.2.33', 'ansibleuser', 'server'],
        ['192.0.2.36', 'ansibleuser', 'agent'],
        ['192.0.2.37', 'ops', 'agent'],
        ['nuc.example', 'ansibleuser', 'agent'],
      ]);
      expect(hosts[5]).toMatchObject({ address: '192.0.2.38', port: 2222 });
      expect(groups.get('k3s_cluster')).toHaveLength(6);
      expect(notes).toEqual([]);
    },
  );
});
