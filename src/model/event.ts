import type { Problem } from './problem.ts';

export type EventType =
  | 'run'
  | 'stage'
  | 'step'
  | 'wait'
  | 'host'
  | 'proof'
  | 'meter'
  | 'guard'
  | 'decision'
  | 'rollback'
  | 'problem'
  | 'plan'
  | 'finding'
  | 'log'
  | 'summary';

/** One thing that happened: a JSON line of `--output json`. Types are added, never renamed. */
export interface Event {
  readonly v: 1;
  readonly ts: string;
  readonly seq: number;
  readonly run: string;
  readonly type: EventType;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly host?: string;
  readonly step?: string;
  readonly msg: string;
  readonly data?: unknown;
}

/** What a use case emits; the sink adds v, ts, seq and run. */
export type EventBody = Omit<Event, 'v' | 'ts' | 'seq' | 'run'>;
export type Emit = (event: EventBody) => void;

/** Where one node stands at the end, from what was observed of it. */
export interface NodeResult {
  readonly host: string;
  /** `new`: proven on the wanted setting; `old`: proven on the one before; `unknown`: neither was seen. */
  readonly state: 'new' | 'old' | 'unknown';
  /** One line, e.g. the reason of an unknown. */
  readonly detail?: string;
}

/** What the meter counted between pods' subnets during the run. */
export interface MeterTotals {
  /** Ordered pairs of nodes. */
  readonly pairs: number;
  readonly sent: number;
  readonly lost: number;
  /** Milliseconds. */
  readonly longestGap: number;
  /** The pair with the most loss, or else the longest gap, e.g. `s1 → a2`. */
  readonly worstPair?: string;
}

export interface Summary {
  readonly exit: number;
  readonly outcome: string;
  readonly problems: readonly Problem[];
  readonly next?: string;
  readonly nodes?: readonly NodeResult[];
  readonly meter?: MeterTotals;
}
