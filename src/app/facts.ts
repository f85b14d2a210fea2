import type { Summary } from '../model/event.ts';
import { EXIT } from '../model/problem.ts';
import type { FactsOptions, Io } from './options.ts';
import { lookAll, openWhole } from './world.ts';

/** What was seen of every host, as JSON; file contents are left out. */
export async function facts(options: FactsOptions, io: Io): Promise<Summary> {
  const world = await openWhole(options, io);
  try {
    const seen = (await lookAll(world)).map((f) => ({
      ...f,
      files: f.files.map(({ base64: _content, ...rest }) => rest),
    }));
    io.out(`${JSON.stringify(seen, undefined, 2)}\n`);
    for (const f of seen)
      io.emit({ type: 'host', level: 'info', host: f.host, msg: 'facts', data: f });
    return { exit: EXIT.ok, outcome: `${seen.length} hosts were looked at`, problems: [] };
  } finally {
    await world.fleet.close();
  }
}
