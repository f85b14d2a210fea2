import type { ScriptClass } from './action.ts';
import type { Outcome } from './journal.ts';
import type { Secret } from './secret.ts';

export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** True when a cap cut the output. */
  readonly truncated: boolean;
}

export interface Script {
  readonly class: ScriptClass;
  /** POSIX sh. Values are quoted by `sh()` of text/shell.ts or come over stdin; never pasted. */
  readonly text: string;
  /** Bytes for the script's stdin; the only way for secrets. */
  readonly stdin?: string | Secret;
  /** Seconds after which the remote side ends the command itself (exit code 124). */
  readonly limit: number;
}

/** A long-running command on its own channel. */
export interface Stream {
  /** Each stdout line as it comes. */
  readonly lines: AsyncIterable<string>;
  write(line: string): void;
  close(): Promise<void>;
}

/** One login on one host: a persistent root `sh`. `exec` calls are serialised; each costs one round trip. */
export interface Session {
  readonly host: string;
  exec(script: Script): Promise<Outcome<ExecResult>>;
  stream(script: Script): Promise<Stream>;
  /** Resolves with the reason when the connection is lost. */
  readonly lost: Promise<string>;
  close(): Promise<void>;
}
