import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/model/journal.ts';
import type { Plan } from '../../src/model/plan.ts';
import { type Next, next } from '../../src/run/next.ts';
import { planTo } from '../plan/plans.ts';

const at = '2026-01-01T00:00:00Z';
type Fault = 'none' | 'failed' | 'unknown' | 'not-observed';

interface Trace {
  readonly moves: Next[];
  readonly entries: Entry[];
  readonly end: Extract<Next, { t: 'end' }>;
}

/** Runs `next` against an executor that answers each step by `fault(number of the step)`. */
function play(
  plan: Plan,
  fault: (n: number, move: Next) => Fault,
  entries: Entry[] = [{ t: 'run', at, run: plan.id, direction: 'forward', plan: 'h', epoch: 1 }],
  limit = 1000,
): Trace {
  const moves: Next[] = [];
  let n = 0;
  for (let turn = 0; turn < limit; turn += 1) {
    const move = next(plan, entries);
    moves.push(move);
    if (move.t === 'end') return { moves, entries, end: move };
    if (move.t === 'turn') entries.push({ t: 'turn', at, reason: move.reason });
    if (move.t === 'decide') entries.push({ t: 'decision', at, value: 'new' });
    if (move.t === 'guard')
      for (const host of move.hosts)
        entries.push({
          t: 'guard',
          at,
          host,
          state: fault(n++, move) === 'failed' ? 'failed' : move.to,
        });
    if (move.t === 'proof')
      entries.push({
        t: 'proof',
        at,
        stage: move.stage.id,
        direction: move.direction,
        ok: fault(n++, move) === 'none',
      });
    if (move.t === 'steps')
      for (const step of move.steps) {
        const f = fault(n++, move);
        const base = { at, step: step.id, host: step.host, direction: move.direction };
        entries.push({ t: 'intent', ...base });
        if (f === 'failed') entries.push({ t: 'effect', ...base, outcome: 'failed', reason: 'x' });
        else if (f === 'unknown')
          entries.push({ t: 'effect', ...base, outcome: 'unknown', reason: 'line dropped' });
        else {
          entries.push({ t: 'effect', ...base, outcome: 'done' });
          entries.push({
            t: 'observed',
            ...base,
            ok: f === 'none',
            ...(f === 'none' ? {} : { reason: 'no sign' }),
          });
        }
      }
  }
  throw new Error('the engine does not end');
}

const shape = { servers: 3, agents: 2, backend: 'vxlan' } as const;
const plan = planTo('wireguard-native', shape);
const kinds = (trace: Trace): string[] =>
  trace.moves.map((m) =>
    m.t === 'steps'
      ? `${m.direction}:${m.stage.phase}`
      : m.t === 'proof'
        ? `${m.direction}:proof-${m.stage.proof ?? ''}`
        : m.t === 'guard'
          ? `guard:${m.to}`
          : m.t,
  );

describe('a run in which everything works', () => {
  const trace = play(plan, () => 'none');
  it('ends with every node on the new backend', () => {
    expect(trace.end.outcome).toBe('all-new');
  });
  it('arms every guard before it changes anything', () => {
    expect(kinds(trace)[0]).toBe('guard:armed');
    expect(trace.moves[0]).toMatchObject({ hosts: ['s1', 's2', 's3', 'a1', 'a2'] });
  });
  it('restarts servers one at a time and agents after all servers, a canary first', () => {
    const restarts = trace.moves.flatMap((m) =>
      m.t === 'steps' && m.stage.phase === 'restart' ? [m.steps.map((s) => s.host)] : [],
    );
    expect(restarts).toEqual([['s1'], ['s2'], ['s3'], ['a1'], ['a2']]);
  });
  it('moves traffic only after the new path is proven, one node first, and decides only after the real path is proven', () => {
    const order = kinds(trace);
    expect(order.indexOf('forward:proof-new')).toBeLessThan(order.indexOf('forward:unpin'));
    expect(order.lastIndexOf('forward:unpin')).toBeLessThan(order.indexOf('forward:proof-real'));
    expect(order.indexOf('forward:proof-real')).toBeLessThan(order.indexOf('guard:prepared'));
    expect(order.indexOf('guard:prepared')).toBeLessThan(order.indexOf('decide'));
    expect(order.indexOf('decide')).toBeLessThan(order.indexOf('forward:clean'));
    const moved = trace.moves.flatMap((m) =>
      m.t === 'steps' && m.stage.phase === 'unpin' ? [m.steps.length] : [],
    );
    expect(moved).toEqual([1, 4]);
  });
  it('disarms every guard last', () => {
    expect(kinds(trace).slice(-2)).toEqual(['guard:disarmed', 'end']);
  });
});

describe('a run with one failure', () => {
  const total = play(plan, () => 'none').entries.filter((e) => e.t !== 'run').length;
  it('ends all-old before the decision and never half', () => {
    for (let at = 0; at < total; at += 1)
      for (const fault of ['failed', 'not-observed'] as const) {
        const trace = play(plan, (n) => (n === at ? fault : 'none'));
        const decided = trace.entries.some((e) => e.t === 'decision');
        if (!decided && trace.entries.some((e) => e.t === 'turn'))
          expect(trace.end.outcome, `fault ${fault} at ${at}`).toBe('all-old');
        else expect(['all-new', 'mixed']).toContain(trace.end.outcome);
      }
  });
  it('takes back every step that was begun and has an undo', () => {
    for (let at = 0; at < total; at += 1) {
      const trace = play(plan, (n) => (n === at ? 'failed' : 'none'));
      if (trace.end.outcome !== 'all-old') continue;
      const began = new Set(
        trace.entries.flatMap((e) =>
          e.t === 'intent' && e.direction === 'forward' ? [e.step] : [],
        ),
      );
      const back = new Set(
        trace.entries.flatMap((e) =>
          e.t === 'observed' && e.direction === 'back' && e.ok ? [e.step] : [],
        ),
      );
      const owed = plan.stages
        .flatMap((s) => s.batches.flat())
        .filter((s) => began.has(s.id) && s.undo.length > 0);
      for (const step of owed)
        expect(back.has(step.id), `${step.id} after a fault at ${at}`).toBe(true);
    }
  });
  it('moves pods back to the old path before it touches files or K3s', () => {
    const unpin = play(plan, (_n, m) =>
      m.t === 'proof' && m.stage.proof === 'real' && m.direction === 'forward' ? 'failed' : 'none',
    );
    const order = kinds(unpin).filter((k) => k.startsWith('back:'));
    expect(order[0]).toBe('back:unpin');
    expect(order.indexOf('back:unpin')).toBeLessThan(order.indexOf('back:write'));
    expect(order.indexOf('back:write')).toBeLessThan(order.indexOf('back:restart'));
    expect(order.indexOf('back:proof-new')).toBeLessThan(order.lastIndexOf('back:unpin'));
    expect(order.at(-1)).toBe('back:prepare' in order ? 'back:prepare' : order.at(-1));
    expect(unpin.end.outcome).toBe('all-old');
  });
  it('is never reported as success when the way back fails too', () => {
    const trace = play(plan, (_n, m) =>
      m.t === 'proof' || (m.t === 'steps' && m.direction === 'back' && m.stage.phase === 'restart')
        ? 'failed'
        : 'none',
    );
    expect(trace.end.outcome).toBe('mixed');
    expect(trace.end.reasons.length).toBeGreaterThan(0);
  });
});

describe('an unknown outcome', () => {
  it('is asked again and then counts as failed', () => {
    const once = play(plan, (n) => (n === 12 ? 'unknown' : 'none'));
    expect(once.end.outcome).toBe('all-new');
    const always = play(plan, (_n, m) =>
      m.t === 'steps' && m.direction === 'forward' && m.stage.phase === 'write'
        ? 'unknown'
        : 'none',
    );
    expect(always.end.outcome).toBe('all-old');
  });
});

describe('a journal that was cut anywhere', () => {
  it('resumes to the new setting, or returns to the old one, and never decides twice', () => {
    const full = play(plan, () => 'none').entries;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: full.length }), fc.boolean(), (cut, back) => {
        const entries = full.slice(0, cut);
        if (entries.at(-1)?.t === 'end') return;
        const decided = entries.some((e) => e.t === 'decision');
        entries.push({
          t: 'run',
          at,
          run: plan.id,
          direction: back && !decided ? 'back' : 'forward',
          plan: 'h',
          epoch: 2,
        });
        const trace = play(plan, () => 'none', entries);
        expect(trace.end.outcome).toBe(back && !decided ? 'all-old' : 'all-new');
        expect(trace.entries.filter((e) => e.t === 'decision').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
  it('survives many failures without running for ever', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom<Fault>('none', 'none', 'none', 'failed', 'unknown', 'not-observed'),
          { minLength: 1, maxLength: 60 },
        ),
        (faults) => {
          const trace = play(plan, (n) => faults[n % faults.length] ?? 'none');
          const proofs = trace.entries.filter(
            (e) => e.t === 'proof' && e.ok && e.direction === 'forward',
          ).length;
          if (trace.end.outcome === 'all-new') expect(proofs).toBeGreaterThanOrEqual(2);
        },
      ),
      { numRuns: 500 },
    );
  });
});
