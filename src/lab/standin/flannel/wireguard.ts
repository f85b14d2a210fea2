// wireguard-native: a link made anew at every start, one route for the whole pod network.
import { DELAYS, PATHS, PORTS } from '../constants.ts';
import { KernelError } from '../kernel.ts';
import type { Lease } from '../leases.ts';
import { saysFlannel } from '../log.ts';
import { sleep } from '../sleep.ts';
import { type Backend, baseOf, type Place } from './backend.ts';
import { publicKey } from './key.ts';

const LINK = 'flannel-wg';
const OVERHEAD = 80;
const KEEPALIVE = 25;

export const wireguard: Backend = {
  type: 'wireguard',
  options: { PersistentKeepaliveInterval: KEEPALIVE },

  async start(place) {
    const mtu = place.uplink.mtu - OVERHEAD;
    await recreate(place, mtu);
    const own = publicKey(PATHS.wireguardKey);
    await place.kernel.setWireguard(LINK, PORTS.wireguard, PATHS.wireguardKey);
    await place.publish({ PublicKey: own, Port: PORTS.wireguard });
    await sleep(DELAYS.wireguardConfigure);
    await place.kernel.setAddress(LINK, `${baseOf(place.subnet)}/32`);
    await up(place);
    await place.kernel.replaceRoute({ dst: place.network, dev: LINK, scopeLink: true });
    return mtu;
  },

  async added(place, lease) {
    const data = JSON.parse(lease.data) as { PublicKey: string; Port?: number };
    const endpoint = `${lease.publicIp}:${data.Port ?? PORTS.wireguard}`;
    saysFlannel('I', 'wireguard_network.go:183', `Subnet added: ${lease.subnet} via ${endpoint}`);
    await place.kernel.setPeer(LINK, {
      publicKey: data.PublicKey,
      allowedIp: lease.subnet,
      endpoint,
      keepalive: KEEPALIVE,
    });
  },

  ignored(lease: Lease) {
    saysFlannel(
      'W',
      'wireguard_network.go:137',
      `Ignoring non-wireguard subnet: type=${lease.type}`,
    );
  },
};

async function recreate({ kernel }: Place, mtu: number): Promise<void> {
  if (await kernel.link(LINK)) {
    saysFlannel('W', 'device.go:194', `"${LINK}" already exists; recreating device`);
    await kernel.deleteLink(LINK);
  }
  try {
    await kernel.addWireguard(LINK, mtu);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    throw new Error(`could not create wireguard interface: ${error.message}`);
  }
}

/** UDP 51820 is bound here: another link may hold it. */
async function up({ kernel }: Place): Promise<void> {
  try {
    await kernel.setUp(LINK);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const reason = `failed to set interface ${LINK} to UP state: ${error.message}`;
    throw new Error(`failed to set up the route: ${reason}`);
  }
}
