import type { Backend } from '../k3s/backends.ts';
import type { Member } from '../k3s/dataplane.ts';
import type { NodeFacts } from '../model/facts.ts';
import type { Finding } from '../model/plan.ts';

/** What a rule sees: every host's facts, the cluster's members, and the wanted backend. Pure. */
export interface Scene {
  readonly facts: readonly NodeFacts[];
  readonly members: readonly Member[];
  readonly clusterCidrs: readonly string[];
  readonly to: Backend;
}

export interface Rule {
  readonly id: string;
  /** Source in the documentation of K3s or a measured fact. */
  readonly source: string;
  find(scene: Scene): Finding[];
}

export const finding = (
  rule: string,
  severity: Finding['severity'],
  host: string | undefined,
  evidence: string,
  why: string,
  fix: string,
): Finding => ({ rule, severity, host, evidence, why, fix });
