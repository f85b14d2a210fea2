/**
 * One word for POSIX sh, always in single quotes: every byte but NUL means itself in there.
 * Throws RangeError for a NUL, which no shell word can hold.
 */
export function sh(value: string): string {
  if (value.includes('\0')) throw new RangeError('a shell word cannot hold a NUL character');
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** A command line from its words, each quoted. */
export function words(argv: readonly string[]): string {
  return argv.map(sh).join(' ');
}
