// What Flannel asks of a kernel. The real one is in ip-kernel.ts; a simulated one needs no more.

export interface Uplink {
  readonly dev: string;
  readonly ip: string;
  readonly mtu: number;
}

export interface Vxlan {
  readonly name: string;
  readonly vni: number;
  readonly dev: string;
  readonly local: string;
  readonly port: number;
  readonly mtu: number;
  /** undefined: the kernel chooses. */
  readonly mac: string | undefined;
}

export interface LinkFacts {
  readonly kind: string;
  readonly mac: string;
  readonly mtu: number;
  readonly vxlan?: { readonly vni: number; readonly port: number; readonly local: string };
}

export interface Route {
  readonly dst: string;
  readonly dev: string;
  readonly via?: string;
  readonly onlink?: boolean;
  readonly scopeLink?: boolean;
}

export interface WireguardPeer {
  readonly publicKey: string;
  readonly allowedIp: string;
  readonly endpoint: string;
  /** Seconds. */
  readonly keepalive: number;
}

/** `message` is the kernel's reason in small letters, such as "operation not supported". */
export class KernelError extends Error {}

export interface Kernel {
  uplink(name: string | undefined): Promise<Uplink>;
  link(name: string): Promise<LinkFacts | undefined>;
  addVxlan(link: Vxlan): Promise<void>;
  addWireguard(name: string, mtu: number): Promise<void>;
  deleteLink(name: string): Promise<void>;
  setUp(name: string): Promise<void>;
  setMtu(name: string, mtu: number): Promise<void>;
  setAddress(dev: string, address: string): Promise<void>;
  route(dst: string): Promise<Route | undefined>;
  replaceRoute(route: Route): Promise<void>;
  setNeighbour(dev: string, ip: string, mac: string): Promise<void>;
  setFdb(dev: string, mac: string, dst: string): Promise<void>;
  setWireguard(dev: string, port: number, keyFile: string): Promise<void>;
  setPeer(dev: string, peer: WireguardPeer): Promise<void>;
}
