// host-gw: no link, one route per peer through the peer's own address.
import type { Lease } from '../leases.ts';
import { saysFlannel } from '../log.ts';
import type { Backend, Place } from './backend.ts';

export const hostGateway: Backend = {
  type: 'host-gw',
  options: {},

  async start(place) {
    await place.publish(null);
    return place.uplink.mtu;
  },

  async added(place, lease) {
    saysFlannel('I', 'route_network.go:93', `Subnet added: ${lease.subnet} via ${lease.publicIp}`);
    await ensureRoute(place, lease);
  },

  ignored(lease) {
    saysFlannel('W', 'route_network.go:88', `Ignoring non-host-gw subnet: type=${lease.type}`);
  },

  async recheck(place, leases) {
    for (const lease of leases) await ensureRoute(place, lease);
  },
};

async function ensureRoute({ kernel, uplink }: Place, lease: Lease): Promise<void> {
  const present = await kernel.route(lease.subnet);
  if (present?.via === lease.publicIp && present.dev === uplink.dev) return;
  if (present) {
    const flags = present.onlink ? '[onlink]' : '[]';
    saysFlannel(
      'W',
      'route_network.go:152',
      `Replacing existing route to {Dst: ${lease.subnet} Src: <nil> Gw: ${present.via ?? '<nil>'} Flags: ${flags}} with {Dst: ${lease.subnet} Src: <nil> Gw: ${lease.publicIp} Flags: []}`,
    );
  }
  await kernel.replaceRoute({ dst: lease.subnet, via: lease.publicIp, dev: uplink.dev });
}
