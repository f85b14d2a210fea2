import type {
  ApplyOptions,
  FactsOptions,
  ForgetOptions,
  InventoryOptions,
  LockCommandOptions,
  PlanOptions,
  PlaybookOptions,
  ResumeOptions,
  RollbackOptions,
  StatusOptions,
  UseCase,
  VerifyOptions,
} from '../app/options.ts';

type Lazy<O> = () => Promise<UseCase<O>>;

/** Each command's use case, loaded only when it runs. */
export const USE_CASES = {
  plan: (async () => (await import('../app/plan.ts')).plan) satisfies Lazy<PlanOptions>,
  apply: (async () => (await import('../app/apply.ts')).apply) satisfies Lazy<ApplyOptions>,
  resume: (async () => (await import('../app/resume.ts')).resume) satisfies Lazy<ResumeOptions>,
  rollback: (async () =>
    (await import('../app/rollback.ts')).rollback) satisfies Lazy<RollbackOptions>,
  status: (async () => (await import('../app/status.ts')).status) satisfies Lazy<StatusOptions>,
  verify: (async () => (await import('../app/verify.ts')).verify) satisfies Lazy<VerifyOptions>,
  facts: (async () => (await import('../app/facts.ts')).facts) satisfies Lazy<FactsOptions>,
  inventory: (async () =>
    (await import('../app/inventory.ts')).inventory) satisfies Lazy<InventoryOptions>,
  forget: (async () => (await import('../app/forget.ts')).forget) satisfies Lazy<ForgetOptions>,
  lock: (async () => (await import('../app/lock.ts')).lock) satisfies Lazy<LockCommandOptions>,
  playbook: (async () =>
    (await import('../app/playbook.ts')).playbook) satisfies Lazy<PlaybookOptions>,
};
