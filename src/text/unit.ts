/** A character of a word and where it stands in the file (string indexes). */
interface Char {
  readonly c: string;
  readonly start: number;
  readonly end: number;
}

/** One word of a unit's command line. */
export interface Word {
  readonly value: string;
  /** Raw `[start, end)` of the whole word, quotes included (string indexes). */
  readonly start: number;
  readonly end: number;
  readonly chars: readonly Char[];
}

export interface Command {
  readonly words: readonly Word[];
  /** Special prefixes of the executable (`-`, `@`, `:`, `+`, `!`), already taken off the first word. */
  readonly prefix: string;
  readonly start: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/**
 * The `ExecStart=` of a unit file in effect, or `reset` when the file only clears it, or undefined
 * when it has none. Knows sections, comments, `\` continuation, systemd's quoting; keeps positions.
 */
export function execStart(source: string): Command | 'reset' | undefined {
  let section = '';
  let found: Command | 'reset' | undefined;
  for (let at = 0; at < source.length; ) {
    const end = lineEnd(source, at);
    const line = source.slice(at, end);
    const header = /^\s*\[([^\]]*)\]\s*$/.exec(line);
    const assign = /^[ \t]*ExecStart[ \t]*=/.exec(line);
    if (header) section = header[1] ?? '';
    const stop = /^\s*[#;]/.test(line) ? end : logicalEnd(source, at);
    if (assign && section === 'Service') {
      const command = words(source, at + assign[0].length, stop);
      found = command.words.length === 0 ? 'reset' : command;
    }
    at = stop + 1;
  }
  return found;
}

function lineEnd(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end;
}

function continues(line: string): boolean {
  return /\\\r?$/.test(line);
}

/** End of a logical line: through `\` line ends, and through comment lines between continued ones. */
function logicalEnd(source: string, from: number): number {
  let end = lineEnd(source, from);
  let open = continues(source.slice(from, end));
  while (open && end < source.length) {
    const next = lineEnd(source, end + 1);
    const line = source.slice(end + 1, next);
    if (!/^\s*[#;]/.test(line)) open = continues(line);
    end = next;
  }
  return end;
}

function words(source: string, from: number, end: number): Command {
  const list: Word[] = [];
  let at = from;
  const blank = (): number => {
    const rest = source.slice(at, end);
    const comment = /^\\\r?\n(?:[ \t]*[#;][^\n]*\n)*/.exec(rest);
    return comment?.[0].length ?? /^\s+/.exec(rest)?.[0].length ?? 0;
  };
  while (at < end) {
    const skip = blank();
    if (skip > 0) {
      at += skip;
      continue;
    }
    if (/^\\\r?$/.test(source.slice(at, end))) break;
    const word = readWord(source, at, end);
    list.push(word);
    at = word.end;
  }
  return stripPrefix(list, from);
}

function readWord(source: string, from: number, end: number): Word {
  const chars: Char[] = [];
  let quote = '';
  let at = from;
  while (at < end) {
    const c = source[at] ?? '';
    if (quote === '' && /\s/.test(c)) break;
    const joined = /^\\\r?\n/.exec(source.slice(at, end))?.[0];
    if (joined !== undefined) {
      if (quote === '') break;
      chars.push({ c: ' ', start: at, end: at + joined.length });
      at += joined.length;
    } else if (c === '\\' && at + 1 < end) {
      const decoded = escape(source, at, end);
      chars.push({ c: decoded.c, start: at, end: decoded.end });
      at = decoded.end;
    } else {
      if (c === quote) quote = '';
      else if (quote === '' && (c === '"' || c === "'")) quote = c;
      else chars.push({ c, start: at, end: at + 1 });
      at += 1;
    }
  }
  return { value: chars.map((x) => x.c).join(''), start: from, end: at, chars };
}

function escape(source: string, at: number, end: number): { c: string; end: number } {
  const hex = /^\\x([0-9a-fA-F]{2})/.exec(source.slice(at, end));
  if (hex) return { c: String.fromCharCode(Number.parseInt(hex[1] ?? '0', 16)), end: at + 4 };
  const next = source[at + 1] ?? '';
  return { c: ESCAPES[next] ?? `\\${next}`, end: at + 2 };
}

function stripPrefix(list: readonly Word[], start: number): Command {
  const [first, ...rest] = list;
  if (first === undefined) return { words: [], prefix: '', start };
  const prefix = /^[-@:+!|]*/.exec(first.value)?.[0] ?? '';
  const chars = first.chars.slice(prefix.length);
  return {
    words: [{ ...first, value: first.value.slice(prefix.length), chars }, ...rest],
    prefix,
    start,
  };
}
