// vxlan: one link, and per peer a neighbour, a forwarding entry and a route on that link.
import { DELAYS, PORTS } from '../constants.ts';
import type { LinkFacts, Vxlan } from '../kernel.ts';
import type { Lease } from '../leases.ts';
import { saysFlannel } from '../log.ts';
import { sleep } from '../sleep.ts';
import { type Backend, baseOf, type Place } from './backend.ts';

const LINK = 'flannel.1';
const VNI = 1;
const OVERHEAD = 50;

export const vxlan: Backend = {
  type: 'vxlan',
  options: {},

  async start(place) {
    saysFlannel(
      'I',
      'vxlan.go:128',
      `VXLAN config: VNI=${VNI} Port=0 GBP=false Learning=false DirectRouting=false`,
    );
    const found = await ensureLink(place);
    await place.publish({ VNI, VtepMAC: found.mac });
    // The lease is out and the link has no address yet. Peers may be too early.
    if (place.before?.type === 'wireguard') await sleep(DELAYS.vxlanLinkUp);
    await place.kernel.setAddress(LINK, `${baseOf(place.subnet)}/32`);
    await place.kernel.setUp(LINK);
    return place.uplink.mtu - OVERHEAD;
  },

  async added(place, lease) {
    const mac = macOf(lease);
    saysFlannel(
      'I',
      'vxlan_network.go:265',
      `Received Subnet Event with VxLan: BackendType: vxlan, PublicIP: ${lease.publicIp}, PublicIPv6: (nil), BackendData: ${lease.data}, BackendV6Data: (nil)`,
    );
    if (mac === undefined) return;
    const via = baseOf(lease.subnet);
    await place.kernel.setNeighbour(LINK, via, mac);
    await place.kernel.setFdb(LINK, mac, lease.publicIp);
    await place.kernel.replaceRoute({ dst: lease.subnet, via, dev: LINK, onlink: true });
  },

  ignored(lease) {
    const about = `v4Subnet(${lease.subnet}) v6Subnet(::/0): type=${lease.type}`;
    saysFlannel('W', 'vxlan_network.go:267', `ignoring non-vxlan ${about}`);
  },
};

/** A link that fits is used again, with its MAC; any other of that name is replaced. */
async function ensureLink(place: Place): Promise<LinkFacts> {
  const { kernel, uplink } = place;
  const wanted: Vxlan = {
    name: LINK,
    vni: VNI,
    dev: uplink.dev,
    local: uplink.ip,
    port: PORTS.vxlan,
    mtu: uplink.mtu - OVERHEAD,
    mac: place.before ? rememberedMac(place.before) : undefined,
  };
  const present = await kernel.link(LINK);
  if (present && fits(present, wanted)) {
    if (present.mtu !== wanted.mtu) await kernel.setMtu(LINK, wanted.mtu);
    return present;
  }
  if (present) await kernel.deleteLink(LINK);
  await kernel.addVxlan(wanted);
  const made = await kernel.link(LINK);
  if (!made) throw new Error(`created vxlan device with name ${LINK} is gone`);
  return made;
}

function fits({ vxlan: present }: LinkFacts, wanted: Vxlan): boolean {
  return (
    present?.vni === wanted.vni && present.port === wanted.port && present.local === wanted.local
  );
}

function rememberedMac(lease: Lease): string | undefined {
  const mac = macOf(lease);
  if (mac === undefined && lease.type === 'wireguard') {
    saysFlannel(
      'E',
      'vxlan.go:197',
      `Failed to parse mac addr(${lease.data}): invalid MAC address`,
    );
  }
  return mac;
}

function macOf(lease: Lease): string | undefined {
  const data = JSON.parse(lease.data) as { VtepMAC?: string } | null;
  return data?.VtepMAC;
}
