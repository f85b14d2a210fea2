import type { Sign } from '../model/plan.ts';
import type { StepMaker } from './context.ts';

/** Puts the setting into the place where it is today; the file is edited, nothing restarts. */
export const k3sConfig: StepMaker = (_params, { edit, to, self }) => {
  if (edit === undefined) return undefined;
  return {
    actions: edit.actions,
    undo: edit.undo,
    signs: [],
    why:
      edit.actions.length === 0
        ? 'the file says it already'
        : `the next start of ${self.node.name} uses ${to.name}`,
  };
};

/** Restarts K3s where it does not run the new backend yet. Exit code, `active` and `Ready` prove nothing. */
export const k3sRestart: StepMaker = (_params, { self, restart, to }) => {
  const unit = self.facts.unit;
  if (!restart || unit === undefined) return undefined;
  const signs: Sign[] = [
    {
      kind: 'stable',
      value: '',
      why: 'the restart counter stays still for longer than Flannel needs to fail',
    },
    {
      kind: 'backend',
      value: to.type,
      why: `the node's annotation and net-conf.json say ${to.type}`,
    },
    { kind: 'ready', value: '', why: 'the node is Ready' },
  ];
  if (unit.role === 'server')
    signs.push(
      { kind: 'served', value: to.name, why: `the server gives ${to.name} to agents` },
      { kind: 'api', value: '', why: 'the API answers' },
      ...(self.facts.k3s.datastore === 'etcd'
        ? [{ kind: 'etcd', value: '', why: 'etcd is healthy' } as const]
        : []),
    );
  const restartAction = { kind: 'k3s.restart', unit: unit.name } as const;
  return {
    actions: [restartAction],
    undo: [restartAction],
    signs,
    why: `K3s reads its backend at start only`,
  };
};
