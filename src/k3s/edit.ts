import type { NodeFacts } from '../model/facts.ts';
import { utf8 } from '../text/bytes.ts';
import { addYamlKey, type KeyEdit, setYamlKey } from '../text/yaml-key.ts';
import { type ConfigTree, mergedFiles, roleOf, treeOf } from './config-tree.ts';
import { inUnit } from './edit-unit.ts';
import { byHand, edited, type FileEdit, made, type Refusal, refuse } from './file-edit.ts';
import { flagOf } from './flags.ts';
import { mergedArgs, type Origin, type Setting, where } from './resolve.ts';

/**
 * Changes a flag where its effective definition stands: a YAML key, or a word of ExecStart. Where it
 * stands nowhere, adds it to the configuration. Undefined when the next start has that value already.
 * Everything around the value stays byte for byte; what cannot be edited safely is a refusal.
 */
export function editFlag(
  from: NodeFacts | ConfigTree,
  flag: string,
  value: string,
): FileEdit | Refusal | undefined {
  const tree = 'argv' in from ? from : treeOf(from);
  if (tree === undefined)
    return refuse('this host has no K3s unit', 'Check that the inventory names the right host.');
  const setting = where(tree, flag);
  if ('error' in setting)
    return refuse(
      `K3s would not start with ${setting.path}: ${setting.error}`,
      'Mend the file first.',
      setting.path,
    );
  const unfit = unfitFor(tree, flag);
  if (unfit !== undefined) return unfit;
  if (setting.value === value) return undefined;
  const edit = place(tree, setting, value);
  if ('refused' in edit) return edit;
  const fault = proven(tree, edit, flag, value);
  return fault === undefined ? edit : refuse(fault, byHand(edit.path, flag, value), edit.path);
}

function unfitFor(tree: ConfigTree, flag: string): Refusal | undefined {
  const role = roleOf(tree.argv);
  if (role === undefined)
    return refuse(
      'the unit does not start `k3s server` or `k3s agent` itself',
      'Write the flag by hand.',
    );
  const known = flagOf(flag);
  if (role === 'agent' && known?.roles === 'server')
    return refuse(
      `agents have no flag ${flag}`,
      'They take it from the server at each start: set it on servers only.',
    );
  if (known?.kind === 'list') return refuse(`${flag} can be given many times`, 'Edit it by hand.');
  if (tree.argv.some((word) => /\$[A-Za-z_{]/.test(word)))
    return refuse(
      'ExecStart takes words from the environment',
      `Write --${flag} into ExecStart or into the configuration file.`,
    );
  return undefined;
}

function place(tree: ConfigTree, setting: Setting, value: string): FileEdit | Refusal {
  const { origin, flag } = setting;
  switch (origin.t) {
    case 'file':
      return inYaml(tree, setting, origin.path, value, (source) =>
        setYamlKey(source, keyIn(tree, origin, flag), value),
      );
    case 'unit':
      return inUnit(setting, origin, value);
    case 'env':
      return refuse(
        `${flag} comes from the environment (${origin.name})`,
        "Change it in the unit's environment file.",
      );
    case 'default':
      return addTo(tree, setting, value);
  }
}

/** The spelling in the file: the name or its alias. */
function keyIn(tree: ConfigTree, origin: Extract<Origin, { t: 'file' }>, flag: string): string {
  const alias = flagOf(flag)?.alias;
  const file = tree.files.find((f) => f.path === origin.path);
  const source = file === undefined ? '' : (utf8(Buffer.from(file.base64, 'base64')) ?? '');
  const line = source.split('\n')[origin.line - 1] ?? '';
  return alias !== undefined && new RegExp(`^\\ufeff?\\s*["']?${alias}\\+?["']?\\s*:`).test(line)
    ? alias
    : flag;
}

function addTo(tree: ConfigTree, setting: Setting, value: string): FileEdit | Refusal {
  if (tree.configPath === '')
    return refuse(
      'the unit tells K3s to read no configuration file',
      'Remove `-c` from ExecStart.',
    );
  const files = mergedFiles(tree);
  const target = files.find((f) => f.path === tree.configPath) ?? files.at(-1);
  // With drop-ins alone a new config.yaml would make older K3s read settings that it ignored: use the last drop-in.
  if (target !== undefined)
    return inYaml(tree, setting, target.path, value, (source) =>
      addYamlKey(source, setting.flag, value),
    );
  const added = addYamlKey('', setting.flag, value);
  if ('refused' in added)
    return refuse(added.refused, byHand(tree.configPath, setting.flag, value));
  return made(tree.configPath, undefined, [added.splice], setting, value, false);
}

function inYaml(
  tree: ConfigTree,
  setting: Setting,
  path: string,
  value: string,
  change: (source: string) => KeyEdit,
): FileEdit | Refusal {
  const file = tree.files.find((f) => f.path === path);
  const bytes = file === undefined ? undefined : Buffer.from(file.base64, 'base64');
  const source = bytes === undefined ? undefined : utf8(bytes);
  if (bytes === undefined || source === undefined)
    return refuse(`${path} cannot be read as text`, byHand(path, setting.flag, value), path);
  const edit = change(source);
  if ('refused' in edit)
    return refuse(`${path}: ${edit.refused}`, byHand(path, setting.flag, value), path);
  return made(path, bytes, [edit.splice], setting, value, false);
}

/** Resolves again after the edit: the flag has the value, and exactly one word of the command line is new. */
function proven(tree: ConfigTree, edit: FileEdit, flag: string, value: string): string | undefined {
  const next = edited(tree, edit);
  const now = where(next, flag);
  const args = [mergedArgs(tree), mergedArgs(next)] as const;
  const [old, fresh] = args;
  if ('error' in now || 'error' in old || 'error' in fresh)
    return 'K3s could not read the edited file';
  if (now.value !== value) return `the edit does not make ${flag} ${value}`;
  const differing = fresh.filter((word, at) => word !== old[at]).length;
  const added = fresh.length - old.length;
  const onlyAdded = added === 1 && old.every((word) => fresh.includes(word));
  return (added === 0 && differing === 1) || onlyAdded
    ? undefined
    : 'the edit would change other settings too';
}
