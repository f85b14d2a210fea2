import type { Finding } from '../model/plan.ts';
import { BEFORE_CHANGE } from './before-change.ts';
import type { Scene } from './rule.ts';

/** Runs the rules of a change; errors refuse, unless allowed by name. */
export function check(
  scene: Scene,
  allowed: readonly string[],
): { findings: Finding[]; refused: Finding[] } {
  const findings = BEFORE_CHANGE.flatMap((rule) => rule.find(scene));
  return {
    findings,
    refused: findings.filter((f) => f.severity === 'error' && !allowed.includes(f.rule)),
  };
}
