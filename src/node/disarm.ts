import { sh } from '../text/shell.ts';
import { UNITS_OFF } from './guard-act.ts';
import { type NodeOptions, runId } from './layout.ts';
import { enclosed, prelude } from './prelude.ts';
import { UNDO_FILES } from './spec.ts';
import { STATE_LIB } from './state.ts';

/**
 * Takes the guard away after its steps have tidied up; journal and backups stay. Prints `disarmed`
 * or `same`. Exit 75 while the guard is acting, or when its lease is over and it is about to.
 */
export function disarmScript(run: string, epoch: number, options: NodeOptions = {}): string {
  const fence = `${sh(runId(run))} ${epoch}`;
  const undo = [...UNDO_FILES, 'lib'].map((name) => `"$rw_dir/${name}.sh"`).join(' ');
  return enclosed(`${prelude(run, options)}${STATE_LIB}${UNITS_OFF}umask 077
[ -f "$rw_state" ] || { echo same; exit 0; }
rw_lock || rw_stop 73 'cannot take the mutex'
rw_fence_phase ${fence} 'armed prepared decided returned done disarmed'
rw_was=$(rw_get phase)
case $rw_was in armed) rw_fence ${fence} ;; esac
if [ "$rw_was" != disarmed ]; then
  rw_journal '"t":"guard","phase":"disarmed"' && rw_set phase disarmed reason "was $rw_was" || rw_stop 73 'cannot write the state'
fi
rw_units_off || rw_stop 73 'cannot remove the guard units'
rm -f ${undo} "$rw_dir/ballast" "$rw_dir"/restart.*
[ "$rw_was" != disarmed ] || { echo same; exit 0; }
echo disarmed`);
}

/** Removes all that a run left on a node: journal, backups, state. Exit 75 while it is not over. */
export function forgetScript(run: string, options: NodeOptions = {}): string {
  const id = sh(runId(run));
  return enclosed(`${prelude(run, options)}${STATE_LIB}${UNITS_OFF}umask 077
[ -d "$rw_base" ] || { echo same; exit 0; }
rw_lock || rw_stop 73 'cannot take the mutex'
if [ "$(rw_get run)" = ${id} ]; then
  case $(rw_get phase) in
    returned | done | disarmed) ;;
    *) rw_fenced "run $(rw_get run) is $(rw_get phase) here" ;;
  esac
  rw_units_off || rw_stop 73 'cannot remove the guard units'
  rm -f "$rw_state"
fi
[ -d "$rw_dir" ] || { echo same; exit 0; }
rm -rf "$rw_dir" || rw_stop 73 "cannot remove $rw_dir"
rmdir "$rw_base/runs" 2>/dev/null && [ ! -e "$rw_state" ] && [ ! -e "$rw_base/lock" ] &&
  rm -f "$rw_base/mutex" && rmdir "$rw_base" 2>/dev/null
echo done`);
}
