import type { Outcome } from '../model/journal.ts';
import type { ExecResult, Stream } from '../model/session.ts';
import { ReweaveError } from '../model/problem.ts';
import type { Engine } from './engine.ts';

const READY_LIMIT = 60_000;

/**
 * Runs one script per host, all at one moment: each waits in a `read` on its open channel, and the
 * release is one write each. A host that is not ready in time releases nobody.
 */
export async function barrier(
  engine: Engine,
  jobs: readonly { host: string; text: string }[],
): Promise<Outcome<ExecResult>[]> {
  const waiting = await Promise.all(jobs.map((job) => prepare(engine, job)));
  const missing = waiting.find((w) => !('stream' in w));
  if (missing && !('stream' in missing)) {
    await Promise.all(waiting.flatMap((w) => ('stream' in w ? [w.stream.close()] : [])));
    return jobs.map(() => ({ t: 'not_sent', reason: missing.reason }));
  }
  const began = performance.now();
  for (const w of waiting) if ('stream' in w) w.stream.write('go');
  const spread = performance.now() - began;
  engine.emit({
    type: 'log',
    level: 'info',
    msg: `${jobs.length} hosts released within ${spread.toFixed(1)} ms`,
  });
  return Promise.all(
    waiting.map((w) =>
      'stream' in w
        ? finish(w)
        : Promise.resolve<Outcome<ExecResult>>({ t: 'not_sent', reason: w.reason }),
    ),
  );
}

type Waiting =
  | { readonly stream: Stream; readonly lines: AsyncIterator<string> }
  | { readonly reason: string };

async function prepare(engine: Engine, job: { host: string; text: string }): Promise<Waiting> {
  const text = `{\n${job.text}} 2>&1\necho "RC $?"\n`;
  try {
    const stream = await (await engine.fleet.session(job.host)).stream({
      class: 'change',
      text,
      limit: 300,
    });
    const lines = stream.lines[Symbol.asyncIterator]();
    const first = await withLimit(lines.next(), READY_LIMIT);
    if (first === undefined || first.done || first.value !== 'ready') {
      await stream.close();
      return { reason: `${job.host} is not ready at the barrier: ${first?.value ?? 'no answer'}` };
    }
    return { stream, lines };
  } catch (error) {
    if (error instanceof ReweaveError) return { reason: error.message };
    throw error;
  }
}

async function finish({
  stream,
  lines,
}: {
  stream: Stream;
  lines: AsyncIterator<string>;
}): Promise<Outcome<ExecResult>> {
  const output: string[] = [];
  for (;;) {
    const line = await withLimit(lines.next(), 120_000);
    if (line === undefined || line.done) {
      await stream.close();
      return { t: 'unknown', reason: 'the connection was lost after the release' };
    }
    if (line.value.startsWith('RC ')) {
      await stream.close();
      const text = output.join('\n');
      return {
        t: 'done',
        value: { code: Number(line.value.slice(3)), stdout: text, stderr: text, truncated: false },
      };
    }
    output.push(line.value);
  }
}

async function withLimit<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
