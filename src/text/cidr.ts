/** IPv4 arithmetic on dotted quads and prefixes. Numbers are unsigned 32-bit. */

export function ip4(address: string): number {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((p) => !Number.isInteger(p) || p < 0 || p > 255))
    throw new RangeError(`not an IPv4 address: ${address}`);
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

export function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/** `[first address, number of addresses]` of a prefix; a bare address is a /32. */
export function span(cidr: string): { first: number; size: number; length: number } {
  const [address = '', length = '32'] = cidr.split('/');
  const bits = Number(length);
  const size = 2 ** (32 - bits);
  return { first: Math.floor(ip4(address) / size) * size, size, length: bits };
}

export function isIp4(text: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+(\/\d+)?$/.test(text);
}

/** Does `outer` hold all addresses of `inner`? Prefixes or bare addresses, one family. */
export function covers(outer: string, inner: string): boolean {
  if (!isIp4(outer) || !isIp4(inner)) return false;
  const a = span(outer);
  const b = span(inner);
  return b.first >= a.first && b.first + b.size <= a.first + a.size;
}

/** The network of an address with prefix: `10.42.2.1/24` → `10.42.2.0/24`. */
export function network(cidr: string): string {
  const { first, length } = span(cidr);
  return `${dotted(first)}/${length}`;
}

/** The first address of a prefix, as Flannel puts it on its tunnel links. */
export function base(cidr: string): string {
  return dotted(span(cidr).first);
}

/** Highest usable addresses of a prefix that are not `taken`, highest first. */
export function highest(cidr: string, count: number, taken: ReadonlySet<string>): string[] {
  const { first, size } = span(cidr);
  const found: string[] = [];
  for (let at = first + size - 2; at > first + 1 && found.length < count; at -= 1)
    if (!taken.has(dotted(at))) found.push(dotted(at));
  return found;
}
