import { type ConfigTree, treeOf } from '../k3s/config-tree.ts';
import { editFlag } from '../k3s/edit.ts';
import { editActions, type FileEdit } from '../k3s/file-edit.ts';
import { mergedArgs, settingWords, where } from '../k3s/resolve.ts';
import type { Action, FileSplice } from '../model/action.ts';
import type { NodeFacts } from '../model/facts.ts';
import { EXIT, ReweaveError } from '../model/problem.ts';
import type { FlagReader } from '../plan/flags.ts';
import { invertSplice } from '../steps/inverse.ts';
import { readableDiff } from '../text/diff.ts';
import { redactArgs } from '../text/redact.ts';

const FLAG = 'flannel-backend';

function tree(facts: NodeFacts): ConfigTree {
  const found = treeOf(facts);
  if (found) return found;
  throw new ReweaveError({
    code: 'facts.unit',
    exit: EXIT.refused,
    host: facts.host,
    summary: `${facts.host} has no K3s unit`,
  });
}

function setting(facts: NodeFacts): ReturnType<typeof where> & { value: string | undefined } {
  const found = where(tree(facts), FLAG);
  if ('error' in found)
    throw new ReweaveError({
      code: 'facts.config',
      exit: EXIT.refused,
      host: facts.host,
      file: found.path,
      summary: `${facts.host}: K3s would not start with ${found.path}: ${found.error}`,
      hint: 'mend the file first',
    });
  return found;
}

/** The merged command line with secrets masked, as the annotation `k3s.io/node-args` has it. */
function args(facts: NodeFacts): string[] {
  const merged = mergedArgs(tree(facts));
  return 'error' in merged ? [] : redactArgs(merged);
}

function backward(edit: FileEdit): Action[] {
  const undo: Action =
    edit.before === null
      ? { kind: 'file.remove', path: edit.path, before: edit.after }
      : invertSplice(
          {
            kind: 'file.splice',
            path: edit.path,
            before: edit.before,
            after: edit.after,
            splices: edit.splices,
          } satisfies FileSplice,
          Buffer.from(edit.texts.before ?? ''),
        );
  return edit.reload ? [undo, { kind: 'systemd.reload' }] : [undo];
}

/** Reads and edits `flannel-backend` where it is on each host. */
export function flagReader(): FlagReader {
  return {
    value: (facts) => setting(facts).value ?? '',
    where: (facts) => {
      const found = setting(facts);
      return 'error' in found ? '' : settingWords(found.origin);
    },
    args,
    edit: (facts, value, running) => {
      const edit = editFlag(tree(facts), FLAG, value);
      if (edit !== undefined && 'refused' in edit) return { refuse: edit.refused.summary };
      if (edit === undefined) {
        // The file says it already and K3s does not run it yet: the way back is to what runs.
        const pending = running === value ? undefined : editFlag(tree(facts), FLAG, running);
        if (pending === undefined || 'refused' in pending)
          return { actions: [], undo: [], backups: [], files: [] };
        return { actions: [], undo: editActions(pending), backups: [pending.path], files: [] };
      }
      const { diff, redacted } = readableDiff(edit.path, edit.texts.before, edit.texts.after);
      return {
        actions: editActions(edit),
        undo: backward(edit),
        backups: [edit.path],
        files: [{ path: edit.path, before: edit.before ?? '', after: edit.after, diff, redacted }],
      };
    },
  };
}
