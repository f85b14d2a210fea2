/** Words that make a line or a key secret: K3s' tokens, endpoints with passwords, S3 and VPN keys. */
const SECRET_KEY =
  /token|passw(or)?d|secret|credential|datastore[-_]endpoint|vpn[-_]auth|joinkey|access[-_]key|private[-_]?key|psk|(^|[-_])key$/i;
/** Not secret although the name looks it: names of files, and a switch. */
const HARMLESS = /(token|auth|key|password|secret)[-_]?file$|^secrets[-_]encryption/i;

export const MASK = '(secret)';

/** Is the value under this flag, YAML key or variable a secret? */
export function isSecretKey(key: string): boolean {
  const name = key.replace(/^-+/, '').replace(/\+$/, '');
  return SECRET_KEY.test(name) && !HARMLESS.test(name);
}

export interface Redacted {
  readonly text: string;
  /** How many lines lost their value. */
  readonly masked: number;
}

const PEM = /^-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** `key: v`, `key=v`, `'--key' \`, `- --key=v`: optional diff sign, dashes, quotes, `export`. */
const ASSIGN = /(["']?-{0,2})([A-Za-z][\w.+-]*)(["']?\s*[:=]\s*|["']?[ \t]+)(.*)$/;

/** Masks values of lines that name a secret, and what YAML continues below such a line. */
export function redact(text: string): Redacted {
  let masked = 0;
  let below: number | undefined;
  let argument = false;
  const lines = text.split('\n').map((line) => {
    const cr = line.endsWith('\r') ? '\r' : '';
    const [sign, body] = split(cr === '' ? line : line.slice(0, -1));
    const indent = body.length - body.trimStart().length;
    if (argument || (below !== undefined && body.trim() !== '' && indent > below)) {
      argument = false;
      masked += 1;
      return `${sign}${body.slice(0, indent)}${MASK}${cr}`;
    }
    below = undefined;
    const found = secretAt(body);
    if (found === undefined) return line;
    argument = found.nextLine;
    if (!argument) below = indent;
    if (found.value === '') return line;
    masked += 1;
    return `${sign}${body.slice(0, found.at)}${MASK}${cr}`;
  });
  return { text: lines.join('\n'), masked };
}

/** A unified diff's first column is kept apart, so that indentation counts from the text. */
function split(line: string): [string, string] {
  return /^[+\- ](?![+-]{2} )/.test(line) && !/^--[A-Za-z]/.test(line)
    ? [line.slice(0, 1), line.slice(1)]
    : ['', line];
}

function secretAt(body: string): { at: number; value: string; nextLine: boolean } | undefined {
  if (PEM.test(body)) return { at: 0, value: body, nextLine: false };
  if (
    /^\s*["']?--?[\w-]+["']?\s*\\$/.test(body) &&
    isSecretKey(body.trim().replace(/["'\\\s]/g, ''))
  )
    return { at: body.length, value: '', nextLine: true };
  for (let from = 0; from < body.length; ) {
    const match = ASSIGN.exec(body.slice(from));
    if (match === null) return undefined;
    const [, quote = '', key = '', between = '', value = ''] = match;
    const start = from + match.index;
    const explicit = /[:=]/.test(between) || quote.includes('--');
    if (explicit && isSecretKey(key))
      return { at: start + quote.length + key.length + between.length, value, nextLine: false };
    from = start + quote.length + key.length;
  }
  return undefined;
}

/** argv with the values of secret flags masked, in both forms (`--token=x`, `--token x`). */
export function redactArgs(args: readonly string[]): string[] {
  let next = false;
  return args.map((arg) => {
    if (next) {
      next = false;
      return MASK;
    }
    const equals = arg.indexOf('=');
    if (!arg.startsWith('-')) return arg;
    const name = equals < 0 ? arg : arg.slice(0, equals);
    const secret = isSecretKey(name) || name === '-t';
    if (!secret) return arg;
    next = equals < 0;
    return next ? arg : `${name}=${MASK}`;
  });
}
