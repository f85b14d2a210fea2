import type { Become, Host } from '../model/host.ts';
import { EXIT, type ReweaveError } from '../model/problem.ts';
import { sh } from '../text/shell.ts';
import { beginMark, endMark } from './frame.ts';
import { sameLogin, sshError } from './problem.ts';

const line = (text: string) => text.replaceAll('\n', '\\n');

/**
 * Lines that try to become without a password and say between marks how that went; the shell is
 * replaced when it works, and stays when it does not.
 */
export function becomeQuietly(become: Become, marker: string): string {
  const shell = `${become.method} -n -u ${sh(become.user)} /bin/sh`;
  return [
    `printf '${line(beginMark(marker))}'`,
    `${shell} -c : </dev/null 2>&1; rw_code=$?`,
    `printf '${line(endMark(marker))}%s\\n' "$rw_code"`,
    `[ "$rw_code" != 0 ] || exec ${shell}`,
    '',
  ].join('\n');
}

/** What `sudo -S` prints when it wants the password, and what the shell behind it says first. */
export const askMark = (marker: string) => `${marker}:ask`;
export const insideMark = (marker: string) => `\n${marker}:in\n`;

/** A line that becomes with a password: `-k` forgets tickets, so that the answer is always the same. */
export function becomeWithPassword(become: Become, marker: string): string {
  const inside = `printf '${line(insideMark(marker))}'; exec /bin/sh`;
  return `exec sudo -S -k -p ${sh(askMark(marker))} -u ${sh(become.user)} /bin/sh -c ${sh(inside)}\n`;
}

/** The error for a `sudo` that did not let us, from its own words. */
export function becomeError(host: Host, said: string): ReweaveError {
  const { method } = host.become;
  const [, cause, summary, hint] = REASONS.find(([pattern]) => pattern.test(said)) ?? OTHER;
  return sshError(host, cause, EXIT.access, summary.replace('sudo', method), {
    detail: said.trim().slice(-500) || `${method} said nothing`,
    hint: hint.replaceAll('sudo', method).replace('USER', host.user),
    next: sameLogin(host),
  });
}

/** The one attempt was refused. There is no second: accounts lock. */
export function wrongPassword(host: Host): ReweaveError {
  return sshError(host, 'sudo_password', EXIT.access, 'the sudo password is wrong', {
    detail: `tried once for ${host.user}, and not again`,
    hint: 'give the right password with -K',
  });
}

type Reason = readonly [pattern: RegExp, cause: string, summary: string, hint: string];

const OTHER: Reason = [/$/, 'sudo', 'sudo does not work', 'try sudo on the host by hand'];

const REASONS: readonly Reason[] = [
  [
    /password is required|authentication (is )?required|no password was provided/i,
    'sudo_password_needed',
    'sudo needs a password',
    'give it with -K, or allow USER to use sudo without one',
  ],
  [
    /must have a tty|no tty present/i,
    'sudo_tty',
    'sudo wants a terminal (requiretty)',
    "add 'Defaults:USER !requiretty' to the sudoers file on the host",
  ],
  [
    /not in the sudoers|not allowed to|may not run sudo|not permitted/i,
    'sudo_denied',
    'the user may not use sudo',
    'allow USER to run /bin/sh as root, or log in as another user',
  ],
  [
    /incorrect password|authentication failure|sorry, try again/i,
    'sudo_password',
    'the sudo password is wrong',
    'give the right password with -K; it was tried once',
  ],
  [
    /not found|no such file/i,
    'sudo_missing',
    'there is no sudo on the host',
    'install sudo, or log in as root',
  ],
];
