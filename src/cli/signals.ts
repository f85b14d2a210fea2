import { EXIT, type ExitCode } from '../model/problem.ts';

export interface Signals {
  /** Aborted by the first signal. */
  readonly stop: AbortSignal;
  /** The exit code of the signal that came, if one did. */
  exit(): ExitCode | undefined;
  dispose(): void;
}

export interface SignalActions {
  /** First signal: the step under way is finished. */
  readonly first: (signal: NodeJS.Signals) => void;
  /** Ctrl-C or TERM again: leave now. */
  readonly again: (exit: ExitCode) => void;
}

const WATCHED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Once: finish the atomic step and leave. Twice: leave now. A hang-up alone never hurries. */
export function watchSignals({ first, again }: SignalActions): Signals {
  const stop = new AbortController();
  let exit: ExitCode | undefined;
  const heard = (signal: NodeJS.Signals): void => {
    const code = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
    if (exit === undefined) {
      exit = code;
      first(signal);
      stop.abort(signal);
    } else if (signal !== 'SIGHUP') again(code);
  };
  for (const signal of WATCHED) process.on(signal, heard);
  return {
    stop: stop.signal,
    exit: () => exit,
    dispose: () => {
      for (const signal of WATCHED) process.off(signal, heard);
    },
  };
}
