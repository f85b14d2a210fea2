import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly file: () => string;
  readonly home: () => string;
  /** Environment of a child: nothing of the developer's own settings. */
  readonly env: (extra?: Record<string, string>) => Record<string, string>;
  readonly run: (args: readonly string[], env?: Record<string, string>) => Ended;
  readonly start: (args: readonly string[]) => ChildProcessWithoutNullStreams;
}

/** The real bundle, built once for a test file, and a home of its own. */
export function builtProgram(name: string): Program {
  const out = join(root, '.cache', `cli-${name}-${process.pid}`);
  let home = '';
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'reweave-home-'));
    const build = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), out]);
    if (build.status !== 0) throw new Error(`the build failed:\n${build.stderr.toString()}`);
  }, 60_000);
  afterAll(() => {
    rmSync(out, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  });
  const file = (): string => join(out, 'cli.js');
  const env = (extra: Record<string, string> = {}): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    ...extra,
  });
  return {
    file,
    home: () => home,
    env,
    run(args, extra) {
      const done = spawnSync(process.execPath, [file(), ...args], {
        cwd: home,
        env: env(extra),
        encoding: 'utf8',
        input: '',
        timeout: 20_000,
      });
      return { code: done.status, stdout: done.stdout, stderr: done.stderr };
    },
    start: (args) => spawn(process.execPath, [file(), ...args], { cwd: home, env: env() }),
  };
}

/** Resolves when a child has ended and its output is complete. */
export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Resolves once the child's output has matched; rejects when it ends before. */
export function said(child: ChildProcessWithoutNullStreams, pattern: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    const hear = (bytes: Buffer): void => {
      text += bytes.toString();
      if (pattern.test(text)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('close', () => reject(new Error(`ended without ${String(pattern)}:\n${text}`)));
  });
}

/** JSON lines of an output; throws when one is not JSON. */
export function jsonLines(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
