import { sh } from '../text/shell.ts';
import { ACTION_LIB, actionCall } from './action.ts';
import { GUARD_ACT, UNITS_OFF } from './guard-act.ts';
import { GUARD_DECIDE } from './guard-decide.ts';
import { GUARD_LOOK } from './guard-look.ts';
import { BASE, type NodeOptions, runId, UNITS } from './layout.ts';
import { prelude } from './prelude.ts';
import { type ArmSpec, returnPaths, type UndoFile, undoActions } from './spec.ts';
import { STATE_LIB } from './state.ts';

/** Seconds that K3s must stay up with one start; a failing Flannel ends it some ten seconds after `active`. */
const SETTLE = 20;

/** `lib.sh` of a run: what its guard and its undo files share. */
export function libText(spec: ArmSpec, options: NodeOptions = {}): string {
  return `${prelude(spec.run, options)}${ACTION_LIB}${STATE_LIB}${UNITS_OFF}rw_step_key=\n`;
}

/** One undo file: `sh <file>` tries every action and fails if one failed. An operator may run it by hand. */
export function undoText(spec: ArmSpec, file: UndoFile, options: NodeOptions = {}): string {
  const calls = undoActions(spec, file).map((action) => `${actionCall(action)} || rw_failed=$?\n`);
  return `. ${sh(libPath(spec, options))}\nrw_failed=0\n${calls.join('')}exit "$rw_failed"\n`;
}

/** `guard.sh`: the same decisions as the engine's, with nobody to ask. */
export function guardText(spec: ArmSpec, options: NodeOptions = {}): string {
  const paths = returnPaths(spec).map(
    (r) => `${r.family} ${r.dst} ${r.gateway ?? '-'} ${r.dev ?? '-'}`,
  );
  const constants: Record<string, string> = {
    rw_run: spec.run,
    rw_node: spec.node,
    rw_role: spec.role,
    rw_unit: spec.unit,
    rw_slot_index: String(spec.slotIndex),
    rw_slot: String(spec.slot),
    rw_settle: String(SETTLE),
    rw_follow_after: String(spec.servers.length * spec.slot + 60),
    rw_servers: spec.servers.map((s) => `${s.node}=${s.address}`).join(' '),
    rw_old: spec.backendOld,
    rw_new: spec.backendNew,
    rw_type_old: spec.typeOld,
    rw_type_new: spec.typeNew,
    rw_reload: spec.actions.reload ? '1' : '0',
    rw_paths: paths.join('\n'),
  };
  const lines = Object.entries(constants).map(([name, value]) => `${name}=${sh(value)}\n`);
  return `. ${sh(libPath(spec, options))}
${lines.join('')}rw_data="$rw_root"${sh(spec.dataDir)}
${GUARD_LOOK}${GUARD_ACT}${GUARD_DECIDE}`;
}

function libPath(spec: ArmSpec, options: NodeOptions): string {
  return `${options.root ?? ''}${BASE}/runs/${runId(spec.run)}/lib.sh`;
}

/** The three units, by file name. `OnUnitActiveSec` is monotonic: clock jumps do not move it. */
export function unitTexts(spec: ArmSpec, options: NodeOptions = {}): Record<string, string> {
  const guard = `${options.root ?? ''}${BASE}/guard.sh`;
  const before = [...new Set(['k3s.service', 'k3s-agent.service', spec.unit])].join(' ');
  return {
    [UNITS.tick]: `[Unit]
Description=Reweave guard: brings this node back when its run is gone
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/bin/sh ${guard} tick
TimeoutStartSec=30
LogLevelMax=notice
`,
    [UNITS.timer]: `[Unit]
Description=Reweave guard

[Timer]
OnActiveSec=2s
OnUnitActiveSec=${Math.max(2, Math.round(spec.lease / 20))}s
AccuracySec=1s

[Install]
WantedBy=timers.target
`,
    [UNITS.boot]: `[Unit]
Description=Reweave guard at boot: old files before K3s reads them
RequiresMountsFor=${BASE} /etc
Before=${before}

[Service]
Type=oneshot
ExecStart=/bin/sh ${guard} boot
TimeoutStartSec=60

[Install]
WantedBy=multi-user.target
`,
  };
}
