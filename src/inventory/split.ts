/**
 * Words of one line as Python's `shlex.split(line, comments=…)` makes them: quotes joined into words,
 * a backslash escapes outside of single quotes. Throws SyntaxError when a quote stays open.
 */
export function splitWords(line: string, comments = true): string[] {
  const out: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i] ?? '';
    const next = line[i + 1];
    if (quote === "'") {
      if (c === "'") quote = '';
      else word += c;
    } else if (quote === '"') {
      if (c === '"') quote = '';
      else if (c === '\\' && (next === '"' || next === '\\')) {
        word += next;
        i += 1;
      } else word += c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= '';
    } else if (c === '\\') {
      if (next === undefined) throw new SyntaxError('nothing follows the backslash');
      word = (word ?? '') + next;
      i += 1;
    } else if (/\s/.test(c)) {
      if (word !== undefined) out.push(word);
      word = undefined;
    } else if (c === '#' && comments) {
      break; // as shlex does it: a comment starts anywhere outside of quotes
    } else word = (word ?? '') + c;
  }
  if (quote) throw new SyntaxError(`the quote ${quote} is not closed`);
  if (word !== undefined) out.push(word);
  return out;
}
