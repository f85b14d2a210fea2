/** One flag of `k3s server` or `k3s agent` that decides something for us, or that K3s' file filter must know. */
export interface Flag {
  readonly name: string;
  readonly alias?: string;
  readonly env?: string;
  /** `bool` takes no second word; `list` is repeatable and adds up instead of replacing. */
  readonly kind: 'text' | 'bool' | 'list';
  /** What K3s uses where nothing is set. */
  readonly fallback?: string;
  readonly roles: 'server' | 'agent' | 'both';
}

const text = (names: string, roles: Flag['roles']): Flag[] => many(names, 'text', roles);
const bool = (names: string, roles: Flag['roles']): Flag[] => many(names, 'bool', roles);
const list = (names: string, roles: Flag['roles']): Flag[] => many(names, 'list', roles);

function many(names: string, kind: Flag['kind'], roles: Flag['roles']): Flag[] {
  return names.split(' ').map((name) => ({ name, kind, roles }));
}

/** Source: K3s `pkg/cli/cmds/{server,agent,log,config,root}.go`, v1.20 to v1.36; hidden flags included. */
export const FLAGS: readonly Flag[] = [
  { name: 'flannel-backend', kind: 'text', fallback: 'vxlan', roles: 'server' },
  {
    name: 'config',
    alias: 'c',
    env: 'K3S_CONFIG_FILE',
    kind: 'text',
    fallback: '/etc/rancher/k3s/config.yaml',
    roles: 'both',
  },
  {
    name: 'data-dir',
    alias: 'd',
    env: 'K3S_DATA_DIR',
    kind: 'text',
    fallback: '/var/lib/rancher/k3s',
    roles: 'both',
  },
  { name: 'token', alias: 't', env: 'K3S_TOKEN', kind: 'text', roles: 'both' },
  { name: 'token-file', env: 'K3S_TOKEN_FILE', kind: 'text', roles: 'both' },
  { name: 'agent-token', env: 'K3S_AGENT_TOKEN', kind: 'text', roles: 'server' },
  { name: 'agent-token-file', env: 'K3S_AGENT_TOKEN_FILE', kind: 'text', roles: 'server' },
  { name: 'server', alias: 's', env: 'K3S_URL', kind: 'text', roles: 'both' },
  { name: 'cluster-init', env: 'K3S_CLUSTER_INIT', kind: 'bool', roles: 'server' },
  { name: 'cluster-reset', env: 'K3S_CLUSTER_RESET', kind: 'bool', roles: 'server' },
  { name: 'cluster-secret', env: 'K3S_CLUSTER_SECRET', kind: 'text', roles: 'both' },
  { name: 'node-name', env: 'K3S_NODE_NAME', kind: 'text', roles: 'both' },
  {
    name: 'write-kubeconfig',
    alias: 'o',
    env: 'K3S_KUBECONFIG_OUTPUT',
    kind: 'text',
    roles: 'server',
  },
  { name: 'write-kubeconfig-mode', env: 'K3S_KUBECONFIG_MODE', kind: 'text', roles: 'server' },
  { name: 'write-kubeconfig-group', env: 'K3S_KUBECONFIG_GROUP', kind: 'text', roles: 'server' },
  { name: 'datastore-endpoint', env: 'K3S_DATASTORE_ENDPOINT', kind: 'text', roles: 'server' },
  { name: 'datastore-cafile', env: 'K3S_DATASTORE_CAFILE', kind: 'text', roles: 'server' },
  { name: 'datastore-certfile', env: 'K3S_DATASTORE_CERTFILE', kind: 'text', roles: 'server' },
  { name: 'datastore-keyfile', env: 'K3S_DATASTORE_KEYFILE', kind: 'text', roles: 'server' },
  {
    name: 'system-default-registry',
    env: 'K3S_SYSTEM_DEFAULT_REGISTRY',
    kind: 'text',
    roles: 'server',
  },
  { name: 'vpn-auth', env: 'K3S_VPN_AUTH', kind: 'text', roles: 'both' },
  { name: 'vpn-auth-file', env: 'K3S_VPN_AUTH_FILE', kind: 'text', roles: 'both' },
  { name: 'selinux', env: 'K3S_SELINUX', kind: 'bool', roles: 'both' },
  {
    name: 'lb-server-port',
    env: 'K3S_LB_SERVER_PORT',
    kind: 'text',
    fallback: '6444',
    roles: 'both',
  },
  { name: 'resolv-conf', env: 'K3S_RESOLV_CONF', kind: 'text', roles: 'both' },
  { name: 'https-listen-port', kind: 'text', fallback: '6443', roles: 'server' },
  { name: 'egress-selector-mode', kind: 'text', fallback: 'agent', roles: 'server' },
  { name: 'cluster-domain', kind: 'text', fallback: 'cluster.local', roles: 'server' },
  { name: 'debug', env: 'K3S_DEBUG', kind: 'bool', roles: 'both' },
  { name: 'node-ip', alias: 'i', kind: 'list', roles: 'both' },
  { name: 'log', alias: 'l', kind: 'text', roles: 'both' },
  ...text(
    'v vmodule snapshotter pause-image container-runtime-endpoint default-runtime image-service-endpoint private-registry flannel-iface flannel-conf flannel-cni-conf image-credential-provider-bin-dir image-credential-provider-config kubelet-root-dir',
    'both',
  ),
  ...bool(
    'alsologtostderr with-node-id docker disable-default-registry-endpoint nonroot-devices protect-kernel-defaults prefer-bundled-bin rootless enable-pprof',
    'both',
  ),
  ...list(
    'node-external-ip node-internal-dns node-external-dns node-label node-taint kubelet-arg kube-proxy-arg airgap-extra-registry',
    'both',
  ),
  ...bool('disable-selinux no-flannel disable-apiserver-lb', 'agent'),
  ...text(
    'bind-address advertise-address advertise-port service-node-port-range servicelb-namespace helm-job-image cluster-reset-restore-path etcd-snapshot-name etcd-snapshot-schedule-cron etcd-snapshot-retention etcd-snapshot-dir etcd-s3-endpoint etcd-s3-endpoint-ca etcd-s3-access-key etcd-s3-secret-key etcd-s3-session-token etcd-s3-bucket etcd-s3-bucket-lookup-type etcd-s3-region etcd-s3-folder etcd-s3-proxy etcd-s3-config-secret etcd-s3-timeout etcd-s3-retention etcd-snapshot-reconcile-interval default-local-storage-path secrets-encryption-provider supervisor-port apiserver-port apiserver-bind-address',
    'server',
  ),
  ...bool(
    'tls-san-security flannel-ipv6-masq flannel-external-ip kine-tls etcd-expose-metrics etcd-disable-snapshots etcd-snapshot-compress etcd-s3 etcd-s3-skip-ssl-verify etcd-s3-insecure disable-scheduler disable-cloud-controller disable-kube-proxy disable-network-policy disable-helm-controller disable-apiserver disable-controller-manager disable-etcd disable-agent embedded-registry supervisor-metrics secrets-encryption',
    'server',
  ),
  ...list(
    'tls-san cluster-cidr service-cidr cluster-dns kube-apiserver-arg etcd-arg kube-controller-manager-arg kube-scheduler-arg kube-cloud-controller-manager-arg kube-controller-arg kube-cloud-controller-arg disable',
    'server',
  ),
];

const BY_NAME: ReadonlyMap<string, Flag> = new Map(
  FLAGS.flatMap((f) => [
    [f.name, f] as const,
    ...(f.alias === undefined ? [] : [[f.alias, f] as const]),
  ]),
);

/** A flag by its name or its one-letter alias, without dashes. */
export function flagOf(name: string): Flag | undefined {
  return BY_NAME.get(name);
}

/** Does `k3s server` keep this key of a file? It drops what it does not know with a warning; agents keep all. */
export function serverKnows(name: string): boolean {
  const flag = BY_NAME.get(name);
  return flag !== undefined && flag.roles !== 'agent';
}
