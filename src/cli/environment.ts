import { type Command, InvalidArgumentError } from 'commander';
import { usageError } from './usage.ts';
import { type Flag, variableOf } from './flags.ts';
import { yesOrNo } from './parse.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Gives each flag that was not typed the value of its variable (`REWEAVE_LIMIT` for `--limit`).
 * Switches take 1 or 0, so that `REWEAVE_YES=0` does not say yes. Throws a usage error.
 */
export function applyEnvironment(command: Command, flags: readonly Flag[], env: Env): void {
  for (const flag of flags) {
    const variable = variableOf(flag);
    const text = env[variable];
    if (text === undefined || command.getOptionValueSource(flag.key) === 'cli') continue;
    try {
      command.setOptionValueWithSource(flag.key, valueOf(flag, text), 'env');
    } catch (fault) {
      if (!(fault instanceof InvalidArgumentError)) throw fault;
      throw usageError(`environment variable ${variable}='${text}' is invalid`, fault.message);
    }
  }
}

function valueOf(flag: Flag, text: string): unknown {
  if (flag.repeat === 'count') return Number(/^[0-4]$/.test(text) ? text : yesOrNo(text));
  if (flag.parse === undefined) return flag.flags.includes('--no-') !== yesOrNo(text);
  const value = flag.parse(text);
  return flag.repeat === 'append' ? [value].flat() : value;
}
