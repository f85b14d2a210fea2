import type { Action } from '../model/action.ts';
import { sh } from '../text/shell.ts';
import { ACTION_LIB, actionCall } from './action.ts';
import { type NodeOptions, runId } from './layout.ts';
import { posix } from './posix.ts';
import { enclosed, prelude } from './prelude.ts';
import { STATE_LIB } from './state.ts';

export interface StepContext {
  readonly run: string;
  readonly epoch: number;
  /** Id of the step, `stage/task/host`. */
  readonly step: string;
  readonly direction: 'forward' | 'back';
  /** Written to the node's state before the effect: `{ pinned: '1' }`, `{ restarted: '1' }`. */
  readonly marks?: Readonly<Record<string, string>>;
  /** Print `ready`, then wait on stdin for the line `go`; anything else ends it without effect. */
  readonly barrier?: boolean;
}

const STATE_KEY = /^[a-z][a-z_0-9]*$/;

/** A file `failpoint` with `<step>:<before|after>` kills the shell there, for labs that test crashes. */
const STEP_LIB = posix`
rw_failpoint() {
  [ ! -f "$rw_base/failpoint" ] || [ "$(cat "$rw_base/failpoint")" != "$1" ] ||
    sh -c 'kill -9 "$PPID" "$1"' sh $$
}
rw_barrier() {
  rw_fence "$1" "$2"
  echo ready
  read -r rw_go && [ "$rw_go" = go ] || rw_fenced 'not released'
}
`;

/**
 * One step on one node, class change: fence, intent, marks, actions in order until one fails,
 * effect. Exit 0, or 65/73 of the action, 75 (`fenced: <why>`, nothing done), 74 (done, but the
 * effect line is not on disk). The mutex is held throughout, so the guard cannot act in between;
 * the session's limit bounds it.
 */
export function stepScript(
  ctx: StepContext,
  actions: readonly Action[],
  options: NodeOptions = {},
): string {
  const { epoch, step, direction } = ctx;
  const run = runId(ctx.run);
  const key = `${direction}.${step.replace(/[^A-Za-z0-9._-]/g, '_')}`;
  const members = JSON.stringify({ step, direction, epoch }).slice(1, -1);
  const marks = Object.entries(ctx.marks ?? {}).map(([name, value]) => {
    if (!STATE_KEY.test(name)) throw new RangeError(`not a state key: ${name}`);
    return `${name} ${sh(value)}`;
  });
  const calls = actions.map((action) => `  ${actionCall(action)} || return\n`).join('');
  const fence = `${sh(run)} ${epoch}`;
  return enclosed(`${prelude(run, options)}${ACTION_LIB}${STATE_LIB}${STEP_LIB}umask 077
rw_step_key=${sh(key)}
rw_actions() {
${calls}  :
}
[ -d "$rw_dir" ] || rw_fenced 'nothing is armed here'
${ctx.barrier === true ? `rw_barrier ${fence}\n` : ''}rw_lock || rw_stop 73 'cannot take the mutex'
rw_fence ${fence}
rw_journal ${sh(`"t":"intent",${members}`)} || rw_stop 73 'cannot write the journal: nothing was done'
${marks.length > 0 ? `rw_set ${marks.join(' ')} || rw_stop 73 'cannot write the state: nothing was done'\n` : ''}\
rw_failpoint ${sh(`${step}:before`)}
exec 8>&1
rw_error=$(rw_actions 2>&1 >&8 8>&- 9>&-)
rw_result=$?
[ -z "$rw_error" ] || rw_say "$rw_error"
rw_failpoint ${sh(`${step}:after`)}
if [ "$rw_result" = 0 ]; then rw_outcome=done; else rw_outcome=failed; fi
rw_journal ${sh(`"t":"effect",${members}`)}",\\"outcome\\":\\"$rw_outcome\\",\\"code\\":$rw_result,\\"reason\\":\\"$(rw_json "$rw_error")\\"" || {
  rw_say 'cannot write the journal: the effect is not recorded'
  [ "$rw_result" != 0 ] || rw_result=74
}
exit "$rw_result"`);
}
