import type { Action } from '../model/action.ts';
import type { HostStep, Phase, Plan, PlanNode, Sign, Stage } from '../model/plan.ts';
import { type RunState, stepKey } from './state.ts';

/** Signs of a return: the same things looked at, with the old values. */
function oldSigns(signs: readonly Sign[], node: PlanNode): Sign[] {
  return signs.map((s) => {
    if (s.kind === 'backend')
      return {
        ...s,
        value: node.typeOld,
        why: `annotation and net-conf.json say ${node.typeOld} again`,
      };
    if (s.kind === 'served')
      return { ...s, value: node.backendOld, why: `the server gives ${node.backendOld} again` };
    return s;
  });
}

/**
 * The way back of a plan, for what its journal says was begun: the data plane first, then files,
 * then K3s (servers in turn, agents after all servers), proof, and last everything of our own.
 */
export function backStages(plan: Plan, state: RunState): Stage[] {
  const begun = (s: HostStep): boolean => state.steps.has(stepKey('forward', s.id));
  const node = (host: string): PlanNode | undefined => plan.nodes.find((n) => n.host === host);
  const of = (phase: Phase): HostStep[] =>
    plan.stages
      .filter((s) => s.phase === phase)
      .flatMap((s) => s.batches.flat())
      .filter(begun);
  const back = (step: HostStep): HostStep => {
    const self = node(step.host);
    return {
      ...step,
      actions: step.undo,
      signs: step.step === 'k3s_restart' && self ? oldSigns(step.signs, self) : [],
      why: `back to ${plan.from}`,
    };
  };
  const own = (
    name: string,
    hosts: readonly string[],
    pick: (n: PlanNode) => readonly Action[],
    signs: (n: PlanNode) => Sign[],
  ): HostStep[] =>
    plan.nodes
      .filter((n) => hosts.includes(n.host))
      .flatMap((n) => {
        const actions = pick(n);
        if (actions.length === 0 && signs(n).length === 0) return [];
        return [
          {
            id: `back-${name}/${n.host}`,
            host: n.host,
            step: name,
            actions,
            undo: [],
            signs: signs(n),
            deadline: plan.lease.slot,
            why: `back to ${plan.from}`,
          },
        ];
      });
  const stage = (id: string, title: string, phase: Phase, batches: HostStep[][]): Stage => ({
    id: `back-${id}`,
    title,
    why: `back to ${plan.from}`,
    phase,
    barrier: phase === 'unpin',
    batches: batches.filter((b) => b.length > 0),
  });
  const proof = (id: string, which: 'new' | 'real', title: string): Stage => ({
    id: `back-${id}`,
    title,
    why: 'a return is proven like a move',
    phase: 'proof',
    barrier: true,
    batches: [],
    proof: which,
  });

  const pinnedHosts = of('pin').map((s) => s.host);
  const restarted = plan.stages
    .filter((s) => s.phase === 'restart')
    .flatMap((s) => s.batches.map((b) => b.filter(begun).map(back)));
  const pinned = pinnedHosts.length > 0;
  const everywhere = plan.nodes.every((n) => pinnedHosts.includes(n.host));
  return [
    stage('repin', 'Pods go back to the old path', 'unpin', [of('unpin').map(back)]),
    stage('main', 'Old routes go back into main', 'beside', [of('beside').map(back)]),
    stage('files', 'Files are restored', 'write', [of('write').map(back)]),
    stage('restart', 'K3s returns, servers in turn, then agents', 'restart', restarted),
    ...(pinned
      ? [
          stage('clean', 'What the new backend left is cleaned', 'clean', [
            own(
              'clean',
              pinnedHosts,
              (n) => n.guard.cleanOld,
              () =>
                restarted.flat().length > 0
                  ? [
                      {
                        kind: 'routes',
                        value: plan.from,
                        why: `main leads to every peer over ${plan.from}`,
                      },
                    ]
                  : [],
            ),
          ]),
          ...(everywhere ? [proof('proof-beside', 'new', 'The old path carries every pair')] : []),
          stage('unpin', 'Pods leave the pin', 'unpin', [
            own(
              'unpin',
              pinnedHosts,
              (n) => n.guard.unpin,
              () => [],
            ),
          ]),
          ...(everywhere ? [proof('proof-real', 'real', "Pods' own path carries every pair")] : []),
        ]
      : []),
    stage(
      'tidy',
      'Everything of our own is removed',
      'tidy',
      [...new Set(of('pin').map((s) => s.step))].reverse().map((name) =>
        of('pin')
          .filter((s) => s.step === name)
          .map(back),
      ),
    ),
    stage('prepare', 'Preparations are taken back', 'prepare', [
      of('prepare')
        .map(back)
        .filter((s) => s.actions.length > 0),
    ]),
  ].filter((s) => s.proof !== undefined || s.batches.length > 0);
}
