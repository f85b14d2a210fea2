import {
  CHANGE,
  CHECK,
  COMMON,
  DETAILED,
  DISPLAY,
  type Flag,
  LOCK,
  LOSS,
  SHOW,
  YES,
} from './flags.ts';

export interface CommandSpec {
  readonly name: string;
  /** As commander writes them: `<run>` is needed, `[run]` is not. */
  readonly args: readonly { readonly name: string; readonly help: string }[];
  readonly help: string;
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
  /** It asks before it changes anything, so without a terminal it needs --yes. */
  readonly asks?: boolean;
}

const PLAYBOOK = { name: '[playbook]', help: 'a playbook, by file or shipped name' };
const RUN = { name: '[run]', help: 'a run (default: the last one)' };

/** The commands in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'plan',
    args: [PLAYBOOK],
    help: 'show what would change, in which order, and what it would interrupt',
    flags: [...COMMON, ...CHANGE, ...LOSS, ...LOCK, ...DETAILED, ...DISPLAY],
    examples: [
      'reweave plan --to wireguard-native -i inventory.ini',
      'reweave plan my-migration.yml -i inventory.ini --save plan.json --detailed-exitcode',
    ],
  },
  {
    name: 'apply',
    args: [{ name: '[playbook]', help: 'a playbook, or a plan that was saved' }],
    help: 'show the plan, ask, then move the cluster',
    flags: [...COMMON, ...CHANGE, ...LOSS, ...CHECK, ...YES, ...LOCK, ...DISPLAY],
    examples: [
      'reweave apply --to wireguard-native -i inventory.ini',
      'reweave apply plan.json -i inventory.ini --yes --output json',
    ],
    asks: true,
  },
  {
    name: 'resume',
    args: [RUN],
    help: 'finish a run that was interrupted, from its journal',
    flags: [...COMMON, ...LOSS, ...YES, ...LOCK, ...DISPLAY],
    examples: ['reweave resume -i inventory.ini'],
  },
  {
    name: 'rollback',
    args: [RUN],
    help: 'return a run to the old setting, from its journal',
    flags: [...COMMON, ...LOSS, ...YES, ...LOCK, ...DISPLAY],
    examples: ['reweave rollback -i inventory.ini'],
  },
  {
    name: 'status',
    args: [],
    help: 'last runs, where each node stands, what is armed, who holds the lock',
    flags: [...COMMON, ...DISPLAY],
    examples: ['reweave status -i inventory.ini'],
  },
  {
    name: 'verify',
    args: [],
    help: 'prove that disk, process and every pair of nodes agree',
    flags: [...COMMON, ...DISPLAY],
    examples: ['reweave verify -i inventory.ini --output json'],
  },
  {
    name: 'facts',
    args: [],
    help: 'show what was seen on each host',
    flags: [...COMMON, ...DISPLAY],
    examples: ['reweave facts -i inventory.ini --limit server-1'],
  },
  {
    name: 'inventory',
    args: [],
    help: 'show the inventory as it was understood; contacts nobody',
    flags: [...SHOW, ...COMMON, ...DISPLAY],
    examples: ['reweave inventory --graph -i inventory.ini'],
  },
  {
    name: 'forget',
    args: [{ name: '<run>', help: 'the run whose backups are dropped' }],
    help: "drop a finished run's backups on the nodes",
    flags: [...COMMON, ...YES, ...LOCK, ...DISPLAY],
    examples: ['reweave forget 20260504-101500-1a2b3c -i inventory.ini'],
  },
  {
    name: 'lock',
    args: [{ name: '<action>', help: 'status or release' }],
    help: 'who holds the lock, since when, for which run; release it',
    flags: [...COMMON, ...YES, ...DISPLAY],
    examples: ['reweave lock status -i inventory.ini', 'reweave lock release -i inventory.ini'],
  },
  {
    name: 'playbook',
    args: [
      { name: '<action>', help: 'list or show' },
      { name: '[name]', help: 'the playbook to show' },
    ],
    help: 'the shipped playbooks, to read or copy',
    flags: DISPLAY,
    examples: ['reweave playbook list', 'reweave playbook show wireguard-native > mine.yml'],
  },
];
