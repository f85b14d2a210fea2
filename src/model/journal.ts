export type Direction = 'forward' | 'back';
export type GuardState = 'armed' | 'prepared' | 'decided' | 'disarmed' | 'failed';

/** One line of the write-ahead journal. `intent` before an effect, `effect` when it returned, `observed` when a look agreed. */
export type Entry =
  | {
      readonly t: 'run';
      readonly at: string;
      readonly run: string;
      readonly direction: Direction;
      readonly plan: string;
      readonly epoch: number;
    }
  | {
      readonly t: 'intent';
      readonly at: string;
      readonly step: string;
      readonly host: string;
      readonly direction: Direction;
    }
  | {
      readonly t: 'effect';
      readonly at: string;
      readonly step: string;
      readonly host: string;
      readonly direction: Direction;
      readonly outcome: 'done' | 'failed' | 'unknown';
      readonly reason?: string;
    }
  | {
      readonly t: 'observed';
      readonly at: string;
      readonly step: string;
      readonly host: string;
      readonly direction: Direction;
      readonly ok: boolean;
      readonly reason?: string;
    }
  | {
      readonly t: 'guard';
      readonly at: string;
      readonly host: string;
      readonly state: GuardState;
      readonly reason?: string;
    }
  | { readonly t: 'turn'; readonly at: string; readonly reason: string }
  | { readonly t: 'decision'; readonly at: string; readonly value: 'new' | 'old' }
  | {
      readonly t: 'proof';
      readonly at: string;
      readonly stage: string;
      readonly direction: Direction;
      readonly ok: boolean;
      readonly reason?: string;
    }
  | { readonly t: 'end'; readonly at: string; readonly outcome: RunOutcome; readonly exit: number };

export type RunOutcome = 'all-new' | 'all-old' | 'mixed' | 'interrupted';

/** Per node, three results; `unknown` is observed again, never retried blindly. */
export type Outcome<T> =
  | { readonly t: 'done'; readonly value: T }
  | { readonly t: 'not_sent'; readonly reason: string }
  | { readonly t: 'unknown'; readonly reason: string };
