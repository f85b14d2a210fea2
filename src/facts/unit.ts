import { type ConfigTree, roleOf } from '../k3s/config-tree.ts';
import { unitCommand } from '../k3s/unit-word.ts';
import type { ConfigFile, UnitFacts } from '../model/facts.ts';
import { isSecretKey, MASK } from '../text/redact.ts';

/** `systemctl show` lines; a key that comes several times keeps all its values. */
function properties(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0)
      found.set(line.slice(0, at), [...(found.get(line.slice(0, at)) ?? []), line.slice(at + 1)]);
  }
  return found;
}

/** `/etc/default/k3s (ignore_errors=yes)` → the path. */
const pathOf = (value: string): string => value.replace(/ \(ignore_errors=(yes|no)\)$/, '');
const wordsOf = (value: string): string[] => value.split(' ').filter((w) => w !== '');

/**
 * The unit from `systemctl show`. Its argv comes from the unit files where they say the same as
 * systemd, since `show` prints words without their quotes. Undefined when no K3s unit was found,
 * or when it starts neither `server` nor `agent`.
 */
export function parseUnit(show: string, files: readonly ConfigFile[]): UnitFacts | undefined {
  const all = properties(show);
  const one = (key: string): string => all.get(key)?.at(-1) ?? '';
  const number = (key: string): number => Number(one(key)) || 0;
  const fragment = one('FragmentPath');
  const dropIns = wordsOf(one('DropInPaths'));
  const execStart = argvOf(one('ExecStart'), fragment, dropIns, files);
  const role = roleOf(execStart);
  if (one('Id') === '' || role === undefined) return undefined;
  return {
    name: one('Id'),
    role,
    fragment,
    dropIns,
    environmentFiles: (all.get('EnvironmentFiles') ?? []).filter((v) => v !== '').map(pathOf),
    execStart,
    activeState: one('ActiveState'),
    subState: one('SubState'),
    nRestarts: number('NRestarts'),
    invocationId: one('InvocationID'),
    mainPid: number('MainPID'),
    activeEnter: number('ActiveEnterTimestampMonotonic') / 1e6,
    needDaemonReload: one('NeedDaemonReload') === 'yes',
  };
}

function argvOf(
  shown: string,
  fragment: string,
  dropIns: readonly string[],
  files: readonly ConfigFile[],
): string[] {
  const loaded = /argv\[\]=(.*?) ; ignore_errors=/.exec(shown)?.[1];
  const tree: ConfigTree = {
    configPath: '',
    files,
    argv: [],
    env: {},
    unit: { name: '', paths: [fragment, ...dropIns] },
  };
  const written = unitCommand(tree)?.command.words.map((w) => w.value) ?? [];
  return loaded === undefined || written.join(' ') === loaded ? written : wordsOf(loaded);
}

/** Splits systemd's `Environment=` as `show` prints it: words, some in double quotes. */
function environmentLine(value: string): [string, string][] {
  return [...value.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].flatMap((match): [string, string][] => {
    const word = match[1]?.replace(/\\(.)/g, '$1') ?? match[2] ?? '';
    const at = word.indexOf('=');
    return at > 0 ? [[word.slice(0, at), word.slice(at + 1)]] : [];
  });
}

/** Lines of an EnvironmentFile: comments out, one pair of quotes off. */
function environmentFile(text: string): [string, string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*?)\s*$/.exec(line);
    if (match === null) return [];
    const [, key = '', raw = ''] = match;
    return [[key, /^(["']).*\1$/.test(raw) ? raw.slice(1, -1) : raw]];
  });
}

/** K3s' variables of the unit, files after `Environment=`, later ones winning; secrets masked. */
export function parseEnv(
  show: string,
  unit: UnitFacts,
  files: readonly ConfigFile[],
): Record<string, string> {
  const inline = (properties(show).get('Environment') ?? []).flatMap(environmentLine);
  const fromFiles = unit.environmentFiles.flatMap((path) => {
    const file = files.find((f) => f.path === path);
    return file === undefined
      ? []
      : environmentFile(Buffer.from(file.base64, 'base64').toString('utf8'));
  });
  const own = [...inline, ...fromFiles].filter(([key]) => key.startsWith('K3S_'));
  return Object.fromEntries(
    own.map(([key, value]) => [key, value !== '' && isSecretKey(key) ? MASK : value]),
  );
}
