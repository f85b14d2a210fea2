import type { Plan } from '../model/plan.ts';
import type { Session } from '../model/session.ts';

/** placeholder until capture exists */
export async function watchWire(_sessions: ReadonlyMap<string, Session>, _plan: Plan, _expect: 'encrypted' | 'any'): Promise<string[]> {
  return [];
}
