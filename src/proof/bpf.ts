import { span } from '../text/cidr.ts';

/**
 * A small assembler for classic BPF (linux/filter.h). The offsets are those of a packet socket of
 * type SOCK_DGRAM: byte 0 is the first byte of the network header.
 */
interface Line {
  readonly code: number;
  readonly k: number;
  readonly yes?: string;
  readonly no?: string;
}
type Item = Line | { readonly label: string };

/** Bytes of an accepted packet that are copied to the program. */
const SNAP = 128;
const ETHERTYPE = 0xfffff000;
const ld = (k: number): Item => ({ code: 0x20, k });
const ldh = (k: number): Item => ({ code: 0x28, k });
const ldb = (k: number): Item => ({ code: 0x30, k });
const ldx = (k: number): Item => ({ code: 0x40, k });
const ldhx = (k: number): Item => ({ code: 0x48, k });
const ldbx = (k: number): Item => ({ code: 0x50, k });
/** X = length of the IPv4 header. */
const header: Item = { code: 0xb1, k: 0 };
const and = (k: number): Item => ({ code: 0x54, k });
const ret = (k: number): Item => ({ code: 0x06, k });
const jeq = (k: number, yes: string, no: string): Item => ({ code: 0x15, k, yes, no });
const jgt = (k: number, yes: string, no: string): Item => ({ code: 0x25, k, yes, no });
const jset = (k: number, yes: string, no: string): Item => ({ code: 0x45, k, yes, no });
const at = (label: string): Item => ({ label });

/** Jumps to `yes` when the address loaded by `load` is in one of the prefixes, falls through else. */
function inside(load: Item, cidrs: readonly string[], yes: string): Item[] {
  return cidrs.flatMap((cidr) => {
    const { first, length } = span(cidr);
    const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
    return [load, and(mask), jeq(first, yes, '+')];
  });
}

function anyOf(load: Item, values: readonly number[], yes: string): Item[] {
  return values.flatMap((value) => [load, jeq(value, yes, '+')]);
}

/** UDP in an IPv4 packet that is no later fragment; X is its header's length afterwards. */
const udp: readonly Item[] = [
  ldb(9),
  jeq(17, '+', 'drop'),
  ldh(6),
  jset(0x1fff, 'drop', '+'),
  header,
];
const end: readonly Item[] = [at('drop'), ret(0), at('take'), ret(SNAP)];
const ip4: readonly Item[] = [ld(ETHERTYPE), jeq(0x0800, '+', 'drop')];

/**
 * Pod packets in the clear: source and destination in the cluster's prefixes, or VXLAN whose
 * inner packet is IPv4 with either of them in those prefixes.
 */
export function clearFilter(cidrs: readonly string[], vxlanPorts: readonly number[]): string {
  return assemble([
    ...ip4,
    ...inside(ld(12), cidrs, 'source'),
    { code: 0x05, k: 0, yes: 'tunnel' },
    at('source'),
    ...inside(ld(16), cidrs, 'take'),
    at('tunnel'),
    ...udp,
    ...anyOf(ldhx(2), vxlanPorts, 'inner'),
    ret(0),
    at('inner'),
    ldhx(28),
    jeq(0x0800, '+', 'drop'),
    ...inside(ldx(42), cidrs, 'take'),
    ...inside(ldx(46), cidrs, 'take'),
    ...end,
  ]);
}

/** WireGuard data (type 4) with a payload: neither handshakes nor keep-alives prove traffic. */
export function encryptedFilter(ports: readonly number[]): string {
  return assemble([
    ...ip4,
    ...udp,
    ...anyOf(ldhx(0), ports, 'data'),
    ...anyOf(ldhx(2), ports, 'data'),
    ret(0),
    at('data'),
    ldbx(8),
    jeq(4, '+', 'drop'),
    ldhx(4),
    jgt(40, 'take', 'drop'),
    ...end,
  ]);
}

/** `code,jt,jf,k;…`, jumps resolved; `+` is the next instruction. */
function assemble(items: readonly Item[]): string {
  const places = new Map<string, number>();
  const lines: Line[] = [];
  for (const item of items)
    if ('label' in item) places.set(item.label, lines.length);
    else lines.push(item);
  const hop = (from: number, label: string | undefined): number => {
    if (label === undefined || label === '+') return 0;
    const hops = (places.get(label) ?? Number.NaN) - from - 1;
    if (!(hops >= 0 && hops <= 255)) throw new RangeError(`BPF jump to ${label} is out of reach`);
    return hops;
  };
  return lines
    .map(({ code, k, yes, no }, index) =>
      code === 0x05
        ? [code, 0, 0, hop(index, yes)].join(',')
        : [code, hop(index, yes), hop(index, no), k].join(','),
    )
    .join(';');
}
