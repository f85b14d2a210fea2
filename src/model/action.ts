/**
 * The only way to change anything on a node is an action, and an action is data.
 * One function says it in words (steps/say.ts), one makes its shell (node/action.ts),
 * one its inverse (steps/inverse.ts). Every action is idempotent: its script looks first,
 * does nothing when its effect is there, and refuses when neither before nor after is found.
 */
export type Action =
  | FileSplice
  | FileWrite
  | FileRemove
  | DaemonReload
  | ModuleLoad
  | ModuleUnload
  | RouteAdd
  | RouteDel
  | RuleAdd
  | RuleDel
  | SysctlSet
  | SysctlIfPresent
  | LinkDel
  | K3sRestart
  | EndpointAdd
  | EndpointDel;

export interface RouteSpec {
  readonly family: 4 | 6;
  readonly dst: string;
  readonly table: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly onlink?: boolean;
  readonly scope?: string;
  readonly src?: string;
  readonly metric?: number;
  readonly proto?: string;
  readonly type?: 'throw';
}
export interface RuleSpec {
  readonly family: 4 | 6;
  readonly pref: number;
  readonly table: string;
  readonly to?: string;
  readonly from?: string;
  readonly proto: string;
}
/** Replace bytes `[start, end)` of a file; byte offsets into the file as it was. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface FileSplice {
  readonly kind: 'file.splice';
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly splices: readonly Splice[];
}
/** A whole small file of ours or of the user's wish; never used for files that may hold secrets. */
export interface FileWrite {
  readonly kind: 'file.write';
  readonly path: string;
  readonly mode: string;
  readonly text: string;
  readonly before: string | null;
}
export interface FileRemove {
  readonly kind: 'file.remove';
  readonly path: string;
  readonly before: string;
}
export interface DaemonReload {
  readonly kind: 'systemd.reload';
}
export interface ModuleLoad {
  readonly kind: 'module.load';
  readonly name: string;
}
export interface ModuleUnload {
  readonly kind: 'module.unload';
  readonly name: string;
}
export interface RouteAdd {
  readonly kind: 'route.add';
  readonly route: RouteSpec;
}
export interface RouteDel {
  readonly kind: 'route.del';
  readonly route: RouteSpec;
}
export interface RuleAdd {
  readonly kind: 'rule.add';
  readonly rule: RuleSpec;
}
export interface RuleDel {
  readonly kind: 'rule.del';
  readonly rule: RuleSpec;
}
/** Key below /proc/sys with slashes, e.g. `net/ipv4/conf/flannel.1/rp_filter`. */
export interface SysctlSet {
  readonly kind: 'sysctl.set';
  readonly key: string;
  readonly value: string;
  readonly before: string;
}
/** As `sysctl.set`, but a missing key (its link is gone) is fine. */
export interface SysctlIfPresent {
  readonly kind: 'sysctl.if_present';
  readonly key: string;
  readonly value: string;
  readonly before: string;
}
export interface LinkDel {
  readonly kind: 'link.del';
  readonly name: string;
  readonly linkKind: string;
}
/** Restart K3s and wait for nothing: the step's signs say when it is good. */
export interface K3sRestart {
  readonly kind: 'k3s.restart';
  readonly unit: string;
}
/** A probe address on a node, reserved in host-local's own store so that no pod gets it. */
export interface EndpointAdd {
  readonly kind: 'endpoint.add';
  readonly address: string;
  readonly dev: string;
  readonly store: string;
}
export interface EndpointDel {
  readonly kind: 'endpoint.del';
  readonly address: string;
  readonly dev: string;
  readonly store: string;
}

/** What a script may do: `read` nothing; `probe` things nobody uses, self-removing; `change` the rest. */
export type ScriptClass = 'read' | 'probe' | 'change';
