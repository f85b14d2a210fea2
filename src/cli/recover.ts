import type { RawFlags } from './flags.ts';

/** The command that goes on with a run that was left: on the same hosts, with nothing secret. */
export function recoveringCommand(run: string, raw: RawFlags): string {
  return withHosts(`reweave resume ${run}`, raw) ?? '';
}

/** Completes a command of ours with the hosts of this call and how to reach them. */
export function withHosts(command: string | undefined, raw: RawFlags): string | undefined {
  if (command === undefined || !NEEDS_HOSTS.test(command) || / -i /.test(command)) return command;
  return [command, ...hostWords(raw)].join(' ');
}

const NEEDS_HOSTS = /^reweave (resume|rollback|status|verify|forget|lock)\b/;

function hostWords(raw: RawFlags): string[] {
  const words: string[] = [];
  for (const source of raw.inventory) words.push('-i', quoted(source));
  if (raw.limit !== undefined) words.push('--limit', quoted(raw.limit));
  if (raw.user !== undefined) words.push('-u', quoted(raw.user));
  if (raw.become) words.push('-b');
  if (raw.askBecomePass) words.push('-K');
  if (raw.becomePasswordFile !== undefined) {
    words.push('--become-password-file', quoted(raw.becomePasswordFile));
  }
  if (raw.privateKey !== undefined) words.push('--private-key', quoted(raw.privateKey));
  if (raw.askPass) words.push('-k');
  if (raw.stateDir !== undefined) words.push('--state-dir', quoted(raw.stateDir));
  return words;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
