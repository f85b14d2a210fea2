import { describe, expect, test } from 'vitest';
import { Track } from '../../src/proof/track.ts';

/** 100 ms slots; times in ms. */
const track = () => new Track(100, 0);

test('a meter that tells each second is believed', () => {
  const t = track();
  t.line(2000, 10, 1000, [[1, 3, 2, 0, 0]]);
  expect(t.tally(0, 2500)).toEqual({ sent: 10, lost: 0, longest: 0, unmeasured: 0 });
  expect(t.tally(1, 2500)).toEqual({ sent: 10, lost: 3, longest: 2, unmeasured: 0 });
});

describe('silence', () => {
  test('of three seconds is not loss yet, of more is loss from the last settled slot on', () => {
    const t = track();
    t.line(2000, 10, 1000, []);
    expect(t.tally(0, 5000).lost).toBe(0);
    expect(t.tally(0, 5100)).toEqual({ sent: 51, lost: 41, longest: 41, unmeasured: 41 });
  });

  test('adds to a run of lost slots that was going on', () => {
    const t = track();
    t.line(2000, 10, 1000, [[0, 4, 4, 4, 0]]);
    expect(t.tally(0, 6000)).toMatchObject({ lost: 54, longest: 54 });
    expect(t.tally(1, 6000)).toMatchObject({ lost: 50, longest: 50 });
  });

  test('is taken back when the same process speaks again', () => {
    const t = track();
    t.line(2000, 10, 1000, []);
    expect(t.tally(0, 9000).lost).toBe(80);
    t.line(9000, 80, 1000, [[0, 1, 1, 0, 0]]);
    expect(t.tally(0, 9000)).toEqual({ sent: 80, lost: 1, longest: 1, unmeasured: 0 });
  });

  test('from the very start is loss', () => {
    expect(track().tally(0, 10_000)).toMatchObject({ sent: 100, lost: 100, longest: 100 });
  });
});

describe('a new process', () => {
  test('leaves the time between as loss for good', () => {
    const t = track();
    t.line(2000, 10, 1000, []);
    t.restart(3000);
    t.line(5000, 10, 1000, []);
    expect(t.tally(0, 5000)).toEqual({ sent: 40, lost: 20, longest: 20, unmeasured: 20 });
  });

  test('joins the runs before and after the time between', () => {
    const t = track();
    t.line(2000, 10, 1000, [[0, 4, 4, 4, 0]]);
    t.restart(3000);
    t.line(5000, 10, 1000, [[0, 3, 3, 0, 3]]);
    expect(t.tally(0, 5000)).toMatchObject({ lost: 27, longest: 27 });
    expect(t.tally(1, 5000)).toMatchObject({ lost: 20, longest: 20 });
  });

  test('keeps the longest run of former processes', () => {
    const t = track();
    t.line(2000, 10, 1000, [[0, 5, 5, 0, 0]]);
    t.restart(1500);
    t.line(4000, 20, 500, []);
    t.restart(4000);
    expect(t.tally(0, 4000).longest).toBe(5);
    expect(t.tally(1, 4000).longest).toBe(5);
    t.line(9000, 40, 1000, []);
    t.restart(8100);
    expect(t.tally(0, 8100)).toMatchObject({ longest: 5, lost: 5 + 5 + 5 + 1 });
  });

  test('that dies before it told anything adds its time to the same gap', () => {
    const t = track();
    t.line(2000, 10, 1000, [[0, 2, 2, 2, 0]]);
    t.restart(3000);
    t.restart(4000);
    t.line(6000, 10, 1000, []);
    expect(t.tally(0, 6000)).toMatchObject({ lost: 32, longest: 32 });
    expect(t.tally(1, 6000)).toMatchObject({ lost: 30, longest: 30 });
  });
});
