import type { Host } from '../model/host.ts';
import type { Outcome } from '../model/journal.ts';
import type { ExecResult, Script, Session } from '../model/session.ts';
import { runIn } from './exec.ts';
import { openShell, type Shell } from './shell.ts';
import { openStream } from './stream.ts';
import { type LoginOptions, logIn, type Transport } from './transport.ts';

/**
 * Logs in once and keeps one shell of the wanted user open. Throws a ReweaveError whose problem says
 * why not: `ssh.unreachable`, `ssh.timeout`, `ssh.dns` (exit 4), `ssh.host_key_changed`,
 * `ssh.host_key_unknown`, `ssh.auth`, `ssh.sudo_…` (exit 12).
 */
export async function connect(host: Host, options: LoginOptions = {}): Promise<Session> {
  const transport = await logIn(host, options);
  try {
    return sessionOver(host, transport, await openShell(host, transport));
  } catch (error) {
    await transport.close();
    throw error;
  }
}

function sessionOver(host: Host, transport: Transport, shell: Shell): Session {
  let closing = false;
  let queue: Promise<unknown> = Promise.resolve();
  const lost = new Promise<string>((resolve) => {
    const tell = (reason: string) => {
      if (!closing) resolve(transport.lostBecause() ?? reason);
    };
    void transport.lost.then(tell);
    // Without its shell the login is of no use; the caller logs in anew.
    void shell.pipe.gone.then(async (reason) => {
      tell(reason);
      await transport.close();
    });
  });
  const run = async (script: Script): Promise<Outcome<ExecResult>> =>
    closing ? { t: 'not_sent', reason: 'the session is closed' } : runIn(shell, script);
  return {
    host: host.name,
    lost,
    exec: (script) => {
      const mine = queue.then(() => run(script));
      queue = mine.catch(() => undefined); // the caller of `mine` gets the error
      return mine;
    },
    stream: (script) => openStream(host, transport, script),
    close: async () => {
      closing = true;
      await transport.close();
    },
  };
}
