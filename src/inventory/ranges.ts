const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const LIMIT = 65_536;

/**
 * Host names of one pattern: `web[01:10].lan`, `db-[a:c]`, `n[1:9:2]`, several ranges in one name.
 * Both ends are included and leading zeros kept, as in Ansible. Throws RangeError with the reason.
 */
export function expandHosts(pattern: string): string[] {
  const found = /^(.*?)\[([^\]]*:[^\]]*)\](.*)$/s.exec(pattern);
  if (!found) {
    if (pattern.includes('[') && !pattern.startsWith('['))
      throw new RangeError(`'${pattern}' has a bracket that is no range such as [01:10]`);
    return [pattern];
  }
  const [, head = '', range = '', tail = ''] = found;
  const names = members(range).flatMap((m) => expandHosts(tail).map((rest) => head + m + rest));
  if (names.length > LIMIT) throw new RangeError(`'${pattern}' makes more than ${LIMIT} hosts`);
  return names;
}

/** A pattern and the port behind it: `host:2222`, `[fe80::1]:2222`; a bare IPv6 address has no port. */
export function splitPort(pattern: string): { pattern: string; port: number | undefined } {
  const bracketed = /^\[([0-9a-fA-F:.%\w]*:[^\]]*:[^\]]*)\](?::(\d+))?$/.exec(pattern);
  if (bracketed && /^[0-9a-fA-F:.]+(%\w+)?$/.test(bracketed[1] ?? ''))
    return { pattern: bracketed[1] ?? '', port: bracketed[2] ? Number(bracketed[2]) : undefined };
  const outside = pattern.replace(/\[[^\]]*\]/g, '');
  const colons = outside.split(':').length - 1;
  const port = /^(.*):(\d+)$/s.exec(pattern);
  if (colons === 1 && port) return { pattern: port[1] ?? '', port: Number(port[2]) };
  return { pattern, port: undefined };
}

function members(range: string): string[] {
  const [first = '', last = '', step = '1', more] = range.split(':');
  const by = Number(step);
  if (more !== undefined || !/^\d+$/.test(step) || by < 1)
    throw new RangeError(`'[${range}]' is no range: write [first:last] or [first:last:step]`);
  if (/^\d*$/.test(first) && /^\d+$/.test(last)) return numbers(first || '0', last, by, range);
  if (/^[a-zA-Z]$/.test(first) && /^[a-zA-Z]$/.test(last)) return letters(first, last, by, range);
  throw new RangeError(`'[${range}]' is no range: both ends must be numbers or single letters`);
}

function numbers(first: string, last: string, by: number, range: string): string[] {
  const width = first.startsWith('0') && first.length > 1 ? first.length : 0;
  if (width > 0 && width !== last.length)
    throw new RangeError(`'[${range}]': with leading zeros both ends must be equally long`);
  const [from, to] = [Number(first), Number(last)];
  if (from > to) throw new RangeError(`'[${range}]' runs backwards`);
  if (to - from >= LIMIT) throw new RangeError(`'[${range}]' makes more than ${LIMIT} hosts`);
  const out: string[] = [];
  for (let n = from; n <= to; n += by) out.push(String(n).padStart(width, '0'));
  return out;
}

function letters(first: string, last: string, by: number, range: string): string[] {
  const row = LETTERS + LETTERS.toUpperCase();
  const [from, to] = [row.indexOf(first), row.indexOf(last)];
  if (from > to) throw new RangeError(`'[${range}]' runs backwards`);
  return row
    .slice(from, to + 1)
    .split('')
    .filter((_, i) => i % by === 0);
}
