import { createHash } from 'node:crypto';
import type { Host } from '../model/host.ts';
import { EXIT, type ExitCode, type Problem, ReweaveError } from '../model/problem.ts';
import { sh, words } from '../text/shell.ts';
import { knownName, type KnownHost, typeOf } from './known-hosts.ts';

type Parts = Pick<Problem, 'detail' | 'hint' | 'next'>;

/** A fault of one host's connection, ready to be thrown. */
export function sshError(
  host: Host,
  cause: string,
  exit: ExitCode,
  summary: string,
  parts: Parts,
): ReweaveError {
  const problem = { code: `ssh.${cause}`, exit, summary: `${host.name}: ${summary}`, ...parts };
  return new ReweaveError({ ...problem, host: host.name });
}

/** The same login by OpenSSH, which shows what is wrong in its own words. */
export function sameLogin(host: Host): string {
  const key = host.keyFiles[0];
  return words([
    'ssh',
    '-p',
    String(host.port),
    ...(key === undefined ? [] : ['-i', key]),
    `${host.user}@${host.address}`,
  ]).replace(/'([\w@.:/-]+)'/g, '$1');
}

/** A failed TCP connection or name look-up: exit 4. */
export function socketError(host: Host, error: NodeJS.ErrnoException): ReweaveError {
  const where = `${host.address} port ${host.port}`;
  const dns = error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN' || error.code === 'ENODATA';
  if (dns)
    return sshError(host, 'dns', EXIT.unreachable, `the name ${host.address} is not known`, {
      detail: error.message,
      hint: 'set ansible_host to an address in the inventory, or fix the name',
      next: `getent hosts ${quoted(host.address)}`,
    });
  const reason = REASONS[error.code ?? ''] ?? error.message;
  return sshError(host, 'unreachable', EXIT.unreachable, `${where} ${reason}`, {
    detail: error.message,
    hint: 'is the machine up, is sshd running, does a firewall stand between?',
    next: sameLogin(host),
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections',
  EHOSTUNREACH: 'cannot be reached (no route)',
  ENETUNREACH: 'cannot be reached (no route to its network)',
  ECONNRESET: 'reset the connection',
  EPIPE: 'closed the connection',
};

export function timeoutError(host: Host, during: string): ReweaveError {
  const summary = `no answer within ${host.timeout} s while ${during}`;
  return sshError(host, 'timeout', EXIT.unreachable, summary, {
    hint: 'raise --timeout if the host is only slow',
    next: sameLogin(host),
  });
}

/** A login that had worked and is gone: exit 4. */
export function lostError(host: Host, reason: string): ReweaveError {
  return sshError(host, 'lost', EXIT.unreachable, 'the connection was lost', {
    detail: reason,
    next: sameLogin(host),
  });
}

export function cancelledError(host: Host): ReweaveError {
  return sshError(host, 'cancelled', EXIT.interrupted, 'the login was cancelled', {});
}

/** SHA256 fingerprint as OpenSSH shows it. */
export function fingerprint(key: Buffer): string {
  const hash = createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
  return `${typeOf(key)} SHA256:${hash}`;
}

export function hostKeyChanged(host: Host, key: Buffer, entry: KnownHost): ReweaveError {
  const name = knownName(host.address, host.port);
  return sshError(host, 'host_key_changed', EXIT.access, 'the host key is not the known one', {
    detail: `shown: ${fingerprint(key)}; known: ${fingerprint(entry.key)} (${entry.file}:${entry.line})`,
    hint: 'reinstalled, or somebody in between? When the new key is right, forget the old one',
    next: `ssh-keygen -f ${quoted(entry.file)} -R ${quoted(name)}`,
  });
}

export function hostKeyRevoked(host: Host, key: Buffer, entry: KnownHost): ReweaveError {
  return sshError(host, 'host_key_revoked', EXIT.access, 'the host key is marked as revoked', {
    detail: `${fingerprint(key)} (${entry.file}:${entry.line})`,
    hint: 'give the host a new key; a revoked one may be in the hands of somebody else',
  });
}

export function hostKeyUnknown(host: Host, key: Buffer): ReweaveError {
  const file = host.knownHosts[0] ?? '~/.ssh/known_hosts';
  const scan = `ssh-keyscan -p ${host.port} ${quoted(host.address)}`;
  return sshError(host, 'host_key_unknown', EXIT.access, 'the host key is not known', {
    detail: `shown: ${fingerprint(key)}; looked in: ${host.knownHosts.join(', ') || 'no file'}`,
    hint: 'compare the fingerprint with the one on the host, then add it',
    next: `${scan} >> ${file.startsWith('~') ? file : quoted(file)}`,
  });
}

function quoted(word: string): string {
  return /^[\w@.:/-]+$/.test(word) ? word : sh(word);
}
