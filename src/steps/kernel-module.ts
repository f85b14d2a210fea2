import type { Action } from '../model/action.ts';
import type { StepMaker } from './context.ts';

/** Loads the module of the new backend and keeps it over a reboot. Built-in modules need neither. */
export const kernelModule: StepMaker = (_params, { to, self }) => {
  if (to.module === undefined) return undefined;
  const state = self.facts.modules[to.module];
  if (state === 'builtin' || state === undefined) return undefined;
  const path = `/etc/modules-load.d/reweave-${to.module}.conf`;
  const actions: Action[] = [
    { kind: 'module.load', name: to.module },
    { kind: 'file.write', path, mode: '0644', text: `${to.module}\n`, before: null },
  ];
  return {
    actions,
    undo: [],
    signs: [],
    why: `${to.name} needs the kernel module ${to.module}, also after a reboot`,
  };
};
