import { sh } from '../text/shell.ts';
import { BASE, type NodeOptions, runId } from './layout.ts';
import { posix } from './posix.ts';

/** Functions that every script needs: saying, stopping, hashing, syncing, replacing a file. */
const CORE = posix`
rw_say() { printf '%s\n' "$*" >&2; }
rw_stop() { rw_code=$1; shift; rw_say "$*"; exit "$rw_code"; }
rw_num() { case $1 in '' | *[!0-9]*) printf 0 ;; *) printf '%s' "$1" ;; esac; }
rw_sha() { sha256sum <"$1" | cut -d ' ' -f 1; }
# Older sync takes no file: then all of them.
rw_sync() { sync -- "$1" 2>/dev/null || sync; }
rw_uptime() { read -r rw_seconds rw_idle <"$rw_root/proc/uptime" && printf '%s' "$\{rw_seconds%%.*}"; }
# The kernel's boot and the start of process 1: a restarted container is a reboot too.
rw_boot() {
  printf '%s.%s' "$(cat "$rw_root/proc/sys/kernel/random/boot_id")" \
    "$(sed 's/.*) //' "$rw_root/proc/1/stat" 2>/dev/null | cut -d ' ' -f 20)"
}
# Stdin becomes FILE with MODE, whole or not at all; SHA is checked when given.
rw_put() (
  umask 077
  rw_part=$(dirname "$1")/.$(basename "$1").part
  trap 'rm -f "$rw_part"' EXIT
  trap 'exit 73' HUP INT TERM
  rm -f "$rw_part"
  cat >"$rw_part" && chmod "$2" "$rw_part" && rw_sync "$rw_part" || rw_stop 73 "cannot write $1"
  [ -z "$3" ] || [ "$(rw_sha "$rw_part")" = "$3" ] || rw_stop 73 "$1 did not reach the disk whole"
  mv -f "$rw_part" "$1" && rw_sync "$(dirname "$1")" || rw_stop 73 "cannot replace $1"
)
# Printable ASCII, for JSON strings and state values.
rw_plain() { printf '%s' "$1" | tr -c '\040-\176' ' ' | cut -c 1-400; }
rw_json() { rw_plain "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'; }
`;

/** The start of every script: where things are, a sane environment, the core functions. */
export function prelude(run: string | undefined, options: NodeOptions = {}): string {
  const runDir = run === undefined ? '' : `rw_dir="$rw_base/runs/"${sh(runId(run))}\n`;
  return `rw_root=${sh(options.root ?? '')}
rw_base="$rw_root"${sh(BASE)}
rw_state="$rw_base/state"
${runDir}LC_ALL=C
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export LC_ALL PATH
${CORE}
`;
}

/** A script in a subshell, so that its `exit` leaves the session's shell alive. */
export function enclosed(text: string): string {
  return `(\n${text.trimEnd()}\n)\n`;
}
