import { splitWords } from './split.ts';

/** What OpenSSH arguments of an inventory mean to Reweave, which speaks SSH itself. */
export interface SshArgs {
  readonly knownHosts: string[];
  readonly keyFiles: string[];
  hostKeyChecking?: 'strict' | 'accept-new';
  port?: string;
  user?: string;
  timeout?: string;
  identitiesOnly?: boolean;
  /** Options that a login needs and that are not supported. */
  readonly errors: string[];
  /** Options that are not followed. */
  readonly notes: string[];
}

const FLAGS: Readonly<Record<string, string>> = {
  i: 'IdentityFile',
  p: 'Port',
  l: 'User',
  J: 'ProxyJump',
};

/** Reads `-o Key=Value`, `-oKey=Value`, `-o 'Key Value'`, `-i`, `-p`, `-l`, `-J`. */
export function parseSshArgs(text: string): SshArgs {
  const out: SshArgs = { knownHosts: [], keyFiles: [], errors: [], notes: [] };
  let argv: string[];
  try {
    argv = splitWords(text, false);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    out.errors.push(error.message);
    return out;
  }
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? '';
    const flag = /^-([oipJlF])(.*)$/s.exec(word);
    if (!flag) {
      out.notes.push(`${word} is not followed`);
      continue;
    }
    const [, letter = '', rest = ''] = flag;
    const value = rest === '' ? argv[(i += 1)] : rest;
    if (value === undefined) out.errors.push(`${word} has no value`);
    else if (letter === 'F') out.errors.push(`-F ${value}: ssh_config is not read yet`);
    else if (letter === 'o') option(out, value);
    else apply(out, FLAGS[letter] ?? '', value);
  }
  return out;
}

function option(out: SshArgs, text: string): void {
  const found = /^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/s.exec(text);
  if (!found) out.errors.push(`-o ${text} has no value`);
  else apply(out, found[1] ?? '', (found[2] ?? '').trim());
}

function apply(out: SshArgs, key: string, value: string): void {
  const follow = OPTIONS[key.toLowerCase()];
  if (follow) follow(out, value);
  else out.notes.push(`${key}=${value} is not followed`);
}

const OPTIONS: Readonly<Record<string, (out: SshArgs, value: string) => void>> = {
  userknownhostsfile: (out, value) => out.knownHosts.push(...splitWords(value, false)),
  identityfile: (out, value) => out.keyFiles.push(value.replace(/^"(.*)"$/, '$1')),
  port: (out, value) => {
    if (!/^\d+$/.test(value)) out.errors.push(`Port=${value} is no number`);
    else out.port ??= value;
  },
  user: (out, value) => {
    out.user ??= value;
  },
  connecttimeout: (out, value) => {
    if (!/^[1-9]\d*$/.test(value))
      out.errors.push(`ConnectTimeout=${value} is no number of seconds`);
    else out.timeout ??= value;
  },
  identitiesonly: (out, value) => {
    out.identitiesOnly ??= value.toLowerCase() === 'yes';
  },
  stricthostkeychecking: (out, value) => checking(out, value.toLowerCase()),
  proxyjump: (out, value) => unsupported(out, 'ProxyJump', value),
  proxycommand: (out, value) => unsupported(out, 'ProxyCommand', value),
};

function checking(out: SshArgs, value: string): void {
  if (value === 'yes') out.hostKeyChecking ??= 'strict';
  else if (value === 'accept-new') out.hostKeyChecking ??= 'accept-new';
  else
    out.notes.push(
      `StrictHostKeyChecking=${value} is not followed: host keys are always checked ` +
        '(accept-new takes unknown ones)',
    );
}

function unsupported(out: SshArgs, option: string, value: string): void {
  if (value.toLowerCase() !== 'none') out.errors.push(`${option}=${value} is not yet supported`);
}
