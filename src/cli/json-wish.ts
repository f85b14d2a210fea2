import type { Env } from './environment.ts';

/** Is JSON wanted, told from the bare words: also a command line that cannot be parsed must end in JSON. */
export function wantsJson(argv: readonly string[], env: Env): boolean {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const wishes = words.flatMap((word, at) => {
    if (word === '-o' || word === '--output') return [words[at + 1]];
    const joined = /^(?:--output=|-o)(.+)$/.exec(word)?.[1];
    return joined === undefined ? [] : [joined];
  });
  return (wishes.at(-1) ?? env['REWEAVE_OUTPUT']) === 'json';
}
