/** One task of a play: a step kind and its parameters, variables already put in. */
export interface Task {
  readonly step: string;
  readonly params: Readonly<Record<string, string>>;
  readonly line: number;
}

export interface Play {
  readonly name: string;
  /** `all`, `server`, `agent`, or a host or group name. */
  readonly hosts: string;
  /** Batch sizes: `1`, `25%`; the last one repeats. Empty = all at once. */
  readonly serial: readonly string[];
  readonly order: 'inventory' | 'join_target_first';
  readonly barrier: boolean;
  readonly tasks: readonly Task[];
  readonly line: number;
}

export interface Playbook {
  readonly name: string;
  readonly file: string;
  readonly backend: string;
  readonly plays: readonly Play[];
}
