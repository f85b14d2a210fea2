// `kubectl get nodes` for people.
import type { NodeObject } from './node-object.ts';

export function table(nodes: readonly NodeObject[], bare: boolean, now: number): string {
  const rows = nodes.map((node) => row(node, now));
  if (!bare) rows.unshift(['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION']);
  const widths = [0, 1, 2, 3, 4].map((at) =>
    Math.max(...rows.map((cells) => cells[at]?.length ?? 0)),
  );
  return rows
    .map((cells) =>
      cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function row(node: NodeObject, now: number): string[] {
  const ready = node.status.conditions.find(({ type }) => type === 'Ready')?.status === 'True';
  const labels = node.metadata['labels'] as Record<string, string>;
  const roles = Object.keys(labels)
    .flatMap((label) => /^node-role\.kubernetes\.io\/(.+)/.exec(label)?.[1] ?? [])
    .sort();
  const age = Math.floor((now - Date.parse(String(node.metadata['creationTimestamp']))) / 1000);
  const { kubeletVersion } = node.status['nodeInfo'] as { kubeletVersion: string };
  const shown = age < 120 ? `${age}s` : `${Math.floor(age / 60)}m`;
  const status = ready ? 'Ready' : 'NotReady';
  return [node.metadata.name, status, roles.join(',') || '<none>', shown, kubeletVersion];
}
