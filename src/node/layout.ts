import { sh } from '../text/shell.ts';

/** Where scripts find things. `root` goes before every absolute path; `''` on a real node. */
export interface NodeOptions {
  readonly root?: string;
}

/** Everything of Reweave on a node is below this directory (mode 0700). */
export const BASE = '/var/lib/reweave';
export const SYSTEMD_DIR = '/etc/systemd/system';
export const UNITS = {
  timer: 'reweave-guard.timer',
  tick: 'reweave-guard.service',
  boot: 'reweave-boot.service',
} as const;

/** Exit codes of scripts that run on a node, one meaning each. */
export const NODE_EXIT = {
  ok: 0,
  /** What was found is neither the state before nor the state after: nothing was touched. */
  changed: 65,
  /** The node could not do it (disk full, read-only, module absent): what was there is still there. */
  failed: 73,
  /** The effect is there, its journal line is not. */
  unlogged: 74,
  /** The fence refused: other run, other epoch, wrong phase, or the lease is over. */
  fenced: 75,
  /** Another run holds the node's lock and is alive. */
  locked: 76,
  /** Another run holds the node's lock and is dead: `takeover` gets it. */
  stale: 77,
} as const;

const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Run ids become directory names on nodes. Throws `RangeError` for anything else. */
export function runId(run: string): string {
  if (!RUN_ID.test(run)) throw new RangeError(`not a run id: ${JSON.stringify(run)}`);
  return run;
}

/** A shell word for an absolute path on the node, below the root of this script. */
export function at(path: string): string {
  return `"$rw_root"${sh(path)}`;
}
