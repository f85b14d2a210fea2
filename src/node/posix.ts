/**
 * Tag for shell text that is written in TypeScript: backslashes stay as they are, and `$\{` is the
 * shell's own `${`. One newline at the end, none at the start.
 */
export function posix(strings: TemplateStringsArray, ...values: readonly string[]): string {
  return `${String.raw(strings, ...values)
    .replaceAll('$\\{', '${')
    .trim()}\n`;
}
