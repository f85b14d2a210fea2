import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Become, Host } from '../model/host.ts';
import type { Problem } from '../model/problem.ts';
import type { Secret } from '../model/secret.ts';
import type { Variables } from './graph.ts';
import { invalid } from './problem.ts';
import { plainVars, type VarReader, varReader } from './read-vars.ts';
import { roleOf } from './role.ts';
import { parseSshArgs, type SshArgs } from './ssh-args.ts';

/** Values of the command line; each wins over the inventory. */
export interface Overrides {
  readonly user?: string;
  readonly privateKey?: string;
  readonly port?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly become?: boolean;
  readonly becomePassword?: Secret;
  readonly password?: Secret;
  readonly knownHosts?: readonly string[];
  readonly hostKeyChecking?: 'strict' | 'accept-new';
}

export interface HostContext {
  readonly overrides: Overrides;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string | undefined;
  readonly problems: Problem[];
  readonly notes: string[];
}

const TIMEOUT_SECONDS = 10;
const GLOBAL_KNOWN_HOSTS = '/etc/ssh/ssh_known_hosts';
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const ARGS = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args'];

/** One host from its merged variables. Faults go to `context.problems`. */
export function hostFrom(
  name: string,
  groups: readonly string[],
  merged: Variables,
  context: HostContext,
): Host {
  const { overrides, env } = context;
  const vars = varReader(merged, context.problems);
  const args = ARGS.map((arg) => argsOf(arg, vars, context));
  const fromArgs = <K extends keyof SshArgs>(key: K) =>
    args.find((a) => a[key] !== undefined)?.[key];
  const user =
    overrides.user ??
    vars.text('ansible_user', 'ansible_ssh_user') ??
    fromArgs('user') ??
    env.USER ??
    'root';
  const password = overrides.password ?? vars.secret(...PASSWORD);
  const agentSocket = fromArgs('identitiesOnly') ? undefined : env.SSH_AUTH_SOCK;
  noteConnection(vars, merged, context);
  const plain = plainVars(merged);
  return {
    name,
    address: vars.text('ansible_host', 'ansible_ssh_host') ?? name,
    port:
      overrides.port ??
      vars.number(1, 65_535, 'ansible_port', 'ansible_ssh_port') ??
      Number(fromArgs('port') ?? 22),
    user,
    role: roleOf(groups, plain),
    groups,
    keyFiles: keyFilesOf(vars, args, context),
    ...(password === undefined ? {} : { password }),
    ...(agentSocket ? { agentSocket } : {}),
    knownHosts: knownHostsOf(args, context),
    hostKeyChecking: overrides.hostKeyChecking ?? fromArgs('hostKeyChecking') ?? 'strict',
    become: becomeOf(user, vars, context),
    timeout:
      overrides.timeout ??
      vars.number(1, 3600, 'ansible_timeout', 'ansible_ssh_timeout') ??
      Number(fromArgs('timeout') ?? TIMEOUT_SECONDS),
    vars: plain,
  };
}

const PASSWORD = ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'];
const BECOME_PASSWORD = ['ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass'];
const KEY = ['ansible_private_key_file', 'ansible_ssh_private_key_file'];

/** Ansible's default is not to become; here it is root, since nothing works without it. */
function becomeOf(user: string, vars: VarReader, context: HostContext): Become {
  const { overrides, problems } = context;
  const wanted = overrides.become ?? vars.flag('ansible_become', 'ansible_sudo') ?? user !== 'root';
  const method = vars.text('ansible_become_method') ?? 'sudo';
  const target = vars.text('ansible_become_user', 'ansible_sudo_user') ?? 'root';
  const at = vars.at('ansible_become_method');
  if (!wanted || (user === 'root' && target === 'root')) return { method: 'none', user: target };
  const password = overrides.becomePassword ?? vars.secret(...BECOME_PASSWORD);
  if (method !== 'sudo' && method !== 'doas')
    problems.push(invalid(`become method '${method}' is not supported`, at, 'sudo or doas are'));
  return {
    method: method === 'doas' ? 'doas' : 'sudo',
    user: target,
    ...(password === undefined ? {} : { password }),
  };
}

function argsOf(variable: string, vars: VarReader, context: HostContext): SshArgs {
  const args = parseSshArgs(vars.text(variable) ?? '');
  const at = vars.at(variable);
  for (const fault of args.errors) context.problems.push(invalid(`${variable}: ${fault}`, at));
  for (const note of args.notes) context.notes.push(`${variable}: ${note}`);
  const base = at?.base ?? context.cwd;
  return {
    ...args,
    knownHosts: args.knownHosts.map((path) => locate(path, base, context)),
    keyFiles: args.keyFiles.map((path) => locate(path, base, context)),
  };
}

function keyFilesOf(vars: VarReader, args: readonly SshArgs[], context: HostContext): string[] {
  const { overrides, cwd, home } = context;
  if (overrides.privateKey !== undefined) return [locate(overrides.privateKey, cwd, context)];
  const named = vars.text(...KEY);
  const base = vars.at(...KEY)?.base ?? cwd;
  const files = [
    ...(named === undefined ? [] : [locate(named, base, context)]),
    ...args.flatMap((a) => a.keyFiles),
  ];
  if (files.length > 0 || home === undefined) return [...new Set(files)];
  return DEFAULT_KEYS.map((key) => join(home, '.ssh', key)).filter((path) => existsSync(path));
}

function knownHostsOf(args: readonly SshArgs[], context: HostContext): string[] {
  const { overrides, cwd, home } = context;
  if (overrides.knownHosts) return overrides.knownHosts.map((p) => locate(p, cwd, context));
  const named = args.flatMap((a) => a.knownHosts);
  const own = home === undefined ? [] : [join(home, '.ssh/known_hosts')];
  return [...(named.length > 0 ? named : own), GLOBAL_KNOWN_HOSTS];
}

/** `~` is the home; a relative path is looked for from the working directory, then beside the inventory. */
function locate(path: string, base: string, { cwd, home }: HostContext): string {
  const full = home !== undefined && /^~(\/|$)/.test(path) ? join(home, path.slice(1)) : path;
  if (isAbsolute(full)) return full;
  const beside = resolve(base, full);
  const here = resolve(cwd, full);
  return !existsSync(here) && existsSync(beside) ? beside : here;
}

const CONNECTION = /^ansible_(ssh|become|sudo|su|paramiko|connection|host_key)(_|$)/;

function noteConnection(vars: VarReader, merged: Variables, context: HostContext) {
  const connection = vars.text('ansible_connection') ?? 'ssh';
  if (!['ssh', 'smart', 'paramiko', 'paramiko_ssh'].includes(connection))
    context.problems.push(
      invalid(
        `ansible_connection=${connection} is not supported, only ssh is`,
        vars.at('ansible_connection'),
      ),
    );
  const known = new Set([...vars.used, ...PASSWORD, ...BECOME_PASSWORD, ...KEY, ...READ_LATER]);
  for (const key of merged.keys())
    if (CONNECTION.test(key) && !known.has(key)) context.notes.push(`${key} is not followed`);
}

/** Read after the check, or not at all when the command line says otherwise. */
const READ_LATER = [
  'ansible_host',
  'ansible_ssh_host',
  'ansible_port',
  'ansible_ssh_port',
  'ansible_ssh_user',
  'ansible_become',
  'ansible_become_method',
  'ansible_become_user',
  'ansible_sudo',
  'ansible_sudo_user',
  'ansible_timeout',
  'ansible_ssh_timeout',
];
