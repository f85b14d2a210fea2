import { EXIT, type Problem, ReweaveError } from '../model/problem.ts';

/** One framed answer of the facts script. */
export interface Section {
  readonly name: string;
  /** What follows the name on its begin line, e.g. the path of a file. */
  readonly subject: string;
  readonly body: string;
  readonly exit: number;
}

/** The answer of one section is not what its command prints. */
export function garbled(section: string, detail: string): ReweaveError {
  const problem: Problem = {
    code: 'facts.garbled',
    exit: EXIT.unreachable,
    summary: `The node's answer cannot be understood (section ${section})`,
    detail,
    hint: "The connection may have cut the answer short: look again. If it stays, run the section's command on the node.",
  };
  return new ReweaveError(problem);
}

/**
 * Splits the script's output into its framed answers, in order. What stands outside (login banners)
 * is ignored. @throws ReweaveError `facts.garbled` with the section where the answer breaks off.
 */
export function sections(output: string, marker: string): Section[] {
  const found: Section[] = [];
  const frame = new RegExp(`^${marker} (begin|end|done)(?: (\\S+))?(?: (.*))?$`, 'gm');
  let open: { name: string; subject: string; from: number } | undefined;
  let done = false;
  for (const match of output.matchAll(frame)) {
    const [line, kind, name = '', rest = ''] = match;
    if (kind === 'done') done = true;
    else if (kind === 'begin') {
      if (open !== undefined)
        throw garbled(open.name, 'the next section begins before this one ends');
      open = { name, subject: rest, from: match.index + line.length + 1 };
    } else {
      if (open === undefined || open.name !== name)
        throw garbled(name, 'the section ends without a beginning');
      const body = output.slice(open.from, Math.max(open.from, match.index - 1));
      found.push({ name, subject: open.subject, body, exit: Number(rest) });
      open = undefined;
    }
  }
  if (open !== undefined) throw garbled(open.name, 'the answer ends inside this section');
  if (!done) throw garbled(found.at(-1)?.name ?? 'ids', 'the answer ends after this section');
  return found;
}

/** Answers by name; a section that was not asked for reads as empty. */
export class Answers {
  readonly #all: readonly Section[];
  constructor(all: readonly Section[]) {
    this.#all = all;
  }
  all(name: string): readonly Section[] {
    return this.#all.filter((s) => s.name === name);
  }
  /** The text of a section; empty when it is missing. */
  text(name: string): string {
    return this.all(name)[0]?.body ?? '';
  }
  lines(name: string): string[] {
    return this.text(name)
      .split('\n')
      .filter((line) => line !== '');
  }
  /** `key=value` lines. */
  pairs(name: string): Record<string, string> {
    return keyValues(this.text(name));
  }
  /** JSON of a section; undefined when its command failed or said nothing. Garbled JSON is an error. */
  json(name: string): unknown {
    const section = this.all(name)[0];
    if (section === undefined || section.body.trim() === '') return undefined;
    try {
      return JSON.parse(section.body);
    } catch (error) {
      if (section.exit !== 0) return undefined;
      throw garbled(name, error instanceof Error ? error.message : String(error));
    }
  }
  /** A JSON array of objects; empty objects, which iproute2 prints for filtered entries, are left out. */
  objects(name: string): Readonly<Record<string, unknown>>[] {
    const value = this.json(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw garbled(name, 'expected a JSON list');
    return value.filter(
      (x): x is Record<string, unknown> =>
        typeof x === 'object' && x !== null && Object.keys(x).length > 0,
    );
  }
}

/** `key=value` lines; later ones win; lines without `=` are ignored. */
export function keyValues(text: string): Record<string, string> {
  const entries = text.split('\n').flatMap((line): [string, string][] => {
    const at = line.indexOf('=');
    return at > 0 ? [[line.slice(0, at).trim(), line.slice(at + 1).trim()]] : [];
  });
  return Object.fromEntries(entries);
}
