// Which flags `k3s server` and `k3s agent` know, and how words become values.

const BOTH =
  'config|c debug! v vmodule log|l alsologtostderr! token|t token-file data-dir|d node-name ' +
  'with-node-id! node-label node-taint image-credential-provider-bin-dir ' +
  'image-credential-provider-config selinux! lb-server-port protect-kernel-defaults! ' +
  'container-runtime-endpoint default-runtime disable-default-registry-endpoint! ' +
  'nonroot-devices! pause-image snapshotter private-registry node-ip|i bind-address ' +
  'node-external-ip node-internal-dns node-external-dns resolv-conf flannel-iface flannel-conf ' +
  'flannel-cni-conf vpn-auth vpn-auth-file kubelet-arg kube-proxy-arg enable-pprof! rootless! ' +
  'prefer-bundled-bin! docker! server|s airgap-extra-registry';

const SERVER =
  'cluster-init! cluster-reset! cluster-reset-restore-path https-listen-port ' +
  'supervisor-port apiserver-port apiserver-bind-address advertise-address advertise-port ' +
  'tls-san tls-san-security! cluster-cidr service-cidr service-node-port-range cluster-dns ' +
  'cluster-domain flannel-backend flannel-ipv6-masq! flannel-external-ip! ' +
  'egress-selector-mode servicelb-namespace write-kubeconfig|o write-kubeconfig-mode ' +
  'write-kubeconfig-group helm-job-image agent-token agent-token-file kine-tls! ' +
  'etcd-disable-snapshots! etcd-snapshot-name etcd-snapshot-schedule-cron ' +
  'etcd-snapshot-retention etcd-snapshot-dir etcd-snapshot-compress! etcd-s3! etcd-arg ' +
  'etcd-expose-metrics! kube-apiserver-arg kube-scheduler-arg kube-controller-manager-arg ' +
  'kube-cloud-controller-manager-arg datastore-endpoint datastore-cafile datastore-certfile ' +
  'datastore-keyfile default-local-storage-path disable disable-scheduler! ' +
  'disable-cloud-controller! disable-kube-proxy! disable-network-policy! ' +
  'disable-helm-controller! disable-apiserver! disable-controller-manager! disable-etcd! ' +
  'secrets-encryption! secrets-encryption-provider embedded-registry! supervisor-metrics! ' +
  'system-default-registry';

const AGENT = 'disable-apiserver-lb! node-external-ip';

export type Role = 'server' | 'agent';

interface Flag {
  readonly name: string;
  readonly bool: boolean;
}

const TABLES: Record<Role, Map<string, Flag>> = {
  server: table(`${BOTH} ${SERVER}`),
  agent: table(`${BOTH} ${AGENT}`),
};

function table(text: string): Map<string, Flag> {
  const flags = new Map<string, Flag>();
  for (const word of text.split(' ')) {
    const bool = word.endsWith('!');
    const names = word.replace('!', '').split('|');
    for (const name of names) flags.set(name, { name: names[0] ?? name, bool });
  }
  return flags;
}

export function knows(role: Role, name: string): boolean {
  return TABLES[role].has(name);
}

/** One flag as it was given: `words` keeps its shape for the node-args annotation. */
export interface GivenFlag {
  readonly name: string;
  readonly value: string;
  readonly words: readonly string[];
}

/** Throws like urfave/cli where a flag is not defined. */
export function parseFlags(role: Role, argv: readonly string[]): GivenFlag[] {
  const given: GivenFlag[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const match = /^(--?)([^=]+)(?:=(.*))?$/s.exec(word);
    if (!match) continue;
    const [, dashes = '--', name = '', joined] = match;
    const flag = TABLES[role].get(name);
    if (!flag) throw new Error(`flag provided but not defined: -${name}`);
    const bare = joined === undefined && flag.bool;
    const value = joined ?? (flag.bool ? 'true' : rest.shift());
    if (value === undefined) throw new Error(`flag needs an argument: ${word}`);
    const written = `${dashes}${name}`;
    given.push({ name: flag.name, value, words: bare ? [written] : [written, value] });
  }
  return given;
}

/** The last one wins. */
export function lastValue(given: readonly GivenFlag[], name: string): string | undefined {
  return given.findLast((flag) => flag.name === name)?.value;
}

export function allValues(given: readonly GivenFlag[], name: string): string[] {
  return given.filter((flag) => flag.name === name).map((flag) => flag.value);
}
