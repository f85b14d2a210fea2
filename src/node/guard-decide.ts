import { posix } from './posix.ts';

/** Which way a guard goes, and its entry: `tick` by the timer, `boot` before K3s starts. */
export const GUARD_DECIDE = posix`
guard_return_server() {
  guard_data_plane
  guard_files || return 0
  guard_show
  if guard_needs_start "$rw_type_old"; then
    guard_turn || return 0
    guard_kick
    guard_reason "K3s restarts with $rw_old"
    return 0
  fi
  [ "$(rw_getnum kick_at)" = 0 ] || guard_mind_kick
  guard_settled "$rw_type_old" same && guard_finish_return
}
# An agent runs what its servers serve: back when all serve old, along when all keep serving new.
guard_return_agent() {
  guard_data_plane
  guard_files || return 0
  rw_seen=$(guard_served)
  guard_show
  if guard_all_serve "$rw_old"; then
    [ "$(rw_get follow)" != 1 ] || rw_set follow 0 kick_at 0 restarted 1
    rw_set new_since 0
  elif guard_all_serve "$rw_new"; then
    [ "$(rw_getnum new_since)" -gt 0 ] || rw_set new_since "$rw_now"
    if [ $((rw_now - $(rw_getnum new_since))) -gt "$rw_follow_after" ] && [ "$(rw_get follow)" != 1 ]; then
      rw_set follow 1 kick_at 0 restarted 0
    fi
  else rw_set new_since 0; fi
  if [ "$(rw_get follow)" = 1 ]; then guard_follow; else guard_return_along; fi
}
guard_return_along() {
  guard_all_serve "$rw_old" || {
    guard_reason "waits until every server serves $rw_old: $(printf '%s' "$rw_seen" | sort | tr '\n' ' ')"
    return 0
  }
  if guard_needs_start "$rw_type_old"; then
    guard_kick
    guard_reason "K3s restarts, its servers serve $rw_old"
    return 0
  fi
  [ "$(rw_getnum kick_at)" = 0 ] || guard_mind_kick
  guard_settled "$rw_type_old" same && guard_finish_return
}
guard_follow() {
  if guard_needs_start "$rw_type_new"; then
    guard_kick
    guard_reason "K3s restarts, its servers serve $rw_new"
    return 0
  fi
  [ "$(rw_getnum kick_at)" = 0 ] || guard_mind_kick
  guard_settled "$rw_type_new" any || return 0
  guard_do unpin || { guard_reason "$rw_error"; return 0; }
  rw_set unpinned 1
  guard_try tidy tidy || return 0
  guard_end returned 'followed new'
}
guard_return() { if [ "$rw_role" = server ]; then guard_return_server; else guard_return_agent; fi; }
# Told to prepare and not told the decision: the proven path, unless a server went back.
guard_prepared() {
  rw_seen=$(guard_served)
  if guard_any_serves "$rw_old"; then
    rw_set old_seen $(($(rw_getnum old_seen) + 1))
    [ "$(rw_getnum old_seen)" -lt 3 ] || {
      guard_begin_return "$rw_now" "a server serves $rw_old again"
      guard_return
    }
  else
    rw_set old_seen 0
    guard_reason 'prepared, without a decision: stays on the proven path'
  fi
}
guard_forward() {
  rm -f "$rw_dir/ballast"
  rw_set phase forwarding
  guard_do unpin || { guard_reason "$rw_error"; return 0; }
  rw_set unpinned 1
  guard_try clean-new clean || return 0
  guard_try tidy tidy || return 0
  guard_end done "went forward to $rw_new$(rw_left=$(guard_left); [ "$rw_left" = ' ' ] || printf ', left: %s' "$rw_left")"
}
# The drill: the guard ran through its own timer and has what it will need.
guard_drill() {
  [ "$(rw_get drilled)" = 0 ] || return 0
  for rw_tool in ip systemctl curl sha256sum awk sed flock; do
    command -v "$rw_tool" >/dev/null || { rw_set drilled "no $rw_tool"; return; }
  done
  for rw_part in repin files unpin clean-old clean-new tidy; do
    sh -n "$rw_dir/$rw_part.sh" 2>/dev/null || { rw_set drilled "$rw_part.sh cannot be read"; return; }
  done
  rw_set drilled 1
}
# Another boot: routes, rules and links are gone, the lease cannot be known to be fresh.
guard_rebooted() {
  rw_set boot_id "$(rw_boot)" lease_uptime 0 rebooted 1 return_at "$rw_now" kick_at 0 life '' new_since 0
}
guard_boot() {
  [ "$(rw_get boot_id)" = "$(rw_boot)" ] || guard_rebooted
  rw_expired || return 0
  case $(rw_get phase) in
    armed) guard_begin_return "$rw_now" 'the node was started again' ;;
    returning) ;;
    *) return 0 ;;
  esac
  guard_files
  # This start already reads the old files.
  [ "$rw_role" != server ] || [ "$(rw_get filed)" != 1 ] || rw_set restarted 0 kick_at "$rw_now"
}
guard_tick() {
  guard_drill
  [ "$(rw_get boot_id)" = "$(rw_boot)" ] || guard_rebooted
  case $(rw_get phase) in
    returned | done | disarmed) rw_units_off; return ;;
  esac
  rw_expired || return 0
  case $(rw_get phase) in
    armed)
      rw_from=$(rw_getnum lease_uptime)
      [ "$rw_from" -gt 0 ] || rw_from=$rw_now
      guard_begin_return "$rw_from" 'the lease is over'
      guard_return
      ;;
    returning) guard_return ;;
    prepared) guard_prepared ;;
    decided | forwarding) guard_forward ;;
  esac
}
guard_main() {
  [ "$(rw_get run)" = "$rw_run" ] || exit 0
  rw_now=$(rw_num "$(rw_uptime)")
  case $1 in
    tick) rw_lock -n || exit 0; guard_tick ;;
    boot) rw_lock || exit 1; guard_boot ;;
    *) rw_stop 2 'guard.sh tick|boot' ;;
  esac
}
guard_main "$\{1:-}"
exit 0
`;
