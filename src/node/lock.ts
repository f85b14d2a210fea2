import { sh } from '../text/shell.ts';
import { BASE, type NodeOptions, runId } from './layout.ts';
import { posix } from './posix.ts';
import { enclosed, prelude } from './prelude.ts';
import { parseState, STATE_LIB } from './state.ts';

/** A lock is alive as long as its run can still act on this node. */
const LOCK_LIB = posix`
lock_get() { sed -n "s/^$1=//p" "$rw_base/lock/owner" 2>/dev/null | head -n 1; }
# live, or why it is stale
lock_life() {
  rw_holder=$(lock_get run)
  [ -n "$rw_holder" ] || { printf 'it names no run'; return; }
  [ "$(rw_get run)" = "$rw_holder" ] || { printf 'its run has no guard here'; return; }
  case $(rw_get phase) in
    returned | done | disarmed) printf 'its run is %s here' "$(rw_get phase)" ;;
    returning | forwarding) printf live ;;
    *) if rw_expired; then printf 'the lease of its run is over, phase %s' "$(rw_get phase)"; else printf live; fi ;;
  esac
}
lock_tell() {
  for rw_key in run owner epoch at; do printf '%s=%s\n' "$rw_key" "$(lock_get "$rw_key")"; done
  rw_life=$(lock_life)
  if [ "$rw_life" = live ]; then printf 'stale=0\n'; else printf 'stale=1\nwhy=%s\n' "$rw_life"; fi
}
lock_write() {
  printf 'run=%s\nowner=%s\nepoch=%s\nat=%s\n' "$1" "$(rw_plain "$2")" "$3" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" |
    rw_put "$rw_base/lock/owner" 600 ''
}
`;

export interface LockStatus {
  readonly held: boolean;
  readonly run: string | undefined;
  readonly owner: string | undefined;
  readonly epoch: number | undefined;
  /** Time of the node's own clock. */
  readonly at: string | undefined;
  readonly stale: boolean;
  readonly why: string | undefined;
}

/**
 * Takes this node's lock for a run, class change; prints `locked`. The same run may take it again
 * with the same epoch or a later one (an earlier one: exit 75). Another run's: exit 76 if it is
 * alive, 77 if it is stale and `takeover` was not given, with who holds it on stdout.
 */
export function lockScript(
  run: string,
  owner: string,
  epoch: number,
  options: NodeOptions & { readonly takeover?: boolean } = {},
): string {
  const id = sh(runId(run));
  return enclosed(`${prelude(run, options)}${STATE_LIB}${LOCK_LIB}umask 077
command -v flock >/dev/null || rw_stop 73 'this node has no flock'
mkdir -p "$rw_base" && chmod 700 "$rw_base" || rw_stop 73 "cannot make $rw_base"
rw_lock || rw_stop 73 'cannot take the mutex'
if ! mkdir "$rw_base/lock" 2>/dev/null; then
  [ -d "$rw_base/lock" ] || rw_stop 73 'cannot make the lock'
  if [ "$(lock_get run)" = ${id} ]; then
    [ "$(rw_num "$(lock_get epoch)")" -le ${epoch} ] || rw_fenced "run ${runId(run)} has epoch $(lock_get epoch) by now"
  elif [ "$(lock_life)" = live ]; then
    lock_tell
    rw_stop 76 "run $(lock_get run) of $(lock_get owner) holds the lock"
  elif [ ${options.takeover === true ? 1 : 0} = 0 ] && [ -n "$(lock_get run)" ]; then
    lock_tell
    rw_stop 77 "run $(lock_get run) of $(lock_get owner) holds the lock, but $(lock_life)"
  fi
fi
lock_write ${id} ${sh(owner)} ${epoch} || { rmdir "$rw_base/lock" 2>/dev/null; exit 73; }
echo locked`);
}

/** Gives the lock back; prints `unlocked` or `same`. Exit 75 when another run has it. */
export function unlockScript(run: string, options: NodeOptions = {}): string {
  return enclosed(`${prelude(run, options)}${STATE_LIB}${LOCK_LIB}umask 077
[ -d "$rw_base/lock" ] || { echo same; exit 0; }
rw_lock || rw_stop 73 'cannot take the mutex'
[ "$(lock_get run)" = ${sh(runId(run))} ] || rw_fenced "run $(lock_get run) has the lock"
rm -rf "$rw_base/lock" || rw_stop 73 'cannot remove the lock'
echo unlocked`);
}

/** Who holds the lock, class read. See `parseLock`. */
export function lockStatusScript(options: NodeOptions = {}): string {
  return enclosed(`${prelude(undefined, options)}${STATE_LIB}${LOCK_LIB}[ -d "$rw_root${BASE}/lock" ] || { echo held=0; exit 0; }
echo held=1
lock_tell`);
}

/** Reads what `lockStatusScript`, or a refused `lockScript`, printed. */
export function parseLock(text: string): LockStatus {
  const found = parseState(text);
  const epoch = Number.parseInt(found.epoch ?? '', 10);
  return {
    held: found.held !== '0' && found.run !== undefined,
    run: found.run,
    owner: found.owner,
    epoch: Number.isNaN(epoch) ? undefined : epoch,
    at: found.at,
    stale: found.stale === '1',
    why: found.why,
  };
}
