import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How the stand-in answers: words and order as sudo 1.9 has them. */
export type SudoMode = 'free' | 'password' | 'denied' | 'tty' | 'once';

/**
 * A `sudo` for PATH: reads its mode from `sudo-mode` beside it, asks up to three times on stderr,
 * reads answers byte by byte from stdin, and counts them in `sudo-tries`.
 */
export function fakeSudo(dir: string): string {
  return `mode=$(cat ${dir}/sudo-mode)
ask= prompt= ; echo "$*" >>${dir}/sudo-args
while :; do case $1 in
  -n) shift ;;
  -S) ask=1; shift ;;
  -k) shift ;;
  -p) prompt=$2; shift 2 ;;
  -u) shift 2 ;;
  *) break ;;
esac; done
case $mode in
free) exec "$@" ;;
denied) echo "$(id -un) is not in the sudoers file." >&2; exit 1 ;;
tty) echo 'sudo: sorry, you must have a tty to run sudo' >&2; exit 1 ;;
esac
if [ -z "$ask" ]; then echo 'sudo: a password is required' >&2; exit 1; fi
echo 'We trust you have received the usual lecture.' >&2
tries=3; [ "$mode" = once ] && tries=1
n=0
while [ "$n" -lt "$tries" ]; do
  printf %s "$prompt" >&2
  IFS= read -r answer || break
  n=$((n + 1)); echo "$n" >>${dir}/sudo-tries
  [ "$answer" = "$(cat ${dir}/sudo-password)" ] && exec "$@"
  [ "$n" -lt "$tries" ] && echo 'Sorry, try again.' >&2
done
echo "sudo: $n incorrect password attempt" >&2
exit 1`;
}

export function setSudo(dir: string, mode: SudoMode, password = ''): void {
  writeFileSync(join(dir, 'sudo-mode'), mode);
  writeFileSync(join(dir, 'sudo-password'), password);
  writeFileSync(join(dir, 'sudo-tries'), '');
  writeFileSync(join(dir, 'sudo-args'), '');
}

export const triesAt = (dir: string) =>
  readFileSync(join(dir, 'sudo-tries'), 'utf8').split('\n').length - 1;
