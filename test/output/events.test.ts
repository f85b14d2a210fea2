import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { jsonLine } from '../../src/output/json.ts';
import { plainLine } from '../../src/output/plain.ts';
import { eventSink } from '../../src/output/sink.ts';

const at = new Date('2026-05-04T10:20:30.000Z');
const event = (over: Partial<Event> = {}): Event => ({
  v: 1,
  ts: at.toISOString(),
  seq: 1,
  run: '',
  type: 'step',
  level: 'info',
  msg: 'restarted',
  ...over,
});
const quiet = { colour: false, verbosity: 0 };

describe('the event sink', () => {
  test('numbers events without a gap and stamps them', () => {
    const seen: Event[] = [];
    const { emit } = eventSink(
      (e) => seen.push(e),
      () => at,
    );
    emit({ type: 'log', level: 'info', msg: 'a' });
    emit({ type: 'log', level: 'info', msg: 'b' });
    expect(seen.map((e) => [e.v, e.seq, e.ts, e.msg])).toEqual([
      [1, 1, '2026-05-04T10:20:30.000Z', 'a'],
      [1, 2, '2026-05-04T10:20:30.000Z', 'b'],
    ]);
  });

  test('names the run on the event that starts it and on all that follow', () => {
    const seen: Event[] = [];
    const sink = eventSink(
      (e) => seen.push(e),
      () => at,
    );
    sink.emit({ type: 'log', level: 'info', msg: 'before' });
    sink.emit({ type: 'run', level: 'info', msg: 'go', data: { run: 'r-1' } });
    sink.emit({ type: 'log', level: 'info', msg: 'after' });
    expect(seen.map((e) => e.run)).toEqual(['', 'r-1', 'r-1']);
    expect(sink.run()).toBe('r-1');
  });

  test.each([undefined, null, 'r-2', {}, { run: 7 }])(
    'keeps the run when a run event carries %j instead of a name',
    (data) => {
      const sink = eventSink(
        () => {},
        () => at,
      );
      sink.emit({ type: 'run', level: 'info', msg: 'go', data: { run: 'r-1' } });
      sink.emit({ type: 'run', level: 'info', msg: 'again', data });
      expect(sink.run()).toBe('r-1');
    },
  );
});

describe('a JSON line', () => {
  test('is one line, whatever the message holds', () => {
    const line = jsonLine(event({ msg: 'a\nb\r\u2028c', data: { text: 'x\ny' } }));
    expect(line.endsWith('\n')).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(/[\n\r]/);
    expect(JSON.parse(line)).toMatchObject({ msg: 'a\nb\r\u2028c', data: { text: 'x\ny' } });
  });

  test('leaves out keys without a value', () => {
    expect(Object.keys(JSON.parse(jsonLine(event())) as object)).toEqual([
      'v',
      'ts',
      'seq',
      'run',
      'type',
      'level',
      'msg',
    ]);
  });
});

describe('a plain line', () => {
  test('has the time, the host and the message', () => {
    expect(plainLine(event({ host: 's1' }), quiet)).toMatch(
      /^\d\d:\d\d:\d\d {2}s1 {8}restarted\n$/,
    );
  });

  test('does without a host', () => {
    expect(plainLine(event(), quiet)).toMatch(/^\d\d:\d\d:\d\d {2}restarted\n$/);
  });

  test('has no escape sequence without colour, whatever a remote machine said', () => {
    const line = plainLine(event({ msg: '\u001b[2J\u001b]0;owned\u0007', level: 'error' }), quiet);
    expect(line).not.toContain('\u001b');
    expect(line).toContain('\\x1b[2J\\x1b]0;owned\\x07');
  });

  test('shows debug events only when asked for', () => {
    expect(plainLine(event({ level: 'debug' }), quiet)).toBe('');
    expect(plainLine(event({ level: 'debug' }), { ...quiet, verbosity: 1 })).toContain('restarted');
  });

  test.each(['plan', 'summary', 'finding', 'problem'] as const)(
    'is nothing for a %s, which has a text of its own',
    (type) => {
      expect(plainLine(event({ type }), quiet)).toBe('');
    },
  );

  test('indents the further lines of a message', () => {
    expect(plainLine(event({ msg: 'one\ntwo' }), quiet)).toMatch(/one\n {10}two\n$/);
  });

  test('colours warnings when colour is wanted', () => {
    expect(plainLine(event({ level: 'warn' }), { ...quiet, colour: true })).toContain('\u001b[33m');
  });
});
