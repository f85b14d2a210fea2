import type { Summary } from '../model/event.ts';
import { EXIT } from '../model/problem.ts';
import { isSecretKey, MASK } from '../text/redact.ts';
import type { InventoryOptions, Io } from './options.ts';
import { readInventory } from './world.ts';

/** The inventory as it was understood: the JSON shape of `ansible-inventory --list`, or a tree. Contacts nobody. */
export async function inventory(options: InventoryOptions, io: Io): Promise<Summary> {
  const { hosts, groups } = await readInventory(options, io);
  if (options.show === 'graph') {
    for (const [group, names] of groups)
      io.out(`@${group}:\n${names.map((n) => `  |--${n}\n`).join('')}`);
  } else {
    const hostvars = Object.fromEntries(hosts.map((h) => [h.name, masked(h.vars)]));
    const lists = Object.fromEntries(
      [...groups].map(([group, names]) => [group, { hosts: names }]),
    );
    io.out(`${JSON.stringify({ _meta: { hostvars }, ...lists }, undefined, 2)}\n`);
  }
  return { exit: EXIT.ok, outcome: `${hosts.length} hosts`, problems: [] };
}

/** Values under names that are secrets stay here. */
function masked(vars: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(vars).map(([key, value]) => [key, isSecretKey(key) ? MASK : value]),
  );
}
