// /v1-k3s/config: what agents copy, and much that they do not.
import { PORTS } from './constants.ts';
import { lastValue } from './flags.ts';
import type { Settings } from './settings.ts';

const CIPHERS = [
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305',
];
const LOCAL_NAMES = ['127.0.0.1', '::1', 'localhost'];
const SERVICE_NAMES = [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
];
const RANGE = { IP: '10.42.0.0', Mask: '//8AAA==' };
const SERVICES = { IP: '10.43.0.0', Mask: '//8AAA==' };

export function controlConfig(settings: Settings, ip: string): Record<string, unknown> {
  const disabled = Object.fromEntries(settings.disabled.toSorted().map((name) => [name, true]));
  const flag = (name: string): boolean => lastValue(settings.given, name) === 'true';
  return {
    ClusterDNSs: ['10.43.0.10'],
    ClusterIPRanges: [RANGE],
    ClusterDNS: '10.43.0.10',
    ClusterDomain: 'cluster.local',
    ClusterIPRange: RANGE,
    DisableCCM: flag('disable-cloud-controller'),
    DisableHelmController: flag('disable-helm-controller'),
    DisableNPC: flag('disable-network-policy'),
    EncryptSecrets: flag('secrets-encryption'),
    EncryptProvider: 'aescbc',
    EmbeddedRegistry: flag('embedded-registry'),
    FlannelBackend: settings.backend,
    FlannelIPv6Masq: flag('flannel-ipv6-masq'),
    FlannelExternalIP: flag('flannel-external-ip'),
    EgressSelectorMode: lastValue(settings.given, 'egress-selector-mode') ?? 'agent',
    ServiceIPRange: SERVICES,
    ServiceIPRanges: [SERVICES],
    SupervisorMetrics: false,
    AdvertisePort: PORTS.supervisor,
    AdvertiseIP: '',
    HTTPSPort: PORTS.supervisor,
    SupervisorPort: PORTS.supervisor,
    APIServerPort: 6444,
    APIServerBindAddress: '',
    ServiceNodePortRange: { Base: 30000, Size: 2768 },
    KubeConfigOutput: '',
    KubeConfigMode: lastValue(settings.given, 'write-kubeconfig-mode') ?? '',
    KubeConfigGroup: '',
    KubeConfigName: 'default',
    HelmJobImage: '',
    DataDir: `${settings.dataDir}/server`,
    KineTLS: false,
    Disables: disabled,
    DisableAgent: false,
    DisableAPIServer: false,
    DisableControllerManager: false,
    DisableETCD: false,
    DisableKubeProxy: false,
    DisableScheduler: false,
    DisableServiceLB: 'servicelb' in disabled,
    Rootless: false,
    ServiceLBNamespace: 'kube-system',
    ExtraAPIArgs: [`tls-cipher-suites=${CIPHERS.join(',')}`],
    ExtraControllerArgs: null,
    ExtraCloudControllerArgs: null,
    ExtraEtcdArgs: null,
    ExtraSchedulerArgs: null,
    ExtraHelmArgs: null,
    NoLeaderElect: false,
    JoinURL: settings.join ?? '',
    IPSECPSK: `stand-in-psk-of-${settings.nodeName}`,
    DefaultLocalStoragePath: '/var/lib/rancher/k3s/storage',
    Skips: disabled,
    SystemDefaultRegistry: '',
    ClusterInit: settings.clusterInit,
    ClusterReset: false,
    ClusterResetRestorePath: '',
    MinTLSVersion: '',
    CipherSuites: CIPHERS,
    ServerNodeName: settings.nodeName,
    VLevel: 0,
    VModule: '',
    BindAddress: '',
    SANs: [...LOCAL_NAMES, settings.nodeName, ip, '10.43.0.1', ...SERVICE_NAMES],
    SANSecurity: true,
    PrivateIP: '',
  };
}

/** What all servers must agree on when one joins (not when it restarts). */
export function criticalConfig(settings: Settings): Record<string, string> {
  return {
    'flannel-backend': settings.backend,
    'egress-selector-mode': lastValue(settings.given, 'egress-selector-mode') ?? 'agent',
    'cluster-cidr': settings.clusterCidr,
  };
}
