import type { Summary } from '../model/event.ts';
import { EXIT, ReweaveError } from '../model/problem.ts';
import type { Io, PlaybookOptions } from './options.ts';
import { readPlaybook, shippedPlaybooks } from './paths.ts';

/** The shipped playbooks: their names, or one of them to copy. */
export async function playbook(options: PlaybookOptions, io: Io): Promise<Summary> {
  if (options.action === 'list')
    for (const name of shippedPlaybooks())
      io.out(`${name}  ${readPlaybook(name).text.split('\n')[0]?.replace(/^# */, '') ?? ''}\n`);
  else if (options.name === undefined)
    throw new ReweaveError({
      code: 'usage.playbook',
      exit: EXIT.usage,
      summary: 'which playbook?',
      next: 'reweave playbook list',
    });
  else io.out(readPlaybook(options.name).text);
  return Promise.resolve({ exit: EXIT.ok, outcome: '', problems: [] });
}
