import type { NodeFacts } from '../model/facts.ts';

export interface TreeFile {
  readonly path: string;
  readonly base64: string;
}

/** All that decides the command line of K3s' next start on one node. */
export interface ConfigTree {
  /** The file that K3s reads; empty when argv says "no file" (`-c=`). */
  readonly configPath: string;
  /** Every file at hand by absolute path: configuration, drop-ins, unit files; others do no harm. */
  readonly files: readonly TreeFile[];
  /** As the unit has it: the binary, `server` or `agent`, flags. */
  readonly argv: readonly string[];
  /** Environment of the unit. */
  readonly env: Readonly<Record<string, string>>;
  /** The unit, its fragment first, then drop-ins in systemd's order. */
  readonly unit?: { readonly name: string; readonly paths: readonly string[] };
}

export const DEFAULT_CONFIG = '/etc/rancher/k3s/config.yaml';

/**
 * Which file K3s reads: `K3S_CONFIG_FILE`, else the first `--config` or `-c`, else the default.
 * Empty for `-c=` and for `-c` as last word: then no file is read, not even the default.
 */
export function configPathOf(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): string {
  const fromEnv = env['K3S_CONFIG_FILE'];
  if (fromEnv !== undefined && fromEnv !== '') return fromEnv;
  for (const [at, word] of argv.entries())
    for (const flag of ['--config', '-c']) {
      if (word === flag) return argv[at + 1] ?? '';
      if (word.startsWith(`${flag}=`)) return word.slice(flag.length + 1);
    }
  return DEFAULT_CONFIG;
}

/** The files that K3s merges, in its order: the main file, then direct `.yaml`/`.yml` entries of `PATH.d` by bytes. */
export function mergedFiles(tree: ConfigTree): TreeFile[] {
  if (tree.configPath === '') return [];
  const dir = `${tree.configPath}.d/`;
  const isDropIn = ({ path }: TreeFile): boolean =>
    path.startsWith(dir) && !path.slice(dir.length).includes('/') && /\.ya?ml$/i.test(path);
  const dropIns = tree.files
    .filter(isDropIn)
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return [...tree.files.filter((f) => f.path === tree.configPath), ...dropIns];
}

/** `server` or `agent`, whichever word of argv comes first. */
export function roleOf(argv: readonly string[]): 'server' | 'agent' | undefined {
  return argv.find((word): word is 'server' | 'agent' => word === 'server' || word === 'agent');
}

/** The tree of a node that was looked at; undefined where it has no K3s unit. */
export function treeOf(facts: NodeFacts): ConfigTree | undefined {
  const { unit } = facts;
  if (unit === undefined) return undefined;
  const { env } = facts.k3s;
  return {
    configPath: configPathOf(unit.execStart, env),
    files: facts.files,
    argv: unit.execStart,
    env,
    unit: { name: unit.name, paths: [unit.fragment, ...unit.dropIns] },
  };
}
