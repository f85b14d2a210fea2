/** A YAML value as Go's yaml.v2 makes it: integers exact, maps in their order. */
export type YamlValue =
  | { readonly t: 'null' }
  | { readonly t: 'bool'; readonly v: boolean }
  | { readonly t: 'int'; readonly v: bigint }
  | { readonly t: 'float'; readonly v: number }
  | { readonly t: 'str'; readonly v: string }
  | { readonly t: 'list'; readonly v: readonly YamlValue[] }
  | { readonly t: 'map'; readonly v: readonly (readonly [YamlValue, YamlValue])[] };

const WORDS: ReadonlyMap<string, YamlValue> = new Map<string, YamlValue>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (w) => [w, { t: 'bool', v: true }] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (w) => [w, { t: 'bool', v: false }] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((w) => [w, { t: 'null' }] as const),
  ...['.nan', '.NaN', '.NAN'].map((w) => [w, { t: 'float', v: Number.NaN }] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map(
    (w) => [w, { t: 'float', v: Number.POSITIVE_INFINITY }] as const,
  ),
  ...['-.inf', '-.Inf', '-.INF'].map(
    (w) => [w, { t: 'float', v: Number.NEGATIVE_INFINITY }] as const,
  ),
]);

const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const INTEGERS: readonly (readonly [RegExp, string])[] = [
  [/^0[xX]([0-9a-fA-F]+)$/, '0x'],
  [/^0[bB]([01]+)$/, '0b'],
  [/^0[oO]?([0-7]+)$/, '0o'],
  [/^(0|[1-9][0-9]*)$/, ''],
];

/** Go's `strconv.ParseInt(s, 0, 64)`, then `ParseUint`. */
function integer(text: string): bigint | undefined {
  const sign = /^[-+]/.exec(text)?.[0] ?? '';
  const digits = text.slice(sign.length);
  for (const [shape, prefix] of INTEGERS) {
    const found = shape.exec(digits)?.[1];
    if (found === undefined) continue;
    const size = BigInt(prefix + found);
    const value = sign === '-' ? -size : size;
    const top = sign === '' ? 2n ** 64n - 1n : 2n ** 63n - 1n;
    return value >= -(2n ** 63n) && value <= top ? value : undefined;
  }
  return undefined;
}

/** An untagged plain scalar by the rules of yaml.v2 2.4 (YAML 1.1 without base 60; dates stay text). */
export function plainScalar(text: string): YamlValue {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return { t: 'str', v: text };
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  const whole = text.startsWith('.') ? undefined : integer(plain);
  if (whole !== undefined) return { t: 'int', v: whole };
  if (FLOAT.test(plain)) return { t: 'float', v: Number(plain) };
  return { t: 'str', v: text };
}

/** `fmt.Sprint` of a float64: shortest digits, with an exponent below 1e-4 and from 1e6 on. */
function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  // JavaScript prints this range without an exponent too.
  if (exponent >= -4 && exponent < 6) return String(value);
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}

/** `fmt.Sprint` of a decoded value: lists `[a b]`, maps `[{k v}]`, nothing `<nil>`. */
export function goText(value: YamlValue): string {
  switch (value.t) {
    case 'null':
      return '<nil>';
    case 'float':
      return goFloat(value.v);
    case 'list':
      return `[${value.v.map(goText).join(' ')}]`;
    case 'map':
      return `[${value.v.map(([k, v]) => `{${goText(k)} ${goText(v)}}`).join(' ')}]`;
    default:
      return String(value.v);
  }
}
