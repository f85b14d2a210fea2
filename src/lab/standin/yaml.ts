// The YAML that people write into a K3s configuration: scalars, flow lists, block lists.
// Only the first document counts. Not a YAML parser.

export interface ConfigEntry {
  readonly key: string;
  readonly values: readonly string[];
  /** An empty list makes no flag at all, a list is kept a list. */
  readonly list: boolean;
}

export function parseConfig(text: string): ConfigEntry[] {
  const found = new Map<string, ConfigEntry>();
  let open: { key: string; values: string[] } | undefined;
  let started = false;
  for (const raw of text.split('\n')) {
    const line = withoutComment(raw.replace(/\r$/, '')).trimEnd();
    if (line === '---') {
      if (started) break;
      continue;
    }
    if (line.trim() === '') continue;
    started = true;
    const item = /^\s*-(?:\s+(.*))?$/.exec(line);
    if (item && open) {
      open.values.push(scalar(item[1] ?? ''));
      found.set(open.key, { key: open.key, values: open.values, list: true });
      continue;
    }
    const pair = /^("[^"]*"|'[^']*'|[^\s:#][^:]*?)\s*:(?:\s+(.*))?$/.exec(line);
    if (!pair) throw new Error(`cannot read line: ${line}`);
    const key = scalar(pair[1] ?? '');
    const value = (pair[2] ?? '').trim();
    open = value === '' ? { key, values: [] } : undefined;
    found.set(key, entryOf(key, value));
  }
  return [...found.values()];
}

function entryOf(key: string, value: string): ConfigEntry {
  const flow = /^\[(.*)\]$/.exec(value);
  if (!flow) return { key, values: [scalar(value)], list: false };
  const inner = (flow[1] ?? '').trim();
  const values = inner === '' ? [] : inner.split(',').map((part) => scalar(part.trim()));
  return { key, values, list: true };
}

/** YAML 1.1: yes and on are true; an octal number is a number. */
function scalar(text: string): string {
  if (/^".*"$/.test(text)) return JSON.parse(text) as string;
  if (/^'.*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  if (/^(y|yes|on|true)$/i.test(text)) return 'true';
  if (/^(n|no|off|false)$/i.test(text)) return 'false';
  if (/^(~|null)$/i.test(text)) return '';
  if (/^0[0-7]+$/.test(text)) return String(Number.parseInt(text, 8));
  return text;
}

function withoutComment(line: string): string {
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (quote) quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '#' && (at === 0 || /\s/.test(line.charAt(at - 1)))) {
      return line.slice(0, at);
    }
  }
  return line;
}
