import { sh } from '../text/shell.ts';
import { type NodeOptions, runId } from './layout.ts';
import { enclosed, prelude } from './prelude.ts';
import { STATE_LIB } from './state.ts';

function underMutex(run: string, options: NodeOptions, body: string): string {
  return enclosed(`${prelude(run, options)}${STATE_LIB}umask 077
[ -f "$rw_state" ] || rw_fenced 'nothing is armed here'
rw_lock || rw_stop 73 'cannot take the mutex'
${body}`);
}

/** Moves the lease to `seconds` from now; prints `lease_uptime=<deadline>`. Exit 75 once it is over. */
export function renewScript(
  run: string,
  epoch: number,
  seconds: number,
  options: NodeOptions = {},
): string {
  return underMutex(
    run,
    options,
    `rw_fence ${sh(runId(run))} ${epoch}
rw_set lease_uptime "$(($(rw_num "$(rw_uptime)") + ${seconds}))" || rw_stop 73 'cannot write the state'
printf 'lease_uptime=%s\\n' "$(rw_get lease_uptime)"`,
  );
}

/**
 * armed → prepared: from now on the guard stays on the new path until it knows better. Exit 65 on a
 * node that is pinned: a peer that goes forward deletes the old path under it (measured: 80 pings lost).
 */
export function prepareScript(run: string, epoch: number, options: NodeOptions = {}): string {
  return underMutex(run, options, moveTo(run, epoch, 'prepared', 'armed'));
}

/**
 * prepared → decided: from now on the guard goes forward. Accepted after the lease too: a prepared
 * node that has not returned yet may always learn the decision.
 */
export function decideScript(run: string, epoch: number, options: NodeOptions = {}): string {
  return underMutex(run, options, moveTo(run, epoch, 'decided', 'prepared'));
}

function moveTo(run: string, epoch: number, to: string, from: string): string {
  const fence = `${sh(runId(run))} ${epoch}`;
  const lease =
    to === 'prepared'
      ? `rw_fence ${fence}
[ "$(rw_get pinned)" != 1 ] || [ "$(rw_get unpinned)" = 1 ] || rw_stop 65 'still pinned, the new path carries nothing'
`
      : '';
  return `rw_fence_phase ${fence} '${from} ${to}'
${lease}[ "$(rw_get phase)" != ${to} ] || { echo same; exit 0; }
rw_journal ${sh(`"t":"guard","phase":"${to}","epoch":${epoch}`)} && rw_set phase ${to} reason '' ||
  rw_stop 73 'cannot write the state'
[ "$(rw_get phase)" = ${to} ] || rw_stop 73 'the state did not reach the disk'
echo ${to}`;
}
