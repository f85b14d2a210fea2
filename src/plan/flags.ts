import type { NodeFacts } from '../model/facts.ts';
import type { PlanFile } from '../model/plan.ts';
import type { FlagEdit } from '../steps/context.ts';

/** How one host's K3s flag is read and changed; made by `k3s/` from the files in the facts. */
export interface FlagReader {
  /** Effective value on disk, i.e. what the next start would use. */
  value(facts: NodeFacts): string;
  /** Where it stands, in words, e.g. `/etc/rancher/k3s/config.yaml:3`. */
  where(facts: NodeFacts): string;
  /** Merged command line of the next start, secrets masked. */
  args(facts: NodeFacts): readonly string[];
  /** The change to a value (and the way back, to `running` where the file says the value already), or why it cannot be made. */
  edit(
    facts: NodeFacts,
    value: string,
    running: string,
  ): (FlagEdit & { readonly files: readonly PlanFile[] }) | { readonly refuse: string };
}
