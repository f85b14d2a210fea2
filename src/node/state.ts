import { posix } from './posix.ts';

/**
 * The node's state: `key=value` lines in one file, replaced whole. Steps, leases and the guard
 * touch it only while they hold the mutex, which the kernel frees when its holder dies.
 */
export const STATE_LIB = posix`
rw_get() { sed -n "s/^$1=//p" "$rw_state" 2>/dev/null | head -n 1; }
rw_getnum() { rw_num "$(rw_get "$1")"; }
# KEY VALUE ...; writes only when something differs.
rw_set() (
  rw_text=$(cat "$rw_state" 2>/dev/null)
  rw_changed=0
  while [ "$#" -ge 2 ]; do
    rw_value=$(rw_plain "$2")
    if ! printf '%s\n' "$rw_text" | grep -qxF -- "$1=$rw_value"; then
      rw_text=$(printf '%s\n' "$rw_text" | sed "/^$1=/d; /^\$/d"; printf '%s=%s\n' "$1" "$rw_value")
      rw_changed=1
    fi
    shift 2
  done
  [ "$rw_changed" = 0 ] || printf '%s\n' "$rw_text" | rw_put "$rw_state" 600 ''
)
# Opened for reading: a guard must work on a disk that became read-only.
rw_lock() {
  [ -e "$rw_base/mutex" ] || (: >>"$rw_base/mutex") 2>/dev/null || return 73
  exec 9<"$rw_base/mutex" && flock $\{1:+"$1"} 9
}
# A lease that cannot be known to be fresh is over: another boot, or no number.
rw_expired() {
  [ "$(rw_get boot_id)" != "$(rw_boot)" ] || [ "$(rw_num "$(rw_uptime)")" -ge "$(rw_getnum lease_uptime)" ]
}
rw_fenced() { rw_stop 75 "fenced: $*"; }
# RUN EPOCH PHASES
rw_fence_phase() {
  [ -f "$rw_state" ] || rw_fenced 'nothing is armed here'
  [ "$(rw_get run)" = "$1" ] || rw_fenced "run $(rw_get run) is armed here"
  [ "$(rw_get epoch)" = "$2" ] || rw_fenced "epoch is $(rw_get epoch), not $2"
  case " $3 " in *" $(rw_get phase) "*) ;; *) rw_fenced "phase is $(rw_get phase): $(rw_get reason)" ;; esac
}
rw_fence() {
  rw_fence_phase "$1" "$2" 'armed prepared decided'
  ! rw_expired || rw_fenced 'the lease is over'
}
# JSON-MEMBERS; a half line of a crash before is closed first.
rw_journal() {
  rw_file=$rw_dir/journal.jsonl
  if [ -s "$rw_file" ] && [ -n "$(tail -c 1 "$rw_file")" ]; then printf '\n' >>"$rw_file" || return 73; fi
  printf '{"v":1,"at":"%s","uptime":%s,%s}\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    "$(rw_num "$(rw_uptime)")" "$1" >>"$rw_file" && rw_sync "$rw_file" || return 73
}
`;

export type GuardPhase =
  | 'armed'
  | 'prepared'
  | 'decided'
  | 'returning'
  | 'returned'
  | 'forwarding'
  | 'done'
  | 'disarmed';

/** Reads `key=value` lines; a line without `=` is left out. */
export function parseState(text: string): Readonly<Record<string, string>> {
  const state: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const cut = line.indexOf('=');
    if (cut > 0) state[line.slice(0, cut)] = line.slice(cut + 1);
  }
  return state;
}
