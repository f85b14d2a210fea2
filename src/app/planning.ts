import { randomBytes } from 'node:crypto';
import type { NodeFacts } from '../model/facts.ts';
import type { Plan } from '../model/plan.ts';
import { EXIT, ReweaveError } from '../model/problem.ts';
import { makePlan } from '../plan/make.ts';
import { loadPlaybook } from '../playbook/load.ts';
import { flagReader } from './flag-reader.ts';
import { readPlaybook } from './paths.ts';
import type { Io, PlanOptions } from './options.ts';

/** Sortable, readable, unique: `20260102-030405-1a2b3c`. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/** The playbook of a command line: a name or file, or the shipped one of `--to`. */
export function playbookOf(
  options: Pick<PlanOptions, 'playbook' | 'to' | 'batch'>,
): ReturnType<typeof loadPlaybook> {
  const wanted = options.playbook ?? options.to;
  if (wanted === undefined)
    throw new ReweaveError({
      code: 'usage.target',
      exit: EXIT.usage,
      summary: 'what shall it be?',
      hint: 'name a playbook, or a backend with --to',
      next: 'reweave plan --to wireguard-native -i inventory.yml',
    });
  const { name, file, text } = readPlaybook(wanted);
  const book = loadPlaybook(name, file, text);
  if (options.batch.length === 0) return book;
  // Servers stay one at a time, whatever the batch for agents is.
  return {
    ...book,
    plays: book.plays.map((p) => (p.hosts === 'agent' ? { ...p, serial: options.batch } : p)),
  };
}

export function planFrom(
  facts: readonly NodeFacts[],
  options: PlanOptions,
  io: Pick<Io, 'version'>,
): Plan {
  const now = new Date();
  return makePlan({
    facts,
    playbook: playbookOf(options),
    flags: flagReader(),
    allowed: options.allow,
    lease: options.lease,
    restartLimit: options.restartLimit,
    id: newRunId(now),
    tool: io.version,
    now: now.toISOString(),
  });
}
