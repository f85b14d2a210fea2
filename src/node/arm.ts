import { sh } from '../text/shell.ts';
import { ACTION_LIB } from './action.ts';
import { sha256 } from './file.ts';
import { guardText, libText, undoText, unitTexts } from './guard.ts';
import { UNITS_OFF } from './guard-act.ts';
import { at, BASE, type NodeOptions, runId, SYSTEMD_DIR, UNITS } from './layout.ts';
import { posix } from './posix.ts';
import { enclosed, prelude } from './prelude.ts';
import { type ArmSpec, UNDO_FILES } from './spec.ts';
import { STATE_LIB } from './state.ts';

/** Seconds within which the guard must have run through its own timer. */
const DRILL = 15;

const ARM_LIB = posix`
# A run may arm again, with its own epoch or a later one; other runs only after it has ended.
arm_may() {
  rw_phase=$(rw_get phase)
  if [ "$(rw_get run)" != "$1" ]; then
    case $rw_phase in
      '' | returned | done | disarmed) rw_again=0; return ;;
      *) rw_fenced "run $(rw_get run) is $rw_phase here" ;;
    esac
  fi
  case $rw_phase in
    armed | prepared | decided) rw_again=1 ;;
    returning | forwarding) rw_fenced "phase is $rw_phase: $(rw_get reason)" ;;
    *) rw_again=0 ;;
  esac
  [ "$rw_again" = 0 ] || [ "$(rw_getnum epoch)" -le "$2" ] || rw_fenced "epoch is $(rw_get epoch), not $2"
  [ "$rw_phase" != armed ] || ! rw_expired || [ "$(rw_getnum epoch)" -lt "$2" ] || rw_fenced 'the lease is over'
}
arm_tools() {
  for rw_tool in flock ip systemctl curl sha256sum awk sed; do
    command -v "$rw_tool" >/dev/null || rw_stop 73 "this node has no $rw_tool"
  done
}
arm_backups() {
  for rw_path in "$@"; do
    rw_file=$(rw_target "$rw_root$rw_path") && [ -f "$rw_file" ] || continue
    rw_backup "$rw_path" "$rw_file" "$(rw_sha "$rw_file")" || exit
  done
}
# RUN EPOCH LEASE; marks of an earlier arming of the same run stay.
arm_state() {
  if [ "$rw_again" = 0 ]; then
    printf 'v=1\nrun=%s\nphase=armed\npinned=0\nunpinned=0\nwrote=0\nrestarted=0\n' "$1" |
      rw_put "$rw_state" 600 '' || exit
  fi
  rw_set epoch "$2" boot_id "$(rw_boot)" lease_uptime "$(($(rw_num "$(rw_uptime)") + $3))" drilled 0 old_seen 0 reason '' ||
    rw_stop 73 'cannot write the state'
}
arm_undo() {
  rw_lock
  [ "$rw_again" = 0 ] || rw_stop 73 "$1; the earlier arming's undo stays"
  rw_units_off
  rm -f "$rw_state"
  rw_stop 73 "$1; nothing is armed"
}
`;

/**
 * Puts the guard on a node, class change: undo files, backups, state, units; then waits until the
 * guard has run once through its timer and found what it needs. Prints `armed`; exit 73 with
 * everything taken back when it cannot, 75 when another run, a later epoch or a return is there.
 * Arming again with the same run renews the guard and keeps what the state knows.
 */
export function armScript(spec: ArmSpec, options: NodeOptions = {}): string {
  const run = runId(spec.run);
  const dir = `${BASE}/runs/${run}`;
  const files = [
    put(`${dir}/lib.sh`, '600', libText(spec, options)),
    ...UNDO_FILES.map((name) => put(`${dir}/${name}.sh`, '600', undoText(spec, name, options))),
    put(`${BASE}/guard.sh`, '600', guardText(spec, options)),
  ];
  const units = Object.entries(unitTexts(spec, options)).map(([name, text]) =>
    put(`${SYSTEMD_DIR}/${name}`, '644', text),
  );
  return enclosed(`${prelude(run, options)}${ACTION_LIB}${STATE_LIB}${UNITS_OFF}${ARM_LIB}umask 077
arm_tools
mkdir -p "$rw_base" && chmod 700 "$rw_base" || rw_stop 73 "cannot make $rw_base"
rw_lock || rw_stop 73 'cannot take the mutex'
arm_may ${sh(run)} ${spec.epoch}
mkdir -p "$rw_dir/backup" || rw_stop 73 "cannot make $rw_dir"
[ "$rw_again" = 1 ] || rm -f "$rw_dir"/restart.*
${files.join('')}arm_backups ${spec.backups.map(sh).join(' ')}
# Room for a guard that has to act on a full disk.
[ -f "$rw_dir/ballast" ] || head -c 131072 /dev/zero | rw_put "$rw_dir/ballast" 600 '' || exit
rw_journal ${sh(`"t":"guard","do":"arm","epoch":${spec.epoch}`)} || rw_stop 73 'cannot write the journal'
arm_state ${sh(run)} ${spec.epoch} ${spec.lease}
(
${units.join('')}) && systemctl daemon-reload && systemctl enable ${UNITS.timer} ${UNITS.boot} >/dev/null 2>&1 &&
  systemctl restart ${UNITS.timer} || arm_undo 'systemd did not take the guard'
exec 9<&-
rw_end=$(($(rw_num "$(rw_uptime)") + ${DRILL}))
while [ "$(rw_get drilled)" = 0 ] && [ "$(rw_num "$(rw_uptime)")" -lt "$rw_end" ]; do sleep 1; done
case $(rw_get drilled) in
  1) echo armed ;;
  0) arm_undo 'the guard did not run through its timer within ${DRILL} s' ;;
  *) arm_undo "the guard cannot work here: $(rw_get drilled)" ;;
esac`);
}

function put(path: string, mode: string, text: string): string {
  const word = `RW_${sha256(text).slice(0, 16)}`;
  return `rw_put ${at(path)} ${mode} ${sha256(text)} <<'${word}' || exit\n${text}${word}\n`;
}
