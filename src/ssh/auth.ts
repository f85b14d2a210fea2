import type {
  AnyAuthMethod,
  AuthenticationType,
  AuthHandlerMiddleware,
  NextAuthHandler,
} from 'ssh2';
import type { Host } from '../model/host.ts';
import { EXIT, type ReweaveError } from '../model/problem.ts';
import type { KeyFile } from './keys.ts';
import { sameLogin, sshError } from './problem.ts';

/** The ways to prove who we are, in order, each tried once; what was tried is kept for the error. */
export interface Auth {
  readonly handler: AuthHandlerMiddleware;
  /** The error for a server that refused everything, `message` being ssh2's words. */
  failure(message: string): ReweaveError;
}

const isPassword = (way: Way) => way.needs !== 'publickey';

/** ssh2 ends the login on `false`, which its types leave out. */
const giveUp = (next: NextAuthHandler) =>
  (next as (way: AuthenticationType | false) => void)(false);

interface Way {
  readonly says: string;
  readonly needs: AuthenticationType;
  readonly method: AnyAuthMethod;
}

/** Keys first, then the agent, then the password (typed to a keyboard-interactive server, if need be). */
export function authFor(host: Host, keys: readonly KeyFile[], agent: string | undefined): Auth {
  const ways = waysOf(host, keys, agent);
  const tried: string[] = [];
  let offered: readonly string[] | undefined;
  let passwordUsed = false;
  const use = (way: Way, next: NextAuthHandler) => {
    tried.push(way.says);
    if (isPassword(way)) passwordUsed = true;
    next(way.method);
  };
  const handler: AuthHandlerMiddleware = (left: AuthenticationType[] | null, _partial, next) => {
    offered = left ?? undefined;
    const [first] = ways;
    // What the server takes is told with its first refusal; `none` asks for it.
    if (left === null && first && isPassword(first)) return next('none');
    for (let way = ways.shift(); way; way = ways.shift()) {
      if (left !== null && !left.includes(way.needs)) continue;
      // A second try of the same password only helps to lock the account.
      if (passwordUsed && isPassword(way)) continue;
      return use(way, next);
    }
    return giveUp(next);
  };
  return { handler, failure: (message) => failure(host, keys, { tried, offered, agent, message }) };
}

function waysOf(host: Host, keys: readonly KeyFile[], agent: string | undefined): Way[] {
  const username = host.user;
  const ways: Way[] = keys.flatMap((k) => ('key' in k ? [keyWay(username, k.file, k.key)] : []));
  if (agent !== undefined)
    ways.push({ says: 'agent', needs: 'publickey', method: { type: 'agent', username, agent } });
  const { password } = host;
  if (password === undefined) return ways;
  let answered = false;
  ways.push({
    says: 'password',
    needs: 'password',
    method: { type: 'password', username, password: password.reveal() },
  });
  ways.push({
    says: 'password (keyboard-interactive)',
    needs: 'keyboard-interactive',
    method: {
      type: 'keyboard-interactive',
      username,
      prompt: (_name, _instructions, _lang, prompts, finish) => {
        finish(answered ? [] : prompts.map(() => password.reveal()));
        answered = true;
      },
    },
  });
  return ways;
}

function keyWay(
  username: string,
  file: string,
  key: Extract<KeyFile, { key: unknown }>['key'],
): Way {
  return { says: file, needs: 'publickey', method: { type: 'publickey', username, key } };
}

interface Story {
  readonly tried: readonly string[];
  readonly offered: readonly string[] | undefined;
  readonly agent: string | undefined;
  readonly message: string;
}

function failure(host: Host, keys: readonly KeyFile[], story: Story): ReweaveError {
  const unusable = keys.flatMap((k) => ('why' in k ? [`${k.file} ${k.why}`] : []));
  const detail = [
    story.tried.length > 0 ? `refused: ${story.tried.join(', ')}` : 'nothing could be tried',
    ...unusable,
    ...(story.offered ? [`the server takes: ${story.offered.join(', ')}`] : []),
    ...(/all configured/i.test(story.message) ? [] : [story.message]),
  ].join('; ');
  const summary = `${host.user} was not let in`;
  return sshError(host, 'auth', EXIT.access, summary, {
    detail,
    hint: hintFor(unusable, story),
    next: sameLogin(host),
  });
}

function hintFor(unusable: readonly string[], story: Story): string {
  const encrypted = unusable.find((text) => text.includes('is encrypted'));
  if (encrypted !== undefined && story.agent === undefined)
    return `start an agent and run: ssh-add ${encrypted.split(' is encrypted')[0]}`;
  if (encrypted !== undefined) return `ssh-add ${encrypted.split(' is encrypted')[0]}`;
  if (story.tried.length === 0)
    return 'name a key with --private-key, or ask for a password with -k';
  return 'is it the right user (--user) and the right key (--private-key)?';
}
