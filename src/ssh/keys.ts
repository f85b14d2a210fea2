import { readFile } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';

/** A private key that can log in, or the reason why it cannot. */
export type KeyFile =
  | { readonly file: string; readonly key: ParsedKey }
  | { readonly file: string; readonly why: string };

/** Reads and parses each file once. Never throws: an unusable key is told when the login fails. */
export async function readKeys(files: readonly string[]): Promise<KeyFile[]> {
  return Promise.all(files.map(readKey));
}

async function readKey(file: string): Promise<KeyFile> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => error);
  if (bytes instanceof Error)
    return { file, why: bytes.code === 'ENOENT' ? 'does not exist' : bytes.message };
  const parsed = ssh2.utils.parseKey(bytes);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined) return { file, why: 'holds no key' };
  if (key instanceof Error) return { file, why: explain(key.message, bytes.toString('latin1')) };
  return key.isPrivateKey() ? { file, key } : { file, why: 'is a public key' };
}

function explain(message: string, text: string): string {
  if (/encrypted|passphrase/i.test(message))
    return 'is encrypted; load it into an agent with ssh-add';
  if (/sk-(ssh|ecdsa)|unsupported/i.test(message) || /sk-ssh|sk-ecdsa/.test(decode(text)))
    return 'is of a kind that is not supported (FIDO keys are not)';
  return `cannot be read as a key (${message})`;
}

function decode(pem: string): string {
  return Buffer.from(pem.replace(/-----[^-]*-----/g, ''), 'base64').toString('latin1');
}
