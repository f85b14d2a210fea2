import { lineColumn, utf8 } from '../text/bytes.ts';
import { type Command, execStart, type Word } from '../text/unit.ts';
import type { ConfigTree } from './config-tree.ts';

/** One argument of K3s' command line in the unit file that has it. */
export interface UnitWord {
  readonly path: string;
  readonly source: string;
  readonly line: number;
  readonly column: number;
  readonly word: Word;
}

export interface UnitCommand {
  readonly path: string;
  readonly source: string;
  readonly command: Command;
}

/** The `ExecStart=` in effect: that of the last unit file that sets one. Undefined when unreadable or reset. */
export function unitCommand(tree: ConfigTree): UnitCommand | undefined {
  let found: UnitCommand | undefined;
  for (const path of tree.unit?.paths ?? []) {
    const file = tree.files.find((f) => f.path === path);
    const source = file === undefined ? undefined : utf8(Buffer.from(file.base64, 'base64'));
    const command = source === undefined ? undefined : execStart(source);
    if (command === 'reset') found = undefined;
    else if (command !== undefined && source !== undefined) found = { path, source, command };
  }
  return found;
}

/** Argument `index` of argv in its unit file; undefined unless file and argv say the same words. */
export function unitWord(tree: ConfigTree, index: number): UnitWord | undefined {
  const unit = unitCommand(tree);
  if (unit === undefined) return undefined;
  const { words } = unit.command;
  if (words.map((w) => w.value).join('\0') !== tree.argv.join('\0')) return undefined;
  const word = words[index];
  if (word === undefined) return undefined;
  return { path: unit.path, source: unit.source, ...lineColumn(unit.source, word.start), word };
}
