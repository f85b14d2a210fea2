import { createHmac } from 'node:crypto';

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker: 'revoked' | 'cert-authority' | undefined;
  /** Patterns, or one hashed name. */
  readonly names: readonly string[];
  readonly type: string;
  /** The key's blob. */
  readonly key: Buffer;
  readonly file: string;
  readonly line: number;
}

export type Verdict =
  | { readonly t: 'known' }
  | { readonly t: 'unknown' }
  | { readonly t: 'changed'; readonly entry: KnownHost }
  | { readonly t: 'revoked'; readonly entry: KnownHost };

/** Reads a known_hosts text; comments and lines that OpenSSH would not understand are skipped. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((raw, index) => {
    const fields = raw.trim().split(/[ \t]+/);
    const marker = MARKERS[fields[0] ?? ''];
    if (marker !== undefined) fields.shift();
    const [names, type, key] = fields;
    if (!names || names.startsWith('#') || names.startsWith('@') || !type || !key) return [];
    const blob = Buffer.from(key, 'base64');
    if (typeOf(blob) !== type) return [];
    return [{ marker, names: names.split(','), type, key: blob, file, line: index + 1 }];
  });
}

/** How a host is named in the file: `host`, or `[host]:port` for a port other than 22. */
export function knownName(address: string, port: number): string {
  const host = address.toLowerCase();
  return port === 22 ? host : `[${host}]:${port}`;
}

/** What the entries say of a key that a host shows. A key that stands nowhere is never 'known'. */
export function judge(
  entries: readonly KnownHost[],
  address: string,
  port: number,
  key: Buffer,
): Verdict {
  const mine = entriesFor(entries, address, port);
  const same = (entry: KnownHost) => entry.key.equals(key);
  const revoked = mine.find((entry) => entry.marker === 'revoked' && same(entry));
  if (revoked) return { t: 'revoked', entry: revoked };
  const plain = mine.filter((entry) => entry.marker === undefined);
  if (plain.some(same)) return { t: 'known' };
  const type = typeOf(key);
  const other = plain.find((entry) => entry.type === type) ?? plain[0];
  if (other) return { t: 'changed', entry: other };
  return atDefaultPort(entries, address, port).some(same) ? { t: 'known' } : { t: 'unknown' };
}

/** Key types already known for the host, so that it is asked for those first. */
export function knownTypes(entries: readonly KnownHost[], address: string, port: number): string[] {
  const mine = entriesFor(entries, address, port).filter((entry) => entry.marker === undefined);
  const own = mine.length > 0 ? mine : atDefaultPort(entries, address, port);
  return [...new Set(own.map((entry) => entry.type))];
}

/** The algorithm name at the start of a key blob; empty when it is none. */
export function typeOf(blob: Buffer): string {
  if (blob.length < 4) return '';
  const length = blob.readUInt32BE(0);
  return length > 64 || blob.length < 4 + length ? '' : blob.toString('latin1', 4, 4 + length);
}

const MARKERS: Readonly<Record<string, 'revoked' | 'cert-authority'>> = {
  '@revoked': 'revoked',
  '@cert-authority': 'cert-authority',
};

function entriesFor(entries: readonly KnownHost[], address: string, port: number): KnownHost[] {
  const name = knownName(address, port);
  return entries.filter((entry) => namesMatch(entry.names, name));
}

/** As OpenSSH: an entry without a port vouches for its key on any port, and accuses none. */
function atDefaultPort(entries: readonly KnownHost[], address: string, port: number): KnownHost[] {
  if (port === 22) return [];
  return entriesFor(entries, address, 22).filter((entry) => entry.marker === undefined);
}

function namesMatch(names: readonly string[], name: string): boolean {
  const matches = (pattern: string) =>
    pattern.startsWith('|1|') ? hashMatches(pattern, name) : glob(pattern).test(name);
  if (names.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))) return false;
  return names.some((pattern) => !pattern.startsWith('!') && matches(pattern));
}

function hashMatches(pattern: string, name: string): boolean {
  const [, , salt = '', hash = ''] = pattern.split('|');
  const made = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64');
  return made === hash;
}

/** Only `*` and `?` mean something here: brackets belong to `[host]:port`. */
function glob(pattern: string): RegExp {
  const body = pattern
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${body}$`);
}
