/**
 * A value of an INI inventory, typed as Ansible does it: what Python's `ast.literal_eval` reads is
 * that value, everything else is the text itself (ansible: plugins/inventory/ini.py, _parse_value).
 */
export function literal(text: string): unknown {
  const reader = { text, at: 0 };
  try {
    const value = read(reader);
    space(reader);
    return reader.at === text.length ? value : text;
  } catch (error) {
    if (error instanceof NotALiteral) return text;
    throw error;
  }
}

class NotALiteral extends Error {}
interface Reader {
  readonly text: string;
  at: number;
}

const NAMES: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

function read(r: Reader): unknown {
  space(r);
  const c = r.text[r.at] ?? '';
  if (c === '"' || c === "'") return strings(r);
  if (c === '[') return list(r, ']');
  if (c === '(') return list(r, ')');
  if (c === '{') return dict(r);
  return number(r) ?? name(r);
}

function name(r: Reader): unknown {
  const word = /^[A-Za-z]+/.exec(r.text.slice(r.at))?.[0] ?? '';
  if (!Object.hasOwn(NAMES, word)) throw new NotALiteral();
  r.at += word.length;
  return NAMES[word];
}

function number(r: Reader): number | undefined {
  const rest = r.text.slice(r.at);
  const special = /^([+-]?)0(?:x([0-9a-fA-F]+)|o([0-7]+)|b([01]+))(?![\w.])/.exec(rest);
  const plain = /^[+-]?(?:0+|[1-9]\d*(?:_\d+)*)(?![\w.])/.exec(rest);
  const float = /^[+-]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?(?![\w.])/.exec(rest);
  const found = special ?? plain ?? float;
  if (!found) return undefined;
  r.at += found[0].length;
  if (special) {
    const digits = special[2] ?? special[3] ?? special[4] ?? '';
    const value = Number.parseInt(digits, special[2] ? 16 : special[3] ? 8 : 2);
    return special[1] === '-' ? -value : value;
  }
  return Number(found[0].replaceAll('_', ''));
}

/** Adjacent strings are one, as in Python. */
function strings(r: Reader): string {
  let out = '';
  for (space(r); r.text[r.at] === '"' || r.text[r.at] === "'"; space(r)) out += string(r);
  return out;
}

function string(r: Reader): string {
  const quote = r.text[r.at];
  let out = '';
  for (r.at += 1; r.text[r.at] !== quote; r.at += 1) {
    const c = r.text[r.at];
    if (c === undefined) throw new NotALiteral();
    if (c !== '\\') out += c;
    else {
      r.at += 1;
      const next = r.text[r.at] ?? '';
      out += ESCAPES[next] ?? `\\${next}`;
    }
  }
  r.at += 1;
  return out;
}

function list(r: Reader, end: string): unknown {
  const items: unknown[] = [];
  let commas = 0;
  for (r.at += 1; ; ) {
    space(r);
    if (r.text[r.at] === end) break;
    items.push(read(r));
    space(r);
    if (r.text[r.at] === ',') {
      commas += 1;
      r.at += 1;
    } else if (r.text[r.at] !== end) throw new NotALiteral();
  }
  r.at += 1;
  return end === ')' && items.length === 1 && commas === 0 ? items[0] : items;
}

function dict(r: Reader): unknown {
  const pairs: [string, unknown][] = [];
  for (r.at += 1; ; ) {
    space(r);
    if (r.text[r.at] === '}') break;
    const key = read(r);
    space(r);
    if (r.text[r.at] !== ':') throw new NotALiteral();
    r.at += 1;
    pairs.push([String(key), read(r)]);
    space(r);
    if (r.text[r.at] === ',') r.at += 1;
    else if (r.text[r.at] !== '}') throw new NotALiteral();
  }
  r.at += 1;
  return Object.fromEntries(pairs);
}

function space(r: Reader): void {
  while (/\s/.test(r.text[r.at] ?? '')) r.at += 1;
}
