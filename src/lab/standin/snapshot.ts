// `k3s etcd-snapshot save` and `ls`.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { PATHS } from './constants.ts';
import { fatal, say } from './log.ts';

const DIRECTORY = `${PATHS.data}/server/db/snapshots`;

export function snapshot(argv: readonly string[]): number {
  const [command, ...rest] = argv;
  if (command === 'save') return save(rest);
  if (command === 'ls' || command === 'list') return list();
  process.stderr.write(`No help topic for '${command ?? ''}'\n`);
  return 3;
}

function save(argv: readonly string[]): number {
  const data = `${PATHS.data}/server/db/etcd/member/snap/db`;
  if (!existsSync(data)) return fatal('see server log for details: etcd datastore disabled');
  const joined = argv.find((word) => word.startsWith('--name='))?.slice('--name='.length);
  const at = argv.indexOf('--name');
  const base = joined ?? (at >= 0 ? argv[at + 1] : undefined) ?? 'on-demand';
  const name = `${base}-${hostname()}-${Math.floor(Date.now() / 1000)}`;
  mkdirSync(DIRECTORY, { recursive: true, mode: 0o700 });
  writeFileSync(`${DIRECTORY}/${name}`, readFileSync(data), { mode: 0o600 });
  say('info', `Snapshot ${name} saved.`);
  return 0;
}

function list(): number {
  const names = existsSync(DIRECTORY) ? readdirSync(DIRECTORY) : [];
  const items = names.map((name) => item(name));
  const value = { kind: 'List', apiVersion: 'v1', metadata: {}, items };
  process.stdout.write(`${JSON.stringify(value, null, 4)}\n`);
  return 0;
}

function item(name: string): Record<string, unknown> {
  const { size, mtime } = statSync(`${DIRECTORY}/${name}`);
  const labels = { 'etcd.k3s.cattle.io/snapshot-storage-node': hostname() };
  const creationTime = `${mtime.toISOString().slice(0, 19)}Z`;
  return {
    kind: 'ETCDSnapshotFile',
    apiVersion: 'k3s.cattle.io/v1',
    metadata: { name: `local-${name}`, labels },
    spec: { snapshotName: name, nodeName: hostname(), location: `file://${DIRECTORY}/${name}` },
    status: { size: String(size), creationTime, readyToUse: true },
  };
}
