import type { Direction, Outcome } from '../model/journal.ts';
import type { HostStep, Stage } from '../model/plan.ts';
import type { ExecResult } from '../model/session.ts';
import { stepScript } from '../node/step.ts';
import { awaitSigns } from './await-signs.ts';
import { barrier } from './barrier.ts';
import { type Engine, isoNow } from './engine.ts';
import { fold, stepKey } from './state.ts';

/** Exit code of a change script that its node's state file refused. */
export const FENCED = 75;

/** Seconds for which a login is tried again before an outcome counts as unknown. */
const PATIENCE = 30;

/** What the node's state file remembers before an effect of each phase; its guard decides by it. */
const MARKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pod_network_pin: { pinned: '1' },
  k3s_config: { wrote: '1' },
  k3s_restart: { restarted: '1' },
  pod_network_unpin: { unpinned: '1' },
};

function scriptOf(engine: Engine, step: HostStep, direction: Direction, wait = false): string {
  const marks = direction === 'forward' ? MARKS[step.step] : undefined;
  return stepScript(
    {
      run: engine.plan.id,
      epoch: engine.epoch,
      step: step.id,
      direction,
      ...(marks ? { marks } : {}),
      ...(wait ? { barrier: true } : {}),
    },
    step.actions,
  );
}

/** Runs the steps of one batch together, each to its observed end. */
export async function performSteps(
  engine: Engine,
  stage: Stage,
  steps: readonly HostStep[],
  direction: Direction,
): Promise<void> {
  if (stage.barrier && steps.length > 1) {
    for (const step of steps) intent(engine, step, direction);
    const results = await barrier(
      engine,
      steps.map((step) => ({ host: step.host, text: scriptOf(engine, step, direction, true) })),
    );
    await Promise.all(
      steps.map((step, i) =>
        settle(engine, step, direction, results[i] ?? { t: 'unknown', reason: 'no answer' }),
      ),
    );
    return;
  }
  await Promise.all(steps.map((step) => performOne(engine, step, direction)));
}

function intent(engine: Engine, step: HostStep, direction: Direction): void {
  engine.files.append({ t: 'intent', at: isoNow(), step: step.id, host: step.host, direction });
  engine.emit({
    type: 'step',
    level: 'info',
    host: step.host,
    step: step.step,
    msg: step.why,
    data: { id: step.id, direction, state: 'intent' },
  });
}

async function performOne(engine: Engine, step: HostStep, direction: Direction): Promise<void> {
  const before = fold(engine.files.entries).steps.get(stepKey(direction, step.id));
  // A restart is never sent blindly: on the way back, or after an unknown outcome, its signs may be there.
  if (step.step === 'k3s_restart' && (direction === 'back' || before !== undefined)) {
    const there = await awaitSigns(engine, step, direction === 'back', engine.stable + 2);
    if (there.ok) {
      intent(engine, step, direction);
      engine.files.append({
        t: 'observed',
        at: isoNow(),
        step: step.id,
        host: step.host,
        direction,
        ok: true,
      });
      return;
    }
  }
  intent(engine, step, direction);
  const text = scriptOf(engine, step, direction);
  await settle(
    engine,
    step,
    direction,
    await engine.fleet.exec(step.host, { class: 'change', text, limit: 120 }, PATIENCE),
  );
}

async function settle(
  engine: Engine,
  step: HostStep,
  direction: Direction,
  result: Outcome<ExecResult>,
): Promise<void> {
  const base = { at: isoNow(), step: step.id, host: step.host, direction };
  if (result.t !== 'done') {
    engine.files.append({ t: 'effect', ...base, outcome: 'unknown', reason: result.reason });
    engine.emit({
      type: 'step',
      level: 'warn',
      host: step.host,
      step: step.step,
      msg: `outcome unknown: ${result.reason}`,
    });
    return;
  }
  const { code, stderr } = result.value;
  if (code !== 0) {
    const reason = stderr.trim().split('\n').slice(-3).join('; ') || `exit code ${code}`;
    if (code === FENCED) engine.leases.taken ??= `${step.host}: ${reason}`;
    engine.files.append({ t: 'effect', ...base, outcome: 'failed', reason });
    engine.emit({ type: 'step', level: 'error', host: step.host, step: step.step, msg: reason });
    return;
  }
  engine.files.append({ t: 'effect', ...base, outcome: 'done' });
  const waited = await awaitSigns(engine, step, direction === 'back');
  engine.files.append({
    t: 'observed',
    ...base,
    at: isoNow(),
    ok: waited.ok,
    ...(waited.ok ? {} : { reason: waited.reason }),
  });
  engine.emit({
    type: 'step',
    level: waited.ok ? 'info' : 'error',
    host: step.host,
    step: step.step,
    msg: waited.ok ? 'done' : waited.reason,
    data: { id: step.id, direction, state: waited.ok ? 'observed' : 'failed' },
  });
}
