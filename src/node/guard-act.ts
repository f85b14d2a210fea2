import { posix } from './posix.ts';
import { SYSTEMD_DIR, UNITS } from './layout.ts';

/** Takes the guard's units away; the timer last, so that a crash in between is repeated by it. */
export const UNITS_OFF = posix`
rw_units_off() {
  systemctl disable ${UNITS.timer} ${UNITS.boot} >/dev/null 2>&1
  rm -f "$rw_root${SYSTEMD_DIR}/${UNITS.tick}" "$rw_root${SYSTEMD_DIR}/${UNITS.timer}" \
    "$rw_root${SYSTEMD_DIR}/${UNITS.boot}" "$rw_base/guard.sh"
  systemctl daemon-reload >/dev/null 2>&1
  systemctl stop ${UNITS.timer} >/dev/null 2>&1
  [ ! -e "$rw_root${SYSTEMD_DIR}/${UNITS.timer}" ]
}
`;

/** What a guard does. Every function may be cut off anywhere and is simply called again. */
export const GUARD_ACT = posix`
# The present reason for waiting; a new one is journalled.
guard_reason() {
  [ "$(rw_get reason)" != "$(rw_plain "$1")" ] || return 0
  rw_set reason "$1"
  rw_journal "\"t\":\"guard\",\"phase\":\"$(rw_get phase)\",\"reason\":\"$(rw_json "$1")\""
}
# Runs one undo file; every action is tried. What failed is in rw_error.
guard_do() {
  rw_error=$( (. "$rw_dir/$1.sh") 2>&1 >/dev/null 9<&-) || { rw_error="$1: $rw_error"; return 1; }
}
# As guard_do, but what cannot be done is told and left, after five tries.
guard_try() {
  [ "$(rw_getnum "tried_$2")" -lt 5 ] || return 0
  if guard_do "$1"; then rw_set "tried_$2" 5 "left_$2" ''; return 0; fi
  rw_set "tried_$2" $(($(rw_getnum "tried_$2") + 1)) "left_$2" "$rw_error"
  [ "$(rw_getnum "tried_$2")" -ge 5 ]
}
guard_left() { printf '%s' "$(rw_get left_clean) $(rw_get left_tidy)"; }
guard_end() {
  rw_set phase "$1"
  guard_reason "$2"
  rw_units_off
}
guard_begin_return() {
  rm -f "$rw_dir/ballast"
  rw_set phase returning return_at "$1"
  guard_reason "$2"
}
guard_data_plane() {
  [ "$(rw_get pinned)" = 1 ] && [ "$(rw_get repinned)" != 1 ] && [ "$(rw_get rebooted)" != 1 ] &&
    [ "$(rw_getnum kick_at)" = 0 ] || return 0
  if guard_do repin; then rw_set repinned 1 unpinned 0
  else guard_reason "$rw_error"; fi
}
guard_files() {
  [ "$(rw_get filed)" != 1 ] || return 0
  guard_do files || { guard_reason "$rw_error"; return 1; }
  if [ "$rw_reload" = 1 ]; then
    systemctl daemon-reload 2>/dev/null 9<&- || { guard_reason 'systemctl daemon-reload failed'; return 1; }
  fi
  rw_set filed 1
}
# TYPE: does K3s have to be started again to get there?
guard_needs_start() { [ "$(rw_getnum kick_at)" = 0 ] && { [ "$(rw_get restarted)" = 1 ] || [ "$(guard_type)" != "$1" ]; }; }
guard_kick() {
  # What cannot be recorded is not done: it would be done again at every tick.
  rw_set kick_at "$rw_now" kick_from "$(guard_prop InvocationID)" life '' || return 0
  systemctl restart --no-block "$rw_unit" 2>/dev/null 9<&- || guard_reason "cannot restart $rw_unit"
}
# After a kick: one that never arrived, a unit that died, a start that came up with another type.
guard_mind_kick() {
  rw_age=$((rw_now - $(rw_getnum kick_at)))
  rw_active=$(guard_prop ActiveState)
  case $(guard_prop Job) in '' | 0) ;; *) return 0 ;; esac
  case $rw_active in
    active) [ "$(rw_get kick_from)" = "$(guard_prop InvocationID)" ] && [ "$rw_age" -ge 10 ] && guard_kick ;;
    failed | inactive) [ "$rw_age" -ge 60 ] && guard_kick ;;
  esac
  return 0
}
# A server's turn: its slot has come and all others answer, unless its own K3s is dead.
guard_turn() {
  rw_wait=$(($(rw_getnum return_at) + rw_slot_index * rw_slot - rw_now))
  [ "$rw_wait" -le 0 ] || { guard_reason "waits for its turn to restart K3s"; return 1; }
  [ "$(guard_prop ActiveState)" = active ] || return 0
  rw_mute=$(guard_silent)
  [ -z "$rw_mute" ] || { guard_reason "waits for the other servers to answer: $rw_mute"; return 1; }
}
# TYPE same|any: K3s runs that type, steadily, and main can take the traffic.
guard_settled() {
  guard_show
  rw_steady=1
  guard_stable || rw_steady=0
  if [ "$(guard_type)" != "$1" ]; then
    [ "$rw_steady" = 0 ] || [ "$(rw_getnum kick_at)" = 0 ] ||
      [ $((rw_now - $(rw_getnum kick_at))) -lt "$rw_slot" ] || rw_set kick_at 0 repinned 1
    guard_reason "waits for Flannel to run $1"
    return 1
  fi
  [ "$rw_steady" = 1 ] || { guard_reason 'waits for K3s to stay up'; return 1; }
  [ "$(rw_get pinned)" = 1 ] || return 0
  rw_lacks=$(guard_missing "$2")
  [ -z "$rw_lacks" ] || { guard_reason "waits for the route to $rw_lacks in main, stays pinned"; return 1; }
}
guard_finish_return() {
  guard_do unpin || { guard_reason "$rw_error"; return 0; }
  rw_set unpinned 1
  guard_try clean-old clean || return 0
  guard_try tidy tidy || return 0
  guard_end returned "returned to $rw_old$(rw_left=$(guard_left); [ "$rw_left" = ' ' ] || printf ', left: %s' "$rw_left")"
}
`;
