import type { Action, FileSplice, FileWrite, Splice } from '../model/action.ts';
import { EXIT, type Problem } from '../model/problem.ts';
import { applySplices, sha256 } from '../text/bytes.ts';
import type { ConfigTree, TreeFile } from './config-tree.ts';
import { type Setting, settingWords } from './resolve.ts';
import { unitCommand } from './unit-word.ts';

/** How one file changes so that K3s' next start uses the wanted value. */
export interface FileEdit {
  readonly path: string;
  /** sha256 before; null when the file is created. */
  readonly before: string | null;
  readonly after: string;
  /** Byte offsets into the file as it was. */
  readonly splices: readonly Splice[];
  /** True when systemd must read its units again. */
  readonly reload: boolean;
  /** Where the setting was, in words. */
  readonly at: string;
  readonly from: string | undefined;
  readonly to: string;
  /** Both as text, for a diff; never leaves memory unredacted. */
  readonly texts: { readonly before: string | null; readonly after: string };
}

export interface Refusal {
  readonly refused: Problem;
}

export function made(
  path: string,
  bytes: Buffer | undefined,
  splices: readonly Splice[],
  setting: Setting,
  to: string,
  reload: boolean,
): FileEdit {
  const after = applySplices(bytes ?? Buffer.alloc(0), splices);
  const texts = {
    before: bytes === undefined ? null : bytes.toString('utf8'),
    after: after.toString('utf8'),
  };
  const before = bytes === undefined ? null : sha256(bytes);
  return {
    path,
    before,
    after: sha256(after),
    splices,
    reload,
    at: settingWords(setting.origin),
    from: setting.value,
    to,
    texts,
  };
}

/** The tree as it will be after the edit. */
export function edited(tree: ConfigTree, edit: FileEdit): ConfigTree {
  const file: TreeFile = {
    path: edit.path,
    base64: Buffer.from(edit.texts.after).toString('base64'),
  };
  const after = { ...tree, files: [...tree.files.filter((f) => f.path !== edit.path), file] };
  const words = edit.reload ? unitCommand(after)?.command.words : undefined;
  return words === undefined ? after : { ...after, argv: words.map((w) => w.value) };
}

/** The edit as actions, in the order to run them. */
export function editActions(edit: FileEdit): Action[] {
  const { path, before, after, splices } = edit;
  const file: FileSplice | FileWrite =
    before === null
      ? { kind: 'file.write', path, mode: '0600', text: edit.texts.after, before: null }
      : { kind: 'file.splice', path, before, after, splices };
  return edit.reload ? [file, { kind: 'systemd.reload' }] : [file];
}

export const byHand = (path: string, flag: string, value: string): string =>
  `Write \`${flag}: ${value}\` into ${path} by hand.`;

/** The reason is the summary's second half: it is what a reader needs first. */
export function refuse(reason: string, hint: string, file?: string): Refusal {
  const problem: Problem = {
    code: 'config.not_editable',
    exit: EXIT.refused,
    summary: `The K3s setting cannot be edited safely: ${reason}`,
    hint,
  };
  return { refused: file === undefined ? problem : { ...problem, file } };
}
