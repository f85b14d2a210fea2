import type { CommanderError } from 'commander';
import { EXIT, ReweaveError } from '../model/problem.ts';

/** A fault in what was typed; nothing was contacted. */
export function usageError(summary: string, hint?: string, next?: string): ReweaveError {
  return new ReweaveError({
    code: 'cli.usage',
    exit: EXIT.usage,
    summary,
    ...(hint === undefined ? {} : { hint }),
    ...(next === undefined ? {} : { next }),
  });
}

/** Commander's `error: … (Did you mean …?)` as a problem of ours. */
export function fromCommander(error: CommanderError, command: string | undefined): ReweaveError {
  const text = error.message.replace(/^error: /, '').trim();
  const guess = /\(Did you mean (.+?)\?\)/.exec(text)?.[1];
  const summary = text.replace(/\s*\(Did you mean .*\)\s*$/s, '');
  const help = command === undefined ? 'reweave --help' : `reweave ${command} --help`;
  return usageError(summary, guess === undefined ? undefined : `did you mean ${guess}?`, help);
}
