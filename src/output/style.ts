import { styleText } from 'node:util';

export type Tone = 'red' | 'yellow' | 'green' | 'cyan' | 'dim' | 'bold';

/** Colours a text, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string;

export function painter(colour: boolean): Paint {
  return colour
    ? (tone, text) => styleText(tone, text, { validateStream: false })
    : (_, text) => text;
}

export interface ColourWishes {
  readonly flag: boolean;
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `--no-color` and NO_COLOR win, then FORCE_COLOR, then: a terminal that is not dumb. */
export function wantsColour({ flag, isTTY, env }: ColourWishes): boolean {
  if (!flag || (env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return isTTY && env['TERM'] !== 'dumb';
}
