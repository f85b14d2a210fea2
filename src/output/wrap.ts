import { displayWidth } from './width.ts';

/**
 * Wraps words to `columns`, the first line behind `lead`, the others indented as far. A word longer
 * than a line stays whole (paths and commands must remain copyable).
 */
export function wrap(text: string, columns: number, lead = ''): string {
  const indent = ' '.repeat(displayWidth(lead));
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const word of text.split(/\s+/).filter((w) => w !== '')) {
    const size = displayWidth(word);
    if (line !== '' && indent.length + width + 1 + size > columns) {
      lines.push(line);
      line = word;
      width = size;
    } else {
      width += line === '' ? size : 1 + size;
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((l, i) => `${i === 0 ? lead : indent}${l}`.trimEnd()).join('\n');
}

/** As `wrap`, for a text whose own line breaks mean something. */
export function wrapLines(text: string, columns: number, lead = ''): string {
  const indent = ' '.repeat(displayWidth(lead));
  return text
    .split('\n')
    .map((line, i) => wrap(line, columns, i === 0 ? lead : indent))
    .join('\n');
}
