import type { Link, Route, Rule, UdpPort } from '../model/facts.ts';

type Json = Readonly<Record<string, unknown>>;

const str = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
const num = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const flagsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** Links from `ip -j -d link` and their addresses from `ip -j addr`. */
export function parseLinks(links: readonly Json[], addresses: readonly Json[]): Link[] {
  const byName = new Map(addresses.map((a) => [str(a['ifname']), list(a['addr_info'])]));
  return links.map((link) => {
    const info = (link['linkinfo'] ?? {}) as Json;
    const kind = str(info['info_kind']);
    const data = (info['info_data'] ?? {}) as Json;
    const name = str(link['ifname']) ?? '';
    const vxlan = {
      vni: num(data['id']) ?? 0,
      port: num(data['port']) ?? 0,
      local: str(data['local']) ?? str(data['local6']),
    };
    return {
      name,
      kind,
      mtu: num(link['mtu']) ?? 0,
      up: flagsOf(link['flags']).includes('UP'),
      mac: str(link['address']),
      master: str(link['master']),
      addresses: (byName.get(name) ?? []).map((a) => `${str(a['local'])}/${str(a['prefixlen'])}`),
      ...(kind === 'vxlan' ? { vxlan } : {}),
    };
  });
}

/** Routes of one family from `ip -j route show table all`; a multipath route shows its first hop. */
export function parseRoutes(routes: readonly Json[], family: 4 | 6): Route[] {
  return routes.map((route) => {
    const hop = list(route['nexthops'])[0] ?? {};
    return {
      family,
      dst: str(route['dst']) ?? '',
      gateway: str(route['gateway']) ?? str(hop['gateway']),
      dev: str(route['dev']) ?? str(hop['dev']),
      table: str(route['table']) ?? 'main',
      protocol: str(route['protocol']),
      scope: str(route['scope']),
      src: str(route['prefsrc']),
      metric: num(route['metric']),
      type: str(route['type']),
      flags: flagsOf(route['flags']),
    };
  });
}

/** Rules of one family from `ip -j rule`; `all` without a length means no selector. */
export function parseRules(rules: readonly Json[], family: 4 | 6): Rule[] {
  const selector = (rule: Json, key: 'src' | 'dst'): string | undefined => {
    const address = str(rule[key]);
    if (address === undefined || address === 'all') return undefined;
    const length = str(rule[`${key}len`]);
    return length === undefined ? address : `${address}/${length}`;
  };
  return rules.map((rule) => ({
    family,
    pref: num(rule['priority']) ?? 0,
    from: selector(rule, 'src'),
    to: selector(rule, 'dst'),
    table: str(rule['table']),
    protocol: str(rule['protocol']),
  }));
}

/** Listeners of `ss -lunp`, header or not: `UNCONN 0 0 0.0.0.0:8472 0.0.0.0:* users:(("k3s",…))`. */
export function parseUdp(lines: readonly string[]): UdpPort[] {
  return lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const local = fields[3] ?? '';
    const at = local.lastIndexOf(':');
    const port = Number(local.slice(at + 1));
    if (fields[0] !== 'UNCONN' || at < 0 || !Number.isInteger(port)) return [];
    return [{ address: local.slice(0, at), port, process: /users:\(\("([^"]*)"/.exec(line)?.[1] }];
  });
}

/** `net/ipv4/conf/eth0/rp_filter:1` lines; the last colon divides, since names of links may hold one. */
export function parseSysctls(lines: readonly string[]): Record<string, string> {
  const entries = lines.flatMap((line): [string, string][] => {
    const at = line.lastIndexOf(':');
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1).trim()]] : [];
  });
  return Object.fromEntries(entries);
}
