// The annotations k3s.io/node-args, node-env and node-config-hash.
import { createHash } from 'node:crypto';
import type { GivenFlag, Role } from './flags.ts';

const MASK = '********';
const SECRET = /(^|-)(token|auth|password|secret-key|access-key)$|^datastore-endpoint$/;

/** Role first, then every flag as name and value, secrets masked. */
export function nodeArgs(role: Role, given: readonly GivenFlag[]): string {
  const words = given.flatMap(({ name, words: [first = '', ...rest] }) => [
    first,
    ...rest.map((word) => (SECRET.test(name) ? MASK : word)),
  ]);
  return JSON.stringify([role, ...words]);
}

export function nodeEnv(env: NodeJS.ProcessEnv): string {
  const names = Object.keys(env)
    .filter((name) => name.startsWith('K3S_'))
    .sort();
  const shown = names.map((name) => [
    name,
    /TOKEN|PASSWORD|SECRET|AUTH|DATASTORE_ENDPOINT/.test(name) ? MASK : env[name],
  ]);
  return JSON.stringify(Object.fromEntries(shown));
}

/** Base32 of SHA-256, padded as Go pads it. */
export function configHash(args: string, env: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const byte of createHash('sha256').update(args).update(env).digest()) {
    bits += byte.toString(2).padStart(8, '0');
  }
  const letters = bits.match(/.{1,5}/g) ?? [];
  const text = letters.map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
  return text.padEnd(56, '=');
}
