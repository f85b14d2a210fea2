import type { Role } from './host.ts';

export type BackendName =
  | 'vxlan'
  | 'host-gw'
  | 'wireguard-native'
  | 'wireguard'
  | 'ipsec'
  | 'tailscale'
  | 'none';

/** A link as `ip -j -d link` tells it, reduced to what decides something. */
export interface Link {
  readonly name: string;
  readonly kind: string | undefined;
  readonly mtu: number;
  readonly up: boolean;
  readonly mac: string | undefined;
  readonly master: string | undefined;
  /** Only for kind vxlan. */
  readonly vxlan?: {
    readonly vni: number;
    readonly port: number;
    readonly local: string | undefined;
  };
  /** Addresses with prefix, both families, e.g. `10.42.0.1/24`. */
  readonly addresses: readonly string[];
}

/** A route of one family as `ip -j route show table all` tells it. */
export interface Route {
  readonly family: 4 | 6;
  readonly dst: string;
  readonly gateway: string | undefined;
  readonly dev: string | undefined;
  /** `main` when iproute2 leaves it out; a number or name otherwise. */
  readonly table: string;
  readonly protocol: string | undefined;
  readonly scope: string | undefined;
  readonly src: string | undefined;
  readonly metric: number | undefined;
  readonly type: string | undefined;
  readonly flags: readonly string[];
}

export interface Rule {
  readonly family: 4 | 6;
  readonly pref: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly table: string | undefined;
  readonly protocol: string | undefined;
}

/** A configuration file as it is on disk. Content stays in memory; it never enters plan, journal or event. */
export interface ConfigFile {
  readonly path: string;
  readonly sha256: string;
  readonly mode: string;
  readonly owner: string;
  /** Raw bytes as base64 (files may be in any encoding). */
  readonly base64: string;
}

/** One UDP listener: port and owner when known. */
export interface UdpPort {
  readonly address: string;
  readonly port: number;
  readonly process: string | undefined;
}

/** Can the kernel do it, found without loading anything. */
export type ModuleState = 'loaded' | 'builtin' | 'loadable' | 'absent' | 'blacklisted';

export interface UnitFacts {
  /** e.g. `k3s.service`. */
  readonly name: string;
  readonly role: Role;
  readonly fragment: string;
  readonly dropIns: readonly string[];
  readonly environmentFiles: readonly string[];
  /** argv that the unit starts K3s with, after drop-ins, without the merged files. */
  readonly execStart: readonly string[];
  readonly activeState: string;
  readonly subState: string;
  readonly nRestarts: number;
  readonly invocationId: string;
  readonly mainPid: number;
  /** Seconds of the monotonic clock (`ActiveEnterTimestampMonotonic` / 1e6). */
  readonly activeEnter: number;
  readonly needDaemonReload: boolean;
}

/** What K3s publishes of a node in the cluster, from the Node object. */
export interface NodeObject {
  readonly name: string;
  readonly internalIp: string | undefined;
  readonly podCidrs: readonly string[];
  readonly ready: boolean;
  readonly backendType: string | undefined;
  readonly backendData: string | undefined;
  readonly publicIp: string | undefined;
  readonly etcdVoter: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly nodeArgs: readonly string[];
  /** K3s' running version as the kubelet reported it, e.g. `v1.36.3+k3s1`. */
  readonly kubeletVersion?: string;
}

/** Everything that one look at a host told. Pure data, no secrets but file contents. */
export interface NodeFacts {
  readonly host: string;
  readonly takenAt: string;
  readonly hostname: string;
  readonly machineId: string;
  readonly bootId: string;
  /** Seconds since boot. */
  readonly uptime: number;
  readonly kernel: string;
  readonly os: { readonly id: string; readonly version: string; readonly pretty: string };
  /** Free KiB by path. */
  readonly diskFreeKiB: Readonly<Record<string, number>>;
  readonly tools: Readonly<Record<string, string | undefined>>;
  readonly unit: UnitFacts | undefined;
  readonly k3s: {
    readonly versionOnDisk: string | undefined;
    readonly versionRunning: string | undefined;
    readonly dataDir: string;
    /** sha256 of the server CA that this node trusts: the cluster's identity. */
    readonly clusterId: string | undefined;
    readonly nodeName: string | undefined;
    readonly datastore: 'etcd' | 'sqlite' | 'external' | 'unknown' | undefined;
    readonly env: Readonly<Record<string, string>>;
  };
  readonly files: readonly ConfigFile[];
  readonly links: readonly Link[];
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  /** e.g. `net.ipv4.conf.flannel.1.rp_filter` is keyed with `/`: `net/ipv4/conf/flannel.1/rp_filter`. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly modules: Readonly<Record<string, ModuleState>>;
  readonly udp: readonly UdpPort[];
  readonly flannel: {
    /** `Backend.Type` of net-conf.json as last applied by K3s. */
    readonly netConfType: string | undefined;
    readonly network: string | undefined;
    readonly subnet: string | undefined;
    readonly ipv6Network: string | undefined;
    readonly ipv6Subnet: string | undefined;
    readonly mtu: number | undefined;
  };
  /** Addresses that host-local has given out or reserved. */
  readonly hostLocal: readonly string[];
  /** Value of `FlannelBackend` in this server's `/v1-k3s/config`; servers only. */
  readonly served: string | undefined;
  /** Node objects as this server sees them; empty on agents or when the API is down. */
  readonly nodes: readonly NodeObject[];
  readonly etcd: { readonly members: readonly string[]; readonly healthy: boolean } | undefined;
  readonly apiReady: boolean | undefined;
  /** What Reweave itself has on this node (state file as key=value), if anything. */
  readonly reweave: Readonly<Record<string, string>>;
}
