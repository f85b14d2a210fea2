import type { Script } from '../model/session.ts';
import { Secret } from '../model/secret.ts';
import { sh } from '../text/shell.ts';
import { beginMark, endMark } from './frame.ts';

/** Seconds between SIGTERM and SIGKILL for a command that passed its limit. */
export const KILL_AFTER = 5;
/** The exit code of a command that its limit ended, as coreutils' timeout has it. */
export const TIMED_OUT = 124;

/** What the remote side can do, told by `hello`. */
export interface Remote {
  readonly uid: number;
  /** `timeout` of coreutils (busybox has another exit code). */
  readonly timeout: boolean;
  readonly setsid: boolean;
}

const PATHS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A known environment, whatever the login left behind. */
export const ENVIRONMENT = [
  `PATH="$PATH:${PATHS}"; LC_ALL=C; export PATH LC_ALL`,
  'unset TMOUT ENV BASH_ENV CDPATH; umask 022; cd /',
].join('\n');

/** The first words to a new shell: its environment, and the question what there is to work with. */
export function helloText(marker: string): string {
  return [
    ENVIRONMENT,
    marks(beginMark(marker)),
    'printf "%s " "$(id -u)"',
    'timeout --version >/dev/null 2>&1 </dev/null && printf "timeout "',
    'setsid true >/dev/null 2>&1 </dev/null && printf "setsid "',
    marks(`${endMark(marker)}0\n`),
    '',
  ].join('\n');
}

/** Reads what `hello` printed. */
export function parseHello(text: string): Remote {
  const [uid, ...found] = text.trim().split(' ');
  const has = (name: string) => found.includes(name);
  return { uid: Number(uid), timeout: has('timeout'), setsid: has('setsid') };
}

/**
 * The lines that make the persistent shell run a script in a child `sh` of its own: its text on fd 3,
 * its stdin as given (nothing when not), its stdout and stderr between marks on the channel's own.
 * Built-in `printf` feeds the pipes: no temporary file, no argument that `ps` could show, no size
 * limit. A text that arrives cut off is a syntax error and runs nothing.
 */
export function commandText(script: Script, marker: string, remote: Remote): string {
  return [
    marks(beginMark(marker)),
    `${scriptOnStdin(script.text, marker)} | { ${limited(script, marker, remote)}; } 3<&0`,
    'rw_code=$?',
    `printf '${escaped(endMark(marker))}%s\\n' "$rw_code"`,
    `printf '${escaped(endMark(marker))}\\n' >&2`,
    '',
  ].join('\n');
}

/**
 * The same for a long-running command, which keeps the channel's stdin: when that ends (close, or a
 * lost connection) or the limit has passed, the whole process group is ended. sshd gives every
 * channel a session of its own, so the group holds nothing else.
 */
export function streamText(script: Script, marker: string): string {
  const reap = `trap '' TERM; kill -TERM 0; sleep ${KILL_AFTER}; kill -KILL 0`;
  const limit = Math.max(1, Math.ceil(script.limit));
  const late = `printf '${escaped(endMark(marker))}${TIMED_OUT}\\n'`;
  // `exec` gives stdout and stderr up for good: whoever holds them keeps the channel open.
  return [
    '{',
    `( sleep ${limit}; ${late}; exec >/dev/null 2>&1; ${reap} ) </dev/null &`,
    marks(beginMark(marker)),
    `( exec 2>/dev/null; cat <&4; ${reap} ) | {`,
    `  ${scriptOnStdin(script.text, marker)} | ${child(marker)} 3<&0 <&5 4<&- 5<&-`,
    `  printf '${escaped(endMark(marker))}%s\\n' "$?"`,
    '} 5<&0 4<&-',
    '} 4<&0',
    '',
  ].join('\n');
}

/** The last line of every script: without it the text came incomplete, and must not run. */
const seal = (marker: string) => `#${marker}`;

function scriptOnStdin(text: string, marker: string): string {
  return `printf %s ${sh(`${text}\n${seal(marker)}`)}`;
}

function child(marker: string): string {
  const run = [
    'rw_text=$(cat <&3) || exit 125',
    'exec 3<&-',
    `case $rw_text in *'${seal(marker)}') ;; *) echo 'the script arrived incomplete' >&2; exit 125;; esac`,
    'eval "$rw_text"',
  ];
  return `/bin/sh -c ${sh(run.join('\n'))}`;
}

function limited(script: Script, marker: string, remote: Remote): string {
  const input = stdinOf(script);
  const seconds = Math.max(1, Math.ceil(script.limit));
  if (remote.timeout) {
    const run = `timeout -k ${KILL_AFTER} ${seconds} ${child(marker)}`;
    return input === undefined ? `${run} </dev/null` : `${input} | ${run}`;
  }
  const run = withKiller(child(marker), seconds, remote.setsid);
  // A background command has /dev/null as its stdin, unless it takes another descriptor's.
  const group = `{ { ${run}; } 4<&0; }`;
  return input === undefined ? `${group} </dev/null` : `${input} | ${group}`;
}

/** A limit in plain sh: one sleeper sends TERM, one KILL; which of them finished tells what happened. */
function withKiller(command: string, seconds: number, setsid: boolean): string {
  const target = setsid ? '-"$rw_pid"' : '"$rw_pid"';
  const sleeper = (time: number, signal: string) =>
    `{ trap 'kill "$rw_sleep"; exit 1' TERM; sleep ${time} & rw_sleep=$!; wait "$rw_sleep"; ` +
    `trap '' TERM; kill -${signal} ${target}; exit 0; } </dev/null >/dev/null 2>&1 3<&- 4<&- &`;
  return [
    `${setsid ? 'setsid ' : ''}${command} <&4 4<&- & rw_pid=$!`,
    `${sleeper(seconds, 'TERM')} rw_term=$!`,
    `${sleeper(seconds + KILL_AFTER, 'KILL')} rw_kill=$!`,
    'wait "$rw_pid"; rw_code=$?',
    'kill "$rw_term" "$rw_kill" 2>/dev/null',
    `wait "$rw_term" && rw_code=${TIMED_OUT}`,
    'wait "$rw_kill"; (exit "$rw_code")',
  ].join('\n');
}

/** A command that prints the script's stdin; through base64 unless it is plain text. */
function stdinOf(script: Script): string | undefined {
  if (script.stdin === undefined) return undefined;
  const text = script.stdin instanceof Secret ? script.stdin.reveal() : script.stdin;
  if (/^[\t\n -~]*$/.test(text)) return `printf %s ${sh(text)}`;
  return `printf %s ${sh(Buffer.from(text, 'utf8').toString('base64'))} | base64 -d`;
}

function marks(mark: string): string {
  const text = escaped(mark);
  return `printf '${text}'; printf '${text}' >&2`;
}

function escaped(text: string): string {
  return text.replaceAll('\n', '\\n');
}
