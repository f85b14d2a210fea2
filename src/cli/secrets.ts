import { readFileSync } from 'node:fs';
import { Secret } from '../model/secret.ts';
import type { RawFlags } from './flags.ts';
import { usageError } from './usage.ts';

export interface Passwords {
  readonly password?: Secret;
  readonly becomePassword?: Secret;
}

/** Asks without echo; undefined where nobody can be asked. */
export type AskSecret = ((question: string) => Promise<string>) | undefined;

/**
 * The SSH password and the one for becoming root, as far as they were wished for. An empty answer
 * to the second means the first, as with Ansible. Throws a usage error without a terminal.
 */
export async function readPasswords(raw: RawFlags, ask: AskSecret): Promise<Passwords> {
  const password = raw.askPass
    ? await asked(ask, 'SSH password: ', '--ask-pass', '--private-key logs in without a password')
    : undefined;
  const become =
    raw.becomePasswordFile === undefined
      ? raw.askBecomePass
        ? await asked(
            ask,
            password === undefined ? 'BECOME password: ' : 'BECOME password [as for SSH]: ',
            '--ask-become-pass',
            '--become-password-file reads it from a file',
          )
        : undefined
      : fromFile(raw.becomePasswordFile);
  const root = become === '' ? password : become;
  return {
    ...(password === undefined ? {} : { password: new Secret(password) }),
    ...(root === undefined ? {} : { becomePassword: new Secret(root) }),
  };
}

function asked(ask: AskSecret, question: string, flag: string, hint: string): Promise<string> {
  if (ask === undefined) throw usageError(`${flag} needs a terminal to ask on`, hint);
  return ask(question);
}

/** The file's first line; the rest, and the line's end, do not belong to a password. */
function fromFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : String(fault);
    throw usageError(`the password file ${file} cannot be read`, why);
  }
  const line = text.split(/\r?\n/)[0] ?? '';
  if (line === '') throw usageError(`the password file ${file} is empty`);
  return line;
}
