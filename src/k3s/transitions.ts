import type { BackendName } from '../model/facts.ts';

/** One ordered pair of backends: what is known of moving pods from the one to the other. */
export interface Transition {
  readonly from: BackendName;
  readonly to: BackendName;
  /** Routes of the old backend in `main` that outrank the new one and must leave before the proof. */
  readonly staleRoutes: boolean;
  /** Pod-to-pod packets lost per pair when it was measured; undefined = unknown. */
  readonly lost: number | undefined;
  readonly source: string;
  readonly notes: readonly string[];
}

const MTU_DOWN = (from: number, to: number): string =>
  `Pods keep their MTU of ${from}; the new path carries ${to}. Nodes answer "fragmentation needed"; pods that ignore it need a restart.`;
const MASQ =
  'Connections that are masqueraded (NodePort or host to a pod on another node) are cut when their interface changes and must reconnect.';

/** Measured on K3s v1.36.3 (kernels 6.1 and 6.18) with ping meters at 200 ms over all ordered pairs. */
export const TRANSITIONS: readonly Transition[] = [
  {
    from: 'vxlan',
    to: 'host-gw',
    staleRoutes: false,
    lost: 0,
    source: 'measured: K3s v1.36.3, kernel 6.18, 20 pairs, pinned',
    notes: [MASQ],
  },
  {
    from: 'host-gw',
    to: 'vxlan',
    staleRoutes: false,
    lost: 0,
    source: 'measured: K3s v1.36.3, kernel 6.18, 20 pairs, pinned',
    notes: [MTU_DOWN(1500, 1450), MASQ],
  },
  {
    from: 'vxlan',
    to: 'wireguard-native',
    staleRoutes: true,
    lost: 0,
    source: 'measured: K3s v1.36.3, kernel 6.1, 6 pairs, held',
    notes: [MTU_DOWN(1450, 1420), MASQ],
  },
  {
    from: 'wireguard-native',
    to: 'vxlan',
    staleRoutes: false,
    lost: 0,
    source: 'measured: K3s v1.36.3, kernel 6.1, 6 pairs, held',
    notes: [MASQ],
  },
  {
    from: 'host-gw',
    to: 'wireguard-native',
    staleRoutes: true,
    lost: 0,
    source: 'measured: K3s v1.36.3, kernel 6.1, 6 pairs',
    notes: [MTU_DOWN(1500, 1420), MASQ],
  },
  {
    from: 'wireguard-native',
    to: 'host-gw',
    staleRoutes: false,
    lost: undefined,
    source: 'not measured on a real K3s',
    notes: [MASQ],
  },
];

export function transition(from: BackendName, to: BackendName): Transition | undefined {
  return TRANSITIONS.find((t) => t.from === from && t.to === to);
}
