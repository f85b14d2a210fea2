import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Entry } from '../model/journal.ts';
import type { Plan } from '../model/plan.ts';
import { EXIT, ReweaveError } from '../model/problem.ts';

/** The controller's record of one run: `plan.json` and `journal.jsonl` below `<state>/runs/<id>`. */
export class RunFiles {
  readonly dir: string;
  readonly #fd: number;
  readonly entries: Entry[];

  private constructor(dir: string, entries: Entry[]) {
    this.dir = dir;
    this.entries = entries;
    this.#fd = openSync(join(dir, 'journal.jsonl'), 'a', 0o600);
  }

  /** Starts a record; the plan is on disk and synced before anything is done. */
  static create(stateDir: string, plan: Plan): RunFiles {
    const dir = join(stateDir, 'runs', plan.id);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeSynced(join(dir, 'plan.json'), `${JSON.stringify(plan, undefined, 2)}\n`);
    return new RunFiles(dir, []);
  }

  static open(stateDir: string, id: string): { files: RunFiles; plan: Plan } {
    const { plan, entries } = readRun(stateDir, id);
    return { files: new RunFiles(join(stateDir, 'runs', id), entries), plan };
  }

  /** Appends and syncs one entry; when this returns, the entry survives a power loss. */
  append(entry: Entry): void {
    writeSync(this.#fd, `${JSON.stringify(entry)}\n`);
    fsyncSync(this.#fd);
    this.entries.push(entry);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function writeSynced(path: string, text: string): void {
  const part = `${path}.part`;
  const fd = openSync(part, 'w', 0o600);
  writeSync(fd, text);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(part, path);
  const dir = openSync(dirname(path), 'r');
  fsyncSync(dir);
  closeSync(dir);
}

/** Reads a run. A torn last line (power loss in the middle of a write) is left out; any other fault is an error. */
export function readRun(stateDir: string, id: string): { plan: Plan; entries: Entry[] } {
  const dir = join(stateDir, 'runs', id);
  const path = join(dir, 'journal.jsonl');
  if (!existsSync(join(dir, 'plan.json')))
    throw new ReweaveError({
      code: 'run.unknown',
      exit: EXIT.usage,
      summary: `no run ${id} is recorded in ${stateDir}`,
      next: 'reweave status',
    });
  const plan = JSON.parse(readFileSync(join(dir, 'plan.json'), 'utf8')) as Plan;
  if (plan.v !== 1)
    throw new ReweaveError({
      code: 'run.version',
      exit: EXIT.usage,
      summary: `run ${id} was made by another version (plan v${String(plan.v)})`,
      hint: 'use the version of Reweave that made it',
    });
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const entries: Entry[] = [];
  lines.forEach((line, i) => {
    if (line === '') return;
    try {
      entries.push(JSON.parse(line) as Entry);
    } catch (cause) {
      if (i >= lines.length - 1) return;
      throw new ReweaveError({
        code: 'run.corrupt',
        exit: EXIT.usage,
        summary: `${path}:${i + 1} is not JSON`,
        detail: String(cause),
        file: path,
        line: i + 1,
      });
    }
  });
  return { plan, entries };
}
