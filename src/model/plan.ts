import type { Action } from './action.ts';
import type { BackendName } from './facts.ts';
import type { Role } from './host.ts';

/** A condition that must be observed after a step, with a deadline; the last reason for waiting is shown. */
export interface Sign {
  readonly kind: 'backend' | 'served' | 'stable' | 'api' | 'etcd' | 'ready' | 'routes';
  /** Expected value, e.g. the annotation `wireguard`; empty where the kind needs none. */
  readonly value: string;
  readonly why: string;
}

export interface HostStep {
  /** Unique in the plan, `stage/task/host`. */
  readonly id: string;
  readonly host: string;
  /** Name of the step kind, as in a playbook task. */
  readonly step: string;
  readonly actions: readonly Action[];
  /** The actions that take it back, in the order to run them. */
  readonly undo: readonly Action[];
  readonly signs: readonly Sign[];
  /** Seconds until the signs must have been seen. */
  readonly deadline: number;
  readonly why: string;
}

/** A proof of the whole cluster: `new` through `main` beside the pods, `real` on the pods' own path. */
export type ProofKind = 'new' | 'real';

export type Phase =
  | 'prepare'
  | 'pin'
  | 'write'
  | 'restart'
  | 'beside'
  | 'proof'
  | 'unpin'
  | 'clean'
  | 'tidy';

/** Batches run one after the other, the hosts of a batch together. */
export interface Stage {
  /** Where it stands in the order of a migration; decides how it is taken back. */
  readonly phase: Phase;
  readonly proof?: ProofKind;
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly barrier: boolean;
  readonly batches: readonly (readonly HostStep[])[];
}

export interface PlanFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** Unified diff, redacted where a secret is near. */
  readonly diff: string;
  readonly redacted: boolean;
}

export interface PlanNode {
  readonly host: string;
  readonly node: string;
  readonly role: Role;
  readonly version: string;
  readonly unit: string;
  readonly address: string;
  readonly dataDir: string;
  /** Where the setting is today, in words: `config.yaml:3`, `k3s.service ExecStart`, `default`. */
  readonly settingAt: string;
  readonly subnet: string;
  readonly uplink: string;
  readonly probeAddress: string;
  readonly meterAddress: string;
  readonly probeDev: string;
  readonly pre: {
    readonly machineId: string;
    readonly bootId: string;
    readonly files: Readonly<Record<string, string | null>>;
    readonly versionOnDisk: string;
    readonly backend: string;
    readonly invocationId: string;
    /** argv of the next start, merged, secrets masked. */
    readonly args: readonly string[];
  };
  readonly files: readonly PlanFile[];
  /** Its turn when guards return servers; agents come after all servers. */
  readonly slot: number;
  /** What the guard on the node needs beside the steps' own undo. */
  readonly guard: GuardActions;
  readonly backendOld: BackendName;
  readonly typeOld: string;
  readonly typeNew: string;
  /** Devices that may carry a peer's pods once the new backend is in place. */
  readonly newDevs: readonly string[];
  readonly oldDevs: readonly string[];
  /** Largest packet in bytes that the old and the new path carry. */
  readonly mtuOld: number;
  readonly mtuNew: number;
}

/** Actions that a guard on the node may run by itself, ready-made at arming. */
export interface GuardActions {
  readonly repin: readonly Action[];
  readonly files: readonly Action[];
  readonly reload: boolean;
  readonly unpin: readonly Action[];
  readonly cleanOld: readonly Action[];
  readonly cleanNew: readonly Action[];
  readonly tidy: readonly Action[];
  readonly backups: readonly string[];
}

export interface Prediction {
  /** Lost pod-to-pod packets per pair that this transition cost when measured; undefined = unknown. */
  readonly lost: number | undefined;
  readonly source: string;
  readonly notes: readonly string[];
}

export interface Finding {
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly host: string | undefined;
  readonly evidence: string;
  readonly why: string;
  readonly fix: string;
}

export interface Plan {
  readonly v: 1;
  readonly id: string;
  readonly tool: string;
  readonly createdAt: string;
  readonly playbook: string;
  readonly from: BackendName;
  readonly to: BackendName;
  readonly clusterId: string;
  readonly clusterCidrs: readonly string[];
  readonly nodes: readonly PlanNode[];
  readonly drift: readonly string[];
  readonly findings: readonly Finding[];
  readonly stages: readonly Stage[];
  readonly prediction: Prediction;
  readonly pin: { readonly pref: number; readonly table: string; readonly proto: string };
  readonly lease: {
    /** Seconds without a renewal after which guards act. */
    readonly seconds: number;
    /** Seconds that one server gets to return, longer than its worst restart. */
    readonly slot: number;
    /** Seconds from the last renewal until the whole cluster stands on one setting. */
    readonly bound: number;
  };
  readonly outside: readonly string[];
}
