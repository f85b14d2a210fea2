import { sha256 } from '../text/bytes.ts';
import type { Action, FileSplice, Splice } from '../model/action.ts';

/** What a splice takes out, needed to put it back. Bytes of the file as it was before. */
export function invertSplice(action: FileSplice, before: Buffer): FileSplice {
  let shift = 0;
  const splices: Splice[] = action.splices.map((s) => {
    const start = s.start + shift;
    const length = Buffer.byteLength(s.text);
    shift += length - (s.end - s.start);
    return { start, end: start + length, text: before.subarray(s.start, s.end).toString('utf8') };
  });
  return {
    kind: 'file.splice',
    path: action.path,
    before: action.after,
    after: action.before,
    splices,
  };
}

/**
 * The action that takes another back, or undefined where nothing is owed
 * (a module stays loaded while something may use it, a deleted leftover is not rebuilt).
 */
export function inverse(action: Exclude<Action, FileSplice>): Action | undefined {
  switch (action.kind) {
    case 'file.write':
      return action.before === null
        ? { kind: 'file.remove', path: action.path, before: sha256(Buffer.from(action.text)) }
        : undefined;
    case 'route.add':
      return { kind: 'route.del', route: action.route };
    case 'route.del':
      return { kind: 'route.add', route: action.route };
    case 'rule.add':
      return { kind: 'rule.del', rule: action.rule };
    case 'rule.del':
      return { kind: 'rule.add', rule: action.rule };
    case 'sysctl.set':
    case 'sysctl.if_present':
      return {
        kind: 'sysctl.if_present',
        key: action.key,
        value: action.before,
        before: action.value,
      };
    case 'endpoint.add':
      return { ...action, kind: 'endpoint.del' };
    case 'endpoint.del':
      return { ...action, kind: 'endpoint.add' };
    case 'k3s.restart':
    case 'systemd.reload':
      return action;
    case 'file.remove':
    case 'module.load':
    case 'module.unload':
    case 'link.del':
      return undefined;
  }
}

/** Inverses in the order to run them: last effect first. */
export function inverses(actions: readonly Exclude<Action, FileSplice>[]): Action[] {
  return [...actions].reverse().flatMap((a) => inverse(a) ?? []);
}
