import type { BackendName } from '../model/facts.ts';
import type { Emit, Summary } from '../model/event.ts';
import type { Secret } from '../model/secret.ts';

/** What a use case may touch of the world around it; made by the command line, or by a test. */
export interface Io {
  /** Progress and everything that happens. The first `run` event with `data: { run: string }` names the run. */
  readonly emit: Emit;
  /** A result for people, with its own newlines; in JSON lines a `log` event, or dropped where events have it. */
  out(text: string): void;
  /** A remark for people on stderr. */
  err(text: string): void;
  /** True when somebody can answer a question. */
  readonly isTTY: boolean;
  /** Columns to wrap texts to. */
  readonly columns: number;
  readonly colour: boolean;
  /** A yes-or-no question. True at once with `--yes`; without a terminal it throws and names `--yes`. */
  ask(question: string): Promise<boolean>;
  /** Aborted at the first SIGINT, SIGTERM or SIGHUP: finish the atomic step, save, leave. */
  readonly stop: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string | undefined;
  /** Where runs, journals and reports are kept. */
  readonly stateDir: string;
  readonly version: string;
}

/** Which hosts, and how to reach them. */
export interface CommonOptions {
  /** Sources in the order given; empty = ANSIBLE_INVENTORY, ansible.cfg, or the usual file. */
  readonly inventory: readonly string[];
  readonly limit?: string;
  readonly forks: number;
  readonly user?: string;
  readonly become: boolean;
  readonly becomePassword?: Secret;
  readonly password?: Secret;
  readonly privateKey?: string;
  /** Seconds until a login is given up; undefined = what the inventory or ansible.cfg says. */
  readonly timeout?: number;
  /** 0 to 4. */
  readonly verbosity: number;
}

/** How long to wait for somebody else's lock, in seconds; 0 = do not wait. */
export interface LockOptions {
  readonly lockTimeout: number;
}

export interface PlanOptions extends CommonOptions, LockOptions {
  /** A playbook's path or shipped name, or (apply) a saved plan. */
  readonly playbook?: string;
  readonly to?: BackendName;
  /** Ansible's `serial` for the agents: `1`, `25%`; empty = as the playbook says. */
  readonly batch: readonly string[];
  /** Lost packets per pair from which a run turns back. */
  readonly maxLoss: number;
  readonly rollback: 'auto' | 'ask' | 'never';
  /** Seconds without a renewal after which guards act. */
  readonly lease: number;
  /** Seconds that one K3s restart may take; also a guard's slot. */
  readonly restartLimit: number;
  /** Rules allowed by name. */
  readonly allow: readonly string[];
  /** Show the files' differences. */
  readonly diff: boolean;
  /** Write the plan to this file. */
  readonly save?: string;
  /** Exit 2 when changes are pending. */
  readonly detailedExitcode: boolean;
}

/** `--check` has become `plan` before a use case is called. */
export interface ApplyOptions extends PlanOptions {}

export interface ResumeOptions extends CommonOptions, LockOptions {
  /** Undefined = the last run. */
  readonly run?: string;
  readonly maxLoss: number;
}
export interface RollbackOptions extends ResumeOptions {}

export interface StatusOptions extends CommonOptions {}
export interface VerifyOptions extends CommonOptions {}
export interface FactsOptions extends CommonOptions {}
export interface InventoryOptions extends CommonOptions {
  readonly show: 'list' | 'graph';
}
export interface ForgetOptions extends CommonOptions, LockOptions {
  readonly run: string;
}
export interface LockCommandOptions extends CommonOptions {
  readonly action: 'status' | 'release';
}
export interface PlaybookOptions {
  readonly action: 'list' | 'show';
  readonly name?: string;
}

/** A use case: no argv, no exit; problems are thrown as ReweaveError or returned in the summary. */
export type UseCase<O> = (options: O, io: Io) => Promise<Summary>;
