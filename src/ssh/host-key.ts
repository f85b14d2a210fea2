import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Host } from '../model/host.ts';
import { EXIT, type ReweaveError } from '../model/problem.ts';
import { judge, type KnownHost, knownName, parseKnownHosts, typeOf } from './known-hosts.ts';
import { hostKeyChanged, hostKeyRevoked, hostKeyUnknown, sshError } from './problem.ts';

/** Every entry of the host's known_hosts files; a missing or closed file holds none. */
export async function readKnownHosts(host: Host): Promise<KnownHost[]> {
  const entries: KnownHost[] = [];
  for (const file of host.knownHosts) {
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (NOTHING_THERE.has(error.code ?? '')) return '';
      throw sshError(host, 'known_hosts', EXIT.access, `${file} cannot be read`, {
        detail: error.message,
      });
    });
    entries.push(...parseKnownHosts(text, file));
  }
  return entries;
}

const NOTHING_THERE = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

export interface HostKeyCheck {
  /** For ssh2: answers through the callback, never by a promise (ssh2 takes a promise for a yes). */
  readonly verifier: (key: Buffer, verify: (accepted: boolean) => void) => void;
  /** Why the key was refused, if it was. */
  refusal(): ReweaveError | undefined;
}

/** Decides once; at a rekey only the very same key is accepted again. */
export function checkHostKey(host: Host, entries: readonly KnownHost[]): HostKeyCheck {
  let accepted: Buffer | undefined;
  let refused: ReweaveError | undefined;
  const verifier = (key: Buffer, verify: (accepted: boolean) => void): void => {
    if (accepted) {
      verify(accepted.equals(key));
      return;
    }
    decide(host, entries, key).then(
      (refusal) => {
        refused = refusal;
        if (!refusal) accepted = Buffer.from(key);
        verify(refusal === undefined);
      },
      (error: Error) => {
        refused = sshError(host, 'known_hosts', EXIT.access, 'the host key was not kept', {
          detail: error.message,
          hint: 'accept-new needs a known_hosts file that it can write',
        });
        verify(false);
      },
    );
  };
  return { verifier, refusal: () => refused };
}

async function decide(
  host: Host,
  entries: readonly KnownHost[],
  key: Buffer,
): Promise<ReweaveError | undefined> {
  const verdict = judge(entries, host.address, host.port, key);
  if (verdict.t === 'known') return undefined;
  if (verdict.t === 'changed') return hostKeyChanged(host, key, verdict.entry);
  if (verdict.t === 'revoked') return hostKeyRevoked(host, key, verdict.entry);
  const [file] = host.knownHosts;
  if (host.hostKeyChecking !== 'accept-new' || file === undefined) return hostKeyUnknown(host, key);
  await remember(host, file, key);
  return undefined;
}

async function remember(host: Host, file: string, key: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const before = await readFile(file, 'utf8').catch(() => '');
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  const name = knownName(host.address, host.port);
  await appendFile(file, `${gap}${name} ${typeOf(key)} ${key.toString('base64')}\n`, {
    mode: 0o600,
  });
}
