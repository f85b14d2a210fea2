import type { Event } from '../model/event.ts';
import { printable } from './printable.ts';
import { painter, type Tone } from './style.ts';
import { padTo } from './width.ts';

export interface PlainOptions {
  readonly colour: boolean;
  /** 0 shows no debug events. */
  readonly verbosity: number;
}

/** Events that also have a text of their own, which is printed instead. */
const ELSEWHERE: readonly Event['type'][] = ['plan', 'summary', 'finding', 'problem'];
const TONES: Readonly<Record<Event['level'], Tone | undefined>> = {
  debug: 'dim',
  info: undefined,
  warn: 'yellow',
  error: 'red',
};

/** `12:04:31  host  message` for people, or nothing. Times are local, as on the reader's clock. */
export function plainLine(event: Event, { colour, verbosity }: PlainOptions): string {
  if (ELSEWHERE.includes(event.type) || (event.level === 'debug' && verbosity < 1)) return '';
  const paint = painter(colour);
  const tone = TONES[event.level];
  const text = printable(event.msg);
  const message = tone === undefined ? text : paint(tone, text);
  const host = event.host === undefined ? '' : `${paint('cyan', padTo(event.host, 8))}  `;
  const lines = message.split('\n').join(`\n${' '.repeat(10)}`);
  return `${paint('dim', clockOf(event.ts))}  ${host}${lines}\n`;
}

function clockOf(ts: string): string {
  const at = new Date(ts);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join(':');
}
