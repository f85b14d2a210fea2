/** `1 file`, `3 files`, `2 batches`. */
export function plural(count: number, noun: string): string {
  const ending = count === 1 ? '' : /(ch|sh|s|x)$/.test(noun) ? 'es' : 's';
  return `${count} ${noun}${ending}`;
}
