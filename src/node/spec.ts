import type { Action, RouteSpec } from '../model/action.ts';
import type { Role } from '../model/host.ts';

/** What a node's guard needs to find its way without anybody's help. */
export interface ArmSpec {
  readonly run: string;
  readonly epoch: number;
  readonly host: string;
  /** Name in the cluster. */
  readonly node: string;
  readonly role: Role;
  readonly unit: string;
  readonly dataDir: string;
  /** Seconds without a renewal after which the guard acts. */
  readonly lease: number;
  /** This server's turn to restart, from 0. */
  readonly slotIndex: number;
  /** Seconds that one server gets to return. */
  readonly slot: number;
  /** Every server of the cluster, this node included if it is one. */
  readonly servers: readonly { readonly node: string; readonly address: string }[];
  /** K3s names, as served at `/v1-k3s/config`. */
  readonly backendOld: string;
  readonly backendNew: string;
  /** Flannel types, as in net-conf.json. */
  readonly typeOld: string;
  readonly typeNew: string;
  readonly actions: {
    /** Data plane back: pin table, rule, deleted main routes. */
    readonly repin: readonly Action[];
    readonly files: readonly Action[];
    /** Whether `files` touches a unit or drop-in. */
    readonly reload: boolean;
    readonly unpin: readonly Action[];
    /** After a return: what the new backend left. */
    readonly cleanOld: readonly Action[];
    /** After the decision: what the old backend left. */
    readonly cleanNew: readonly Action[];
    readonly tidy: readonly Action[];
  };
  /** Files to back up at arming; absent ones are fine. */
  readonly backups: readonly string[];
  /**
   * Paths that `main` must have before a returned node is unpinned. Without it: the pinned routes
   * themselves, which is right whenever the old backend's own path was pinned.
   */
  readonly returnPaths?: readonly RouteSpec[];
}

/** The undo files of a run, in the order in which a return uses them. */
export const UNDO_FILES = ['repin', 'files', 'unpin', 'clean-old', 'clean-new', 'tidy'] as const;
export type UndoFile = (typeof UNDO_FILES)[number];

export function undoActions(spec: ArmSpec, file: UndoFile): readonly Action[] {
  const { repin, files, unpin, cleanOld, cleanNew, tidy } = spec.actions;
  return { repin, files, unpin, 'clean-old': cleanOld, 'clean-new': cleanNew, tidy }[file];
}

/** Paths that must stand in `main` before a return may unpin; `throw` routes are no paths. */
export function returnPaths(spec: ArmSpec): readonly RouteSpec[] {
  if (spec.returnPaths !== undefined) return spec.returnPaths;
  return spec.actions.repin.flatMap((action) =>
    action.kind === 'route.add' && action.route.table !== 'main' && action.route.type === undefined
      ? [action.route]
      : [],
  );
}
