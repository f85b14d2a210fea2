// Flannel inside K3s: choose a backend, register, then follow the leases of the others.
// It never removes what another backend made.
import type { NodeApi } from '../api.ts';
import { DELAYS } from '../constants.ts';
import type { Kernel } from '../kernel.ts';
import { type Lease, leaseAnnotations } from '../leases.ts';
import { say, saysFlannel } from '../log.ts';
import { insist, sleep } from '../sleep.ts';
import type { Backend, Place } from './backend.ts';
import { writeConflist, writeNetConf, writeSubnetEnv } from './files.ts';
import { hostGateway } from './host-gw.ts';
import { vxlan } from './vxlan.ts';
import { wireguard } from './wireguard.ts';

const BACKENDS: Record<string, Backend> = {
  vxlan,
  'host-gw': hostGateway,
  'wireguard-native': wireguard,
};

export interface FlannelTask {
  readonly api: NodeApi;
  readonly kernel: Kernel;
  readonly node: string;
  readonly subnet: string;
  readonly network: string;
  readonly iface: string | undefined;
  readonly dataDir: string;
  /** K3s' word for it. */
  readonly backend: string;
}

/** Throws with the words of K3s' shutdown request. */
export async function runFlannel(task: FlannelTask): Promise<void> {
  if (task.backend === 'none') return;
  const backend = Object.hasOwn(BACKENDS, task.backend) ? BACKENDS[task.backend] : undefined;
  if (!backend) {
    const what = `Cannot configure unknown flannel backend '${task.backend}'`;
    throw new Error(`failed to start networking: ${what}`);
  }
  say('info', `Starting flannel with backend ${task.backend}`);
  writeNetConf(task.dataDir, task.network, backend.type, backend.options);
  writeConflist(task.dataDir);
  try {
    const place = await register(task, backend);
    await follow(task, backend, place);
  } catch (error) {
    throw new Error(`flannel exited: ${(error as Error).message}`);
  }
}

async function register(task: FlannelTask, backend: Backend): Promise<Place> {
  const uplink = await task.kernel.uplink(task.iface);
  say('info', `Flannel found PodCIDR assigned for node ${task.node}`);
  say('info', `The interface ${uplink.dev} with ipv4 address ${uplink.ip} will be used by flannel`);
  saysFlannel('I', 'kube.go:537', 'Starting kube subnet manager');
  await sleep(DELAYS.flannelRegister);
  const leases = await insist(() => task.api.leases(), DELAYS.retry);
  const publish = async (data: unknown): Promise<void> => {
    const fields = leaseAnnotations(uplink.ip, backend.type, data);
    await insist(() => task.api.update(task.node, fields), DELAYS.retry);
  };
  const before = leases.find((lease) => lease.node === task.node);
  const { kernel, node, subnet, network } = task;
  const place: Place = { kernel, uplink, node, subnet, network, before, publish };
  const mtu = await backend.start(place).catch((error: unknown) => {
    throw new Error(`failed to register flannel network: ${(error as Error).message}`);
  });
  saysFlannel('I', 'iptables.go:50', 'Starting flannel in iptables mode...');
  writeSubnetEnv(network, subnet, mtu);
  say('info', 'Wrote flannel subnet file to /run/flannel/subnet.env');
  say('info', 'Running flannel backend');
  return place;
}

/** Never returns. A peer is looked at again only when its lease has changed. */
async function follow(task: FlannelTask, backend: Backend, place: Place): Promise<void> {
  saysFlannel('I', 'route_network.go:56', 'Watching for new subnet leases');
  const known = new Map<string, string>();
  let checked = Date.now();
  for (;;) {
    const all = await insist(() => task.api.leases(), DELAYS.retry);
    const peers = all.filter(({ node }) => node !== task.node);
    for (const lease of peers) {
      const text = JSON.stringify(lease);
      if (known.get(lease.node) === text) continue;
      await handle(backend, place, lease);
      known.set(lease.node, text);
    }
    if (backend.recheck && Date.now() - checked >= DELAYS.hostGatewayCheck) {
      checked = Date.now();
      await backend.recheck(
        place,
        peers.filter(({ type }) => type === backend.type),
      );
    }
    await sleep(DELAYS.leasePoll);
  }
}

/** A kernel that refuses one peer does not end Flannel. */
async function handle(backend: Backend, place: Place, lease: Lease): Promise<void> {
  if (lease.type !== backend.type) {
    backend.ignored(lease);
    return;
  }
  await backend.added(place, lease).catch((error: unknown) => {
    saysFlannel('E', 'subnet.go:150', `${lease.subnet}: ${(error as Error).message}`);
  });
}
