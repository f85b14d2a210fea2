import type { Plan, PlanFile } from '../model/plan.ts';
import type { Page } from './plan.ts';
import { printable } from './printable.ts';
import type { Paint } from './style.ts';
import { displayWidth, padTo } from './width.ts';
import { wrap } from './wrap.ts';

/** Name, role, version, and where the setting stands today. */
export function nodesSection(plan: Plan, { columns }: Page): string[] {
  const rows = plan.nodes.map((node) => [node.host, node.role, node.version] as const);
  const widths = [0, 1, 2].map((i) =>
    Math.max(0, ...rows.map((row) => displayWidth(row[i] ?? ''))),
  );
  return plan.nodes.map((node, at) => {
    const cells = (rows[at] ?? []).map((cell, i) => padTo(cell, widths[i] ?? 0));
    const lead = `  ${cells.join('  ')}  `;
    return wrap(`${node.backendOld}, ${printable(node.settingAt)}`, columns, lead);
  });
}

/** Unified diffs at the left margin, so that `git apply` accepts them as printed. */
export function filesSection(plan: Plan, { diffs, paint, columns }: Page): string[] {
  if (diffs === false) return [];
  return plan.nodes.flatMap((node) =>
    node.files.flatMap((file) => [
      `  ${node.host}: ${file.path}`,
      ...maskNote(file, columns),
      ...file.diff
        .trimEnd()
        .split('\n')
        .map((line) => paintDiff(printable(line), paint)),
    ]),
  );
}

function maskNote({ redacted }: PlanFile, columns: number): string[] {
  if (!redacted) return [];
  const note =
    'Lines that hold secrets are masked here, so this diff cannot be applied as printed.';
  return [wrap(note, columns, '    ')];
}

function paintDiff(line: string, paint: Paint): string {
  if (line.startsWith('+++') || line.startsWith('---')) return paint('bold', line);
  if (line.startsWith('+')) return paint('green', line);
  if (line.startsWith('-')) return paint('red', line);
  return line.startsWith('@@') ? paint('cyan', line) : line;
}
