/** Shell text as written, backslashes and all; `$\\{` stands for the shell's own `${`. */
export function posix(text: TemplateStringsArray, ...none: readonly never[]): string {
  if (none.length > 0) throw new RangeError('shell text takes no values: quote them with sh()');
  return text.raw.join('').replaceAll('$\\{', '${');
}
