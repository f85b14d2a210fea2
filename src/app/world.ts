import { gather } from '../facts/gather.ts';
import { type Inventory, loadInventory } from '../inventory/load.ts';
import type { Host } from '../model/host.ts';
import type { NodeFacts } from '../model/facts.ts';
import { type Problem, ReweaveError } from '../model/problem.ts';
import type { Session } from '../model/session.ts';
import { Fleet } from '../run/fleet.ts';
import { connect } from '../ssh/connect.ts';
import { connectAll } from '../ssh/connect-all.ts';
import type { CommonOptions, Io } from './options.ts';

/** The hosts of an inventory, logged in. */
export interface World {
  readonly inventory: Inventory;
  readonly hosts: readonly Host[];
  readonly sessions: ReadonlyMap<string, Session>;
  readonly fleet: Fleet;
  /** Hosts that could not be logged into, with the reason. */
  readonly problems: readonly Problem[];
}

export async function readInventory(options: CommonOptions, io: Io): Promise<Inventory> {
  const { user, privateKey, timeout, become, becomePassword, password } = options;
  return loadInventory(options.inventory, {
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    overrides: {
      ...(user === undefined ? {} : { user }),
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(become ? { become } : {}),
      ...(becomePassword === undefined ? {} : { becomePassword }),
      ...(password === undefined ? {} : { password }),
    },
    env: io.env,
    cwd: io.cwd,
    home: io.home,
  });
}

/** Logs into every host, at most `forks` at once. Hosts that fail are problems, not exceptions. */
export async function openWorld(options: CommonOptions, io: Io): Promise<World> {
  const inventory = await readInventory(options, io);
  const agentSocket = io.env['SSH_AUTH_SOCK'];
  const ssh = agentSocket === undefined ? {} : { agentSocket };
  const { sessions, problems } = await connectAll(inventory.hosts, {
    ...ssh,
    forks: options.forks,
  });
  const byName = new Map(inventory.hosts.map((h) => [h.name, h]));
  const fleet = new Fleet(sessions, (name) => {
    const host = byName.get(name);
    if (host === undefined) throw new Error(`host ${name} is not in the inventory`);
    return connect(host, ssh);
  });
  return { inventory, hosts: inventory.hosts, sessions, fleet, problems };
}

/** As `openWorld`, but any host that cannot be reached ends it: nothing was changed. */
export async function openWhole(options: CommonOptions, io: Io): Promise<World> {
  const world = await openWorld(options, io);
  if (world.problems.length === 0) return world;
  await world.fleet.close();
  throw new ReweaveError(world.problems);
}

/** Looks at every host, one round trip each. */
export async function lookAll(world: World): Promise<NodeFacts[]> {
  const results = await Promise.allSettled([...world.sessions.values()].map((s) => gather(s)));
  const failed = results.flatMap((r) => (r.status === 'rejected' ? [r.reason as unknown] : []));
  const problems = failed.flatMap((e) => (e instanceof ReweaveError ? e.problems : []));
  const bug = failed.find((e) => !(e instanceof ReweaveError));
  if (bug !== undefined) throw bug;
  if (problems.length > 0) throw new ReweaveError(problems);
  return results.flatMap((r) => (r.status === 'fulfilled' ? [r.value] : []));
}
