import type { Finding, Plan } from '../model/plan.ts';
import type { Page } from './plan.ts';
import { printable } from './printable.ts';
import type { Tone } from './style.ts';
import { wrap } from './wrap.ts';

const TONES: Readonly<Record<Finding['severity'], Tone>> = {
  error: 'red',
  warning: 'yellow',
  info: 'cyan',
};

/** Where disk, process and data plane disagree before anything is done. */
export function driftSection(plan: Plan, { columns }: Page): string[] {
  return plan.drift.map((line) => wrap(printable(line), columns, '  - '));
}

/** Errors here were allowed by name: without that there would be no plan. */
export function findingsSection(plan: Plan, { columns, paint }: Page): string[] {
  return plan.findings.flatMap(({ severity, rule, host, evidence, why, fix }) => {
    const allowed = severity === 'error' ? ' (allowed by name)' : '';
    const where = host === undefined ? '' : `${host}: `;
    return [
      `  ${paint(TONES[severity], severity)} ${rule}${allowed}`,
      wrap(printable(`${where}${evidence}`), columns, '    '),
      wrap(printable(why), columns, '    why: '),
      wrap(printable(fix), columns, '    fix: '),
    ];
  });
}
