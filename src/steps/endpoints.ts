import type { Action, FileSplice } from '../model/action.ts';
import type { StepMaker } from './context.ts';
import { peersOf } from './context.ts';
import { inverses } from './inverse.ts';

/**
 * Two addresses of each node's pod subnet for probes, reserved in host-local's store: the meter's
 * follows the pods; the proof's is led through `main` by rules above the pin, on both ends.
 */
export const endpoints: StepMaker = (_params, context) => {
  const { self, pin } = context;
  const own = context.endpoints.get(self.node.name);
  if (own === undefined) return undefined;
  const actions: Exclude<Action, FileSplice>[] = [own.probe, own.meter].map((address) => ({
    kind: 'endpoint.add',
    address,
    dev: own.dev,
    store: own.store,
  }));
  const rule = { family: 4, pref: pin.pref - 1, table: 'main', proto: pin.proto } as const;
  actions.push({ kind: 'rule.add', rule: { ...rule, from: `${own.probe}/32` } });
  for (const peer of peersOf(context)) {
    const theirs = context.endpoints.get(peer.node.name);
    if (theirs) actions.push({ kind: 'rule.add', rule: { ...rule, to: `${theirs.probe}/32` } });
  }
  return {
    actions,
    undo: inverses(actions),
    signs: [],
    why: 'probes use addresses that no pod can take',
  };
};
