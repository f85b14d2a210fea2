import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../model/journal.ts';
import type { Plan } from '../model/plan.ts';
import { readRun } from '../run/journal-file.ts';

export interface RecordedRun {
  readonly id: string;
  readonly plan: Plan;
  readonly entries: readonly Entry[];
  /** Outcome of its last end, undefined while it is open. */
  readonly outcome: string | undefined;
}

/** Ids of all recorded runs, newest first. */
export function runIds(stateDir: string): string[] {
  const dir = join(stateDir, 'runs');
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((id) => existsSync(join(dir, id, 'plan.json')))
    .sort()
    .reverse();
}

export function recorded(stateDir: string, id: string): RecordedRun {
  const { plan, entries } = readRun(stateDir, id);
  const last = entries.at(-1);
  return { id, plan, entries, outcome: last?.t === 'end' ? last.outcome : undefined };
}

/** The run that a command means when none is named: the newest that is still open, else the newest. */
export function pickRun(stateDir: string, named: string | undefined): RecordedRun | undefined {
  if (named !== undefined) return recorded(stateDir, named);
  const all = runIds(stateDir).map((id) => recorded(stateDir, id));
  return all.find((r) => r.outcome === undefined || r.outcome === 'mixed') ?? all[0];
}
