import { byteOffset } from '../text/bytes.ts';
import { type FileEdit, made, type Refusal, refuse } from './file-edit.ts';
import { flagOf } from './flags.ts';
import { type Origin, type Setting, settingWords } from './resolve.ts';
import type { UnitWord } from './unit-word.ts';

/** Replaces the value of a flag inside its word of ExecStart, quotes and lines kept. */
export function inUnit(
  setting: Setting,
  origin: Extract<Origin, { t: 'unit' }>,
  value: string,
): FileEdit | Refusal {
  const hint = `Write --${setting.flag}=${value} into ExecStart by hand, then \`systemctl daemon-reload\`.`;
  if (origin.word === undefined)
    return refuse(
      `the unit files of ${origin.unit} do not say what systemd has loaded`,
      'Run `systemctl daemon-reload`, then look again.',
    );
  if (!/^[\w./:,=@+-]+$/.test(value)) return refuse(`'${value}' needs quotes in a unit file`, hint);
  const range = valueIn(origin.word, setting);
  if (range === undefined)
    return refuse(
      `${settingWords(origin)}: the value is written in a way that is not edited`,
      hint,
      origin.word.path,
    );
  const { source, path } = origin.word;
  const splice = {
    start: byteOffset(source, range.start),
    end: byteOffset(source, range.end),
    text: value,
  };
  return made(path, Buffer.from(source), [splice], setting, value, true);
}

/** Where the value stands inside its word; undefined when quotes or escapes run through it. */
function valueIn(
  { word, source }: UnitWord,
  { flag, value = '' }: Setting,
): { start: number; end: number } | undefined {
  const skip = word.value === value ? 0 : word.value.indexOf('=') + 1;
  if (
    word.value.slice(skip) !== value ||
    (skip === 0 && word.value.startsWith('-') && flagOf(flag)?.kind === 'bool')
  )
    return undefined;
  const before = skip === 0 ? undefined : word.chars[skip - 1];
  if (value === '') {
    const quoted = /^(''|"")$/.test(source.slice(word.start, word.end));
    const at = before?.end ?? (quoted ? word.start + 1 : undefined);
    return at === undefined ? undefined : { start: at, end: at };
  }
  const start = word.chars[skip]?.start;
  const end = word.chars.at(-1)?.end;
  return start !== undefined && end !== undefined && source.slice(start, end) === value
    ? { start, end }
    : undefined;
}
