import type { Summary } from '../model/event.ts';
import type { Io, RollbackOptions } from './options.ts';
import { takeUp } from './resume.ts';

/** Returns a run to the old setting; after its decision there is only forward, and this says so. */
export async function rollback(options: RollbackOptions, io: Io): Promise<Summary> {
  return takeUp(options, io, 'back');
}
