// config.yaml and its drop-ins → the flags that K3s puts before those of the command line.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { PATHS } from './constants.ts';
import { type ConfigEntry, parseConfig } from './yaml.ts';

/** Which file: K3S_CONFIG_FILE, then --config or -c, then the default. */
export function configFile(argv: readonly string[], env: NodeJS.ProcessEnv): string {
  if (env['K3S_CONFIG_FILE']) return env['K3S_CONFIG_FILE'];
  for (const [at, word] of argv.entries()) {
    if (word === '--config' || word === '-c') return argv[at + 1] ?? '';
    const joined = /^(?:--config|-c)=(.*)$/.exec(word);
    if (joined) return joined[1] ?? '';
  }
  return PATHS.config;
}

/** The file itself first, then `<file>.d/*.yaml` in byte order. */
export function readConfigTexts(file: string): string[] {
  const names = existsSync(`${file}.d`) ? readdirSync(`${file}.d`, { withFileTypes: true }) : [];
  const dropIns = names
    .filter((entry) => !entry.isDirectory() && /\.ya?ml$/i.test(entry.name))
    .map((entry) => entry.name)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return [file, ...dropIns.map((name) => `${file}.d/${name}`)]
    .filter((path) => path !== '' && existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
}

/** A later key replaces an earlier one in its place; `key+` appends. */
export function mergeConfigs(texts: readonly string[]): ConfigEntry[] {
  const merged = new Map<string, ConfigEntry>();
  for (const entry of texts.flatMap(parseConfig)) {
    const key = entry.key.replace(/\+$/, '');
    const before = entry.key.endsWith('+') ? merged.get(key) : undefined;
    merged.set(
      key,
      before ? { key, values: [...before.values, ...entry.values], list: true } : { ...entry, key },
    );
  }
  return [...merged.values()];
}

export function toFlags(entries: readonly ConfigEntry[]): string[] {
  return entries.flatMap(({ key, values }) =>
    values.map((value) => `${key.length === 1 ? '-' : '--'}${key}=${value}`),
  );
}
