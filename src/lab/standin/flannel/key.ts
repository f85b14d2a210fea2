// WireGuard's key pair. The file survives restarts, not reboots.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The public key to the private one in `file`, which is made where it is missing. */
export function publicKey(file: string): string {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('x25519');
    const secret = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, secret.toString('base64'), { mode: 0o400 });
  }
  const secret = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  // PKCS#8 around a raw X25519 key (RFC 8410).
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secret]);
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  return key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
}
