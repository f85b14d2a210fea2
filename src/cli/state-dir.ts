import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Env } from './environment.ts';

/** The user's home, also where HOME is not set; undefined where there is none. */
export function homeOf(env: Env): string | undefined {
  if (env['HOME'] !== undefined && env['HOME'] !== '') return env['HOME'];
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

/** `--state-dir`, else XDG_STATE_HOME, else ~/.local/state, else a folder here. Absolute. */
export function stateDirOf(flag: string | undefined, env: Env, cwd: string): string {
  if (flag !== undefined) return resolve(cwd, flag);
  const xdg = env['XDG_STATE_HOME'];
  if (xdg?.startsWith('/')) return join(xdg, 'reweave');
  const home = homeOf(env);
  return home === undefined ? join(cwd, '.reweave') : join(home, '.local', 'state', 'reweave');
}
