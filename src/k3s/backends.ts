import type { BackendName } from '../model/facts.ts';

/** What a Flannel backend looks like on a node. One row each; nothing else knows a backend by name. */
export interface Backend {
  readonly name: BackendName;
  /** Flannel's own name: in the node annotation `backend-type` and in net-conf.json. */
  readonly type: string;
  /** Kind of the tunnel link that carries pods, undefined where there is none. */
  readonly linkKind: string | undefined;
  /** Shape of the routes in `main`: one per peer, or one for the whole cluster network. */
  readonly routes: 'per-peer' | 'whole';
  readonly encrypted: boolean;
  /** Bytes that the backend takes from the MTU of the uplink. */
  readonly overhead: number;
  /** Names that K3s gives to the links of this backend; used only for links that do not exist yet. */
  readonly linkNames: readonly string[];
  /** UDP ports that must be free and open. */
  readonly ports: readonly number[];
  /** Kernel module, when one is needed. */
  readonly module: string | undefined;
}

/** Source: Flannel v0.28 `pkg/backend`, recorded node states of K3s v1.36. */
export const BACKENDS: readonly Backend[] = [
  {
    name: 'vxlan',
    type: 'vxlan',
    linkKind: 'vxlan',
    linkNames: ['flannel.1'],
    routes: 'per-peer',
    encrypted: false,
    overhead: 50,
    ports: [8472],
    module: 'vxlan',
  },
  {
    name: 'host-gw',
    type: 'host-gw',
    linkKind: undefined,
    linkNames: [],
    routes: 'per-peer',
    encrypted: false,
    overhead: 0,
    ports: [],
    module: undefined,
  },
  {
    name: 'wireguard-native',
    type: 'wireguard',
    linkKind: 'wireguard',
    linkNames: ['flannel-wg'],
    routes: 'whole',
    encrypted: true,
    overhead: 80,
    ports: [51820],
    module: 'wireguard',
  },
];

export function backendByName(name: string): Backend | undefined {
  return BACKENDS.find((b) => b.name === name);
}

export function backendByType(type: string | undefined): Backend | undefined {
  return BACKENDS.find((b) => b.type === type);
}
