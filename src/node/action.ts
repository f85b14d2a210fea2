import type { Action } from '../model/action.ts';
import { FILE_LIB, fileCall } from './file.ts';
import { linkCall, NET_LIB, routeCall, ruleCall } from './net.ts';
import type { NodeOptions } from './layout.ts';
import { enclosed, prelude } from './prelude.ts';
import { SYSTEM_LIB, systemCall } from './system.ts';

/** Shell functions that `actionCall` calls; they need `prelude()` before them. */
export const ACTION_LIB = [FILE_LIB, NET_LIB, SYSTEM_LIB].join('');

/**
 * One call per action. It prints `same` when the effect is there already, `done` when it made it;
 * otherwise a reason on stderr and exit 65 (neither before nor after was found, nothing touched)
 * or 73 (the node could not, what was there is still there).
 */
export function actionCall(action: Action): string {
  switch (action.kind) {
    case 'file.splice':
    case 'file.write':
    case 'file.remove':
      return fileCall(action);
    case 'route.add':
    case 'route.del':
      return routeCall(action);
    case 'rule.add':
    case 'rule.del':
      return ruleCall(action);
    case 'link.del':
      return linkCall(action);
    default:
      return systemCall(action);
  }
}

/** One action as a script that stands alone (class change). `run` names the backup directory. */
export function actionScript(action: Action, run: string, options: NodeOptions = {}): string {
  return enclosed(`${prelude(run, options)}${ACTION_LIB}${actionCall(action)}`);
}
