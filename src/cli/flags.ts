import type { BackendName } from '../model/facts.ts';
import * as parse from './parse.ts';

/** Values of all flags by commander's names; a command has those of its groups. */
export interface RawFlags {
  readonly inventory: readonly string[];
  readonly limit?: string;
  readonly forks: number;
  readonly user?: string;
  readonly become: boolean;
  readonly askBecomePass: boolean;
  readonly becomePasswordFile?: string;
  readonly askPass: boolean;
  readonly privateKey?: string;
  readonly timeout?: number;
  readonly output: 'auto' | 'plain' | 'json';
  readonly color: boolean;
  readonly input: boolean;
  readonly stateDir?: string;
  readonly verbose: number;
  readonly yes: boolean;
  readonly lockTimeout: number;
  readonly to?: BackendName;
  readonly batch: readonly string[];
  readonly maxLoss: number;
  readonly rollback: 'auto' | 'ask' | 'never';
  readonly lease: number;
  readonly restartLimit: number;
  readonly allow: readonly string[];
  readonly diff: boolean;
  readonly save?: string;
  readonly detailedExitcode: boolean;
  readonly check: boolean;
  readonly dryRun: boolean;
  readonly list: boolean;
  readonly graph: boolean;
}

export interface Flag {
  readonly key: keyof RawFlags;
  /** As commander writes it: `-l, --limit <pattern>`. */
  readonly flags: string;
  readonly help: string;
  /** Text to value; a flag without it is a switch. */
  readonly parse?: (text: string) => unknown;
  /** `append` keeps earlier values, `count` counts how often it was given. */
  readonly repeat?: 'append' | 'count';
  /** Value when neither flag nor variable is given. */
  readonly value?: unknown;
  /** How the value is written in the help, when it is not plain. */
  readonly shown?: string;
}

/** Which hosts, how to reach them, how to show it: for every command that reads an inventory. */
export const COMMON: readonly Flag[] = [
  {
    key: 'inventory',
    flags: '-i, --inventory <source>',
    help: "file, directory, executable, or 'host,' list (repeatable)",
    parse: parse.notEmpty,
    repeat: 'append',
    value: [],
  },
  { key: 'limit', flags: '-l, --limit <pattern>', help: 'only these hosts', parse: parse.notEmpty },
  {
    key: 'forks',
    flags: '-f, --forks <n>',
    help: 'hosts that are worked on at once',
    parse: parse.positiveCount,
    value: 16,
  },
  { key: 'user', flags: '-u, --user <name>', help: 'log in as this user', parse: parse.notEmpty },
  { key: 'become', flags: '-b, --become', help: 'become root after logging in' },
  {
    key: 'askBecomePass',
    flags: '-K, --ask-become-pass',
    help: 'ask for the password of becoming root',
  },
  {
    key: 'becomePasswordFile',
    flags: '--become-password-file <file>',
    help: 'read that password from a file',
    parse: parse.notEmpty,
  },
  { key: 'askPass', flags: '-k, --ask-pass', help: 'ask for the SSH password' },
  {
    key: 'privateKey',
    flags: '--private-key <file>',
    help: 'log in with this key',
    parse: parse.notEmpty,
  },
  {
    key: 'timeout',
    flags: '-T, --timeout <duration>',
    help: 'give a login up after this long',
    parse: parse.positiveDuration,
  },
];

/** How to show it: for every command. */
export const DISPLAY: readonly Flag[] = [
  {
    key: 'output',
    flags: '-o, --output <format>',
    help: 'auto, plain, or json (one object a line)',
    parse: parse.oneOf(['auto', 'plain', 'json']),
    value: 'auto',
  },
  { key: 'color', flags: '--no-color', help: 'no colours', value: true },
  {
    key: 'input',
    flags: '--no-input',
    help: 'never ask: fail, and name the option that answers',
    value: true,
  },
  {
    key: 'stateDir',
    flags: '--state-dir <dir>',
    help: 'where runs and journals are kept',
    parse: parse.notEmpty,
  },
  {
    key: 'verbose',
    flags: '-v, --verbose',
    help: 'say more (up to -vvvv)',
    repeat: 'count',
    value: 0,
  },
];

export const YES: readonly Flag[] = [
  { key: 'yes', flags: '-y, --yes', help: 'answer the question with yes' },
];

export const LOCK: readonly Flag[] = [
  {
    key: 'lockTimeout',
    flags: '--lock-timeout <duration>',
    help: "wait this long for somebody else's lock",
    parse: parse.duration,
    value: 0,
    shown: '0s',
  },
];

export const LOSS: readonly Flag[] = [
  {
    key: 'maxLoss',
    flags: '--max-loss <n>',
    help: 'lost packets per pair from which the run turns back',
    parse: parse.count,
    value: 3,
  },
];

/** What to change and how carefully. */
export const CHANGE: readonly Flag[] = [
  {
    key: 'to',
    flags: '--to <backend>',
    help: 'move to this backend with the shipped playbook',
    parse: parse.backend,
  },
  {
    key: 'batch',
    flags: '--batch <sizes>',
    help: 'batches of agents, like 1,10%,100%',
    parse: parse.batchSizes,
    value: [],
    shown: "the playbook's",
  },
  {
    key: 'rollback',
    flags: '--rollback <when>',
    help: 'after a failure: auto, ask or never',
    parse: parse.oneOf(['auto', 'ask', 'never']),
    value: 'auto',
  },
  {
    key: 'lease',
    flags: '--lease <duration>',
    help: 'guards act this long after they last heard of the run',
    parse: parse.positiveDuration,
    value: 60,
    shown: '60s',
  },
  {
    key: 'restartLimit',
    flags: '--restart-limit <duration>',
    help: "how long one K3s restart may take; also a guard's slot",
    parse: parse.positiveDuration,
    value: 90,
    shown: '90s',
  },
  {
    key: 'allow',
    flags: '--allow <rule>',
    help: 'go on although this rule refuses (repeatable; recorded)',
    parse: parse.commaList,
    repeat: 'append',
    value: [],
  },
  { key: 'diff', flags: '-D, --diff', help: 'show the differences of files (a plan always does)' },
  { key: 'save', flags: '--save <file>', help: 'write the plan to a file', parse: parse.notEmpty },
];

export const DETAILED: readonly Flag[] = [
  {
    key: 'detailedExitcode',
    flags: '--detailed-exitcode',
    help: 'exit 2 when changes are pending',
  },
];

export const CHECK: readonly Flag[] = [
  { key: 'check', flags: '-C, --check', help: 'only plan, change nothing' },
  { key: 'dryRun', flags: '--dry-run', help: 'the same as --check' },
];

export const SHOW: readonly Flag[] = [
  { key: 'list', flags: '--list', help: "JSON, in ansible-inventory's shape" },
  { key: 'graph', flags: '--graph', help: 'groups and hosts as a tree' },
];

/** `--become-password-file <file>` → `REWEAVE_BECOME_PASSWORD_FILE`. */
export function variableOf(flag: Flag): string {
  const long = /--([a-z-]+)/.exec(flag.flags)?.[1] ?? '';
  return `REWEAVE_${long.replaceAll('-', '_').toUpperCase()}`;
}

const ALL = [COMMON, DISPLAY, YES, LOCK, LOSS, CHANGE, DETAILED, CHECK, SHOW].flat();

/** Every flag's value when it was not given. */
export const DEFAULTS = Object.fromEntries(
  ALL.map((flag) => [
    flag.key,
    'value' in flag ? flag.value : flag.parse === undefined ? false : undefined,
  ]),
) as unknown as RawFlags;
