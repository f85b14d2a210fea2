import { execFile, type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; its exit code is an answer, not an exception. */
export function run(
  file: string,
  args: readonly string[],
  options: { limit?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    execFile(
      file,
      [...args],
      {
        cwd: ROOT,
        maxBuffer: 64 << 20,
        timeout: (options.limit ?? 300) * 1000,
        env: { ...process.env, ...options.env },
      },
      (error, stdout, stderr) => {
        if (error && typeof error.code === 'string') reject(error);
        else resolve({ code: error ? Number(error.code ?? 128) : 0, stdout, stderr });
      },
    );
  });
}

/** One lab of real hosts behind its script. */
export class Lab {
  readonly script: string;
  readonly dir: string;
  readonly hosts: readonly string[];
  readonly stateDir: string;
  constructor(script: string, dir: string, hosts: readonly string[]) {
    this.script = join(ROOT, script);
    this.dir = join(ROOT, dir);
    this.hosts = hosts;
    this.stateDir = mkdtempSync(join(tmpdir(), 'reweave-lab-'));
  }
  get inventory(): string {
    return join(this.dir, 'inventory.yml');
  }
  /** Starts the lab anew; REWEAVE_LAB_RUNNING=1 takes the one that runs, to work on a test. */
  async up(...args: string[]): Promise<void> {
    if (process.env['REWEAVE_LAB_RUNNING'] === '1') return;
    const ran = await run(this.script, ['up', ...args], { limit: 400 });
    if (ran.code !== 0) throw new Error(`the lab does not come up: ${ran.stdout}\n${ran.stderr}`);
  }
  async down(): Promise<void> {
    if (process.env['REWEAVE_LAB_RUNNING'] !== '1') await run(this.script, ['down']);
  }
  /** Runs a shell command as root on a host; throws when it fails. */
  async exec(host: string, command: string): Promise<string> {
    const ran = await run(this.script, ['exec', host, 'sh', '-c', command], { limit: 120 });
    if (ran.code !== 0)
      throw new Error(`${host}: ${command}: exit ${ran.code}: ${ran.stderr}${ran.stdout}`);
    return ran.stdout;
  }
  async each<T>(one: (host: string) => Promise<T>): Promise<Map<string, T>> {
    return new Map(await Promise.all(this.hosts.map(async (h) => [h, await one(h)] as const)));
  }
  #args(args: readonly string[]): string[] {
    return [join(ROOT, 'dist/cli.js'), ...args, '-i', this.inventory, '--state-dir', this.stateDir];
  }
  /** The product itself, as a user runs it. */
  reweave(args: readonly string[], limit = 400): Promise<Ran> {
    return run(process.execPath, this.#args(args), { limit, env: { CI: 'true' } });
  }
  /** The product in the background, for signals. */
  start(args: readonly string[]): Running {
    return new Running(
      spawn(process.execPath, this.#args(args), { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }
}

export class Running {
  readonly child: ChildProcess;
  output = '';
  readonly ended: Promise<number | null>;
  constructor(child: ChildProcess) {
    this.child = child;
    const keep = (chunk: Buffer): void => {
      this.output += chunk.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.ended = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
  }
  /** Resolves when the output matches; fails at the limit or when the program ends before. */
  async until(pattern: RegExp, seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1000;
    while (!pattern.test(this.output)) {
      if (this.child.exitCode !== null)
        throw new Error(
          `ended (${this.child.exitCode}) before ${pattern}: ${this.output.slice(-3000)}`,
        );
      if (performance.now() > end)
        throw new Error(`${pattern} was not printed in ${seconds} s: ${this.output.slice(-3000)}`);
      await new Promise((r) => setTimeout(r, 20));
    }
  }
}

/** Waits for a condition, with a deadline and the last reason why it still waits. */
export async function eventually(
  what: string,
  seconds: number,
  look: () => Promise<string>,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const why = await look();
    if (why === '') return;
    if (performance.now() > end) throw new Error(`${what}: not within ${seconds} s: ${why}`);
    await new Promise((r) => setTimeout(r, 500));
  }
}
