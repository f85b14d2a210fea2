// A node's sign of life: its lease every ten seconds, its conditions every five minutes.
import type { NodeApi } from './api.ts';
import { DELAYS } from './constants.ts';
import { sleep } from './sleep.ts';

export async function beat(api: NodeApi, name: string): Promise<never> {
  let told = Date.now();
  for (;;) {
    await sleep(DELAYS.heartbeat);
    const now = Date.now();
    const due = now - told >= DELAYS.conditions;
    const fields = { lease: String(now), ...(due ? { 'conditions-at': String(now) } : {}) };
    try {
      await api.update(name, fields);
      if (due) told = now;
    } catch {
      // No server with a majority answers: the next beat may reach one.
    }
  }
}
