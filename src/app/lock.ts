import type { Summary } from '../model/event.ts';
import { EXIT, ReweaveError } from '../model/problem.ts';
import { lockStatusScript, parseLock, unlockScript } from '../node/lock.ts';
import type { Io, LockCommandOptions } from './options.ts';
import { openWhole } from './world.ts';

/** Who holds the cluster's lock; `release` takes a dead one away, never a living one. */
export async function lock(options: LockCommandOptions, io: Io): Promise<Summary> {
  const world = await openWhole(options, io);
  try {
    let held = 0;
    for (const host of world.sessions.keys()) {
      const result = await world.fleet.exec(host, {
        class: 'read',
        text: lockStatusScript(),
        limit: 20,
      });
      if (result.t !== 'done') continue;
      const found = parseLock(result.value.stdout);
      if (!found.held || found.run === undefined) continue;
      held += 1;
      io.out(
        `${host}: run ${found.run} of ${found.owner ?? 'unknown'} since ${found.at ?? '?'}${found.stale ? `, dead: ${found.why ?? ''}` : ', alive'}\n`,
      );
      if (options.action !== 'release') continue;
      if (!found.stale)
        throw new ReweaveError({
          code: 'lock.alive',
          exit: EXIT.locked,
          host,
          summary: `run ${found.run} is alive on ${host}`,
          hint: 'stop it first, or wait until its lease is over',
        });
      await world.fleet.exec(host, { class: 'change', text: unlockScript(found.run), limit: 20 });
    }
    return {
      exit: EXIT.ok,
      outcome:
        held === 0 ? 'nobody holds the lock' : options.action === 'release' ? 'released' : 'locked',
      problems: [],
    };
  } finally {
    await world.fleet.close();
  }
}
