import { connect as connectTcp, type Socket } from 'node:net';
import ssh2, {
  type Client,
  type ClientErrorExtensions,
  type ConnectConfig,
  type KexAlgorithm,
  type ServerHostKeyAlgorithm,
} from 'ssh2';
import type { Host } from '../model/host.ts';
import { EXIT, type ReweaveError } from '../model/problem.ts';
import { authFor } from './auth.ts';
import { checkHostKey, readKnownHosts } from './host-key.ts';
import { readKeys } from './keys.ts';
import { knownTypes } from './known-hosts.ts';
import { cancelledError, sameLogin, socketError, sshError, timeoutError } from './problem.ts';

const KEEPALIVE = { keepaliveInterval: 5_000, keepaliveCountMax: 3 };
/** Without diffie-hellman-group-exchange: its prime blocks the event loop two seconds a handshake. */
const KEX: KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group16-sha512',
];
const HOST_KEYS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** A connection that has logged in. */
export interface Transport {
  readonly client: Client;
  /** Resolves with the reason when it ends for another reason than `close`. */
  readonly lost: Promise<string>;
  /** The reason, once lost. */
  lostBecause(): string | undefined;
  close(): Promise<void>;
}

export interface LoginOptions {
  readonly agentSocket?: string;
  readonly signal?: AbortSignal;
}

/** Connects and logs in within `host.timeout` seconds, or throws a ReweaveError that says why not. */
export async function logIn(host: Host, options: LoginOptions): Promise<Transport> {
  const deadline = AbortSignal.timeout(host.timeout * 1000);
  const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline;
  const ended = (during: string) =>
    options.signal?.aborted ? cancelledError(host) : timeoutError(host, during);
  if (options.signal?.aborted) throw ended('');
  const entries = await readKnownHosts(host);
  const keys = await readKeys(host.keyFiles);
  const auth = authFor(host, keys, options.agentSocket ?? host.agentSocket);
  const check = checkHostKey(host, entries);
  const sock = await dial(host, signal, () => ended('connecting'));
  const client = new ssh2.Client();
  const config: ConnectConfig = {
    ...KEEPALIVE,
    sock,
    username: host.user,
    readyTimeout: 0,
    hostVerifier: check.verifier,
    authHandler: auth.handler,
    algorithms: {
      kex: KEX,
      serverHostKey: preferred(knownTypes(entries, host.address, host.port)),
    },
  };
  const transport = watch(client);
  await new Promise<void>((resolve, reject) => {
    const asides: string[] = [];
    const fail = (error: ReweaveError) => {
      reject(error);
      client.destroy();
    };
    const onAbort = () => fail(ended('logging in'));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('error', (error: Error & ClientErrorExtensions) => {
      if (error.level === 'agent' || error.message.startsWith('Error signing')) {
        asides.push(error.message);
        return;
      }
      const refused = check.refusal();
      if (refused) fail(refused);
      else if (error.level === 'client-authentication')
        fail(auth.failure([...asides, error.message].join('; ')));
      else fail(handshakeError(host, error));
    });
    client.once('close', () => fail(check.refusal() ?? closedEarly(host, asides)));
    client.once('ready', () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    client.connect(config);
  });
  return transport;
}

/** Notes why the connection ends; its `error` listener stays for the connection's whole life. */
function watch(client: Client): Transport {
  let reason: string | undefined;
  let closing = false;
  let closed = false;
  let tell: (reason: string) => void;
  const lost = new Promise<string>((resolve) => {
    tell = resolve;
  });
  client.on('error', (error) => {
    reason ??= error.message;
  });
  client.on('close', () => {
    closed = true;
    if (closing) return;
    reason ??= 'the connection was closed by the other side';
    tell(reason);
  });
  return {
    client,
    lost,
    lostBecause: () => (closed && !closing ? reason : undefined),
    close: () =>
      new Promise<void>((resolve) => {
        closing = true;
        if (closed) return resolve();
        client.once('close', () => resolve());
        client.end();
      }),
  };
}

async function dial(host: Host, signal: AbortSignal, ended: () => ReweaveError): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const sock = connectTcp({ host: host.address, port: host.port, noDelay: true });
    const onAbort = () => {
      sock.destroy();
      reject(ended());
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const onError = (error: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', onAbort);
      reject(error.code === 'ETIMEDOUT' ? ended() : socketError(host, error));
    };
    sock.once('error', onError);
    sock.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      sock.off('error', onError);
      resolve(sock);
    });
  });
}

/** The kinds of key already known for the host first, so that it shows one of those. */
function preferred(known: readonly string[]): ServerHostKeyAlgorithm[] {
  const first = known.flatMap((type) =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type],
  );
  const rank = (type: string) => (first.includes(type) ? first.indexOf(type) : first.length);
  return HOST_KEYS.toSorted((a, b) => rank(a) - rank(b));
}

function handshakeError(host: Host, error: Error & ClientErrorExtensions): ReweaveError {
  const code = (error as NodeJS.ErrnoException).code;
  if (error.level === 'client-timeout') return timeoutError(host, 'logging in');
  if (error.level === 'client-socket' && code !== undefined) return socketError(host, error);
  if (/no matching/i.test(error.message))
    return sshError(host, 'handshake', EXIT.access, 'no common way to encrypt', {
      detail: error.message,
      hint: 'servers with only post-quantum key exchange or only host certificates are not supported',
    });
  return closedEarly(host, [error.message]);
}

function closedEarly(host: Host, why: readonly string[]): ReweaveError {
  return sshError(host, 'unreachable', EXIT.unreachable, 'the login was cut off', {
    detail: why.join('; ') || 'the server closed the connection',
    hint: 'too many logins at once (MaxStartups, PerSourcePenalties), or no SSH server at that port?',
    next: sameLogin(host),
  });
}
