import type {
  ApplyOptions,
  CommonOptions,
  LockOptions,
  PlanOptions,
  ResumeOptions,
} from '../app/options.ts';
import type { RawFlags } from './flags.ts';
import type { Passwords } from './secrets.ts';

/** Drops keys without a value: an option that was not given is absent, not undefined. */
function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

export function commonOptions(raw: RawFlags, passwords: Passwords): CommonOptions {
  const { inventory, forks, become, verbose, limit, user, privateKey, timeout } = raw;
  const always = { inventory, forks, become, verbosity: verbose };
  return { ...always, ...passwords, ...given({ limit, user, privateKey, timeout }) };
}

export function planOptions(
  raw: RawFlags,
  passwords: Passwords,
  playbook: string | undefined,
): PlanOptions & ApplyOptions {
  const { batch, maxLoss, rollback, lease, restartLimit, allow, diff, detailedExitcode } = raw;
  const change = { batch, maxLoss, rollback, lease, restartLimit, allow, diff, detailedExitcode };
  const named = given({ playbook, to: raw.to, save: raw.save });
  return { ...commonOptions(raw, passwords), ...lockOptions(raw), ...change, ...named };
}

export function runOptions(
  raw: RawFlags,
  passwords: Passwords,
  run: string | undefined,
): ResumeOptions {
  const common = { ...commonOptions(raw, passwords), ...lockOptions(raw) };
  return { ...common, maxLoss: raw.maxLoss, ...given({ run }) };
}

export function lockOptions(raw: RawFlags): LockOptions {
  return { lockTimeout: raw.lockTimeout };
}
