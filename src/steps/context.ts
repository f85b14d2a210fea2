import type { Backend } from '../k3s/backends.ts';
import type { Member } from '../k3s/dataplane.ts';
import type { Action } from '../model/action.ts';
import type { NodeFacts } from '../model/facts.ts';
import type { Sign } from '../model/plan.ts';

/** A member whose host was looked at. */
export interface Known extends Member {
  readonly facts: NodeFacts;
}

/** Numbers of our own that no node uses yet; every rule and route of ours carries `proto`. */
export interface PinNumbers {
  readonly pref: number;
  readonly table: string;
  readonly proto: string;
}

/** How to change one K3s flag on this host; made once by the planner, since files are read there. */
export interface FlagEdit {
  readonly actions: readonly Action[];
  readonly undo: readonly Action[];
  readonly backups: readonly string[];
}

export interface StepContext {
  readonly self: Known;
  readonly all: readonly Known[];
  readonly clusterCidr: string;
  readonly to: Backend;
  readonly pin: PinNumbers;
  /** Probe and meter address of each node, by node name. */
  readonly endpoints: ReadonlyMap<
    string,
    { probe: string; meter: string; dev: string; store: string }
  >;
  readonly edit: FlagEdit | undefined;
  readonly restart: boolean;
  readonly restartLimit: number;
}

/** What one step does on one host; undefined where there is nothing to do. */
export interface StepResult {
  readonly actions: readonly Action[];
  readonly undo: readonly Action[];
  readonly signs: readonly Sign[];
  readonly why: string;
}

export type StepMaker = (
  params: Readonly<Record<string, string>>,
  context: StepContext,
) => StepResult | undefined;

export const peersOf = (context: StepContext): readonly Known[] =>
  context.all.filter((m) => m.node.name !== context.self.node.name);
