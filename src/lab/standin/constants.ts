// Everything the stand-in knows by heart: version, places, delays.

export const VERSION = 'v1.36.3+k3s1';
export const COMMIT = '66a14f0e';
export const GO_VERSION = 'go1.26.8';

export const PATHS = {
  config: '/etc/rancher/k3s/config.yaml',
  kubeconfig: '/etc/rancher/k3s/k3s.yaml',
  data: '/var/lib/rancher/k3s',
  runFlannel: '/run/flannel',
  wireguardKey: '/run/flannel/wgkey',
} as const;

export const PORTS = {
  supervisor: 6443,
  balancer: 6444,
  kubelet: 10250,
  etcdHealth: 2381,
  vxlan: 8472,
  wireguard: 51820,
} as const;

/** Milliseconds. The real ones are longer; their order and their sign are the same. */
export const DELAYS = {
  /** A server is ready this long after it has a majority. */
  serverReady: 800,
  /** An agent says ready after its Flannel started, yet before that can have failed. */
  agentReady: 200,
  /** On a server, Flannel starts only after systemd was told. */
  flannelStart: 500,
  /** Flannel finds its subnet and its interface. */
  flannelRegister: 500,
  /** Lease published, link still down: seen where a node leaves WireGuard. */
  vxlanLinkUp: 1000,
  /** A recreated flannel-wg has no address and no route for this long. */
  wireguardConfigure: 1000,
  leasePoll: 300,
  gossip: 500,
  peerGone: 3000,
  heartbeat: 10_000,
  /** Node lease older than this: NotReady. */
  nodeGrace: 40_000,
  /** The kubelet refreshes unchanged conditions only this often. */
  conditions: 300_000,
  hostGatewayCheck: 10_000,
  retry: 1000,
  shutdown: 200,
} as const;
