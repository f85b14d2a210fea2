import { readFileSync } from 'node:fs';
import type { NodeFacts } from '../../src/model/facts.ts';
import type { Plan } from '../../src/model/plan.ts';
import { makePlan } from '../../src/plan/make.ts';
import { loadPlaybook } from '../../src/playbook/load.ts';
import { cluster, flagsOf, type Shape } from './cluster.ts';

export function shipped(name: string): ReturnType<typeof loadPlaybook> {
  const file = new URL(`../../playbooks/${name}.yml`, import.meta.url);
  return loadPlaybook(name, `${name}.yml`, readFileSync(file, 'utf8'));
}

/** The plan of a modelled cluster to a backend. */
export function planTo(
  to: string,
  shape: Shape,
  change: (facts: NodeFacts[]) => NodeFacts[] = (f) => f,
): Plan {
  return makePlan({
    facts: change(cluster(shape)),
    playbook: shipped(to),
    flags: flagsOf(shape.backend),
    allowed: [],
    lease: 60,
    restartLimit: 30,
    id: 'run-1',
    tool: '0',
    now: '2026-01-01T00:00:00Z',
  });
}
