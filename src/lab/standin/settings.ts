// What this process was told: role, name, addresses, backend.
import { hostname } from 'node:os';
import { configFile, mergeConfigs, readConfigTexts, toFlags } from './config.ts';
import { PATHS } from './constants.ts';
import { allValues, type GivenFlag, knows, lastValue, parseFlags, type Role } from './flags.ts';
import { say } from './log.ts';

export interface Settings {
  readonly role: Role;
  readonly given: readonly GivenFlag[];
  readonly env: NodeJS.ProcessEnv;
  readonly nodeName: string;
  readonly nodeIp: string | undefined;
  readonly iface: string | undefined;
  /** Server to join, as a URL. */
  readonly join: string | undefined;
  readonly token: string;
  /** Servers only: what the flag says, the default where it says nothing. */
  readonly backend: string;
  readonly clusterInit: boolean;
  readonly clusterCidr: string;
  readonly kubeconfigMode: string;
  readonly disabled: readonly string[];
  readonly dataDir: string;
}

/** Configuration files, then the command line, then the environment. */
export function readSettings(argv: readonly string[], env: NodeJS.ProcessEnv): Settings {
  const role: Role = argv[0] === 'agent' ? 'agent' : 'server';
  const words = mergedWords(role, argv.slice(1), readConfigTexts(configFile(argv, env)));
  return settingsOf(role, parseFlags(role, words), env);
}

/** `k3s server` drops keys that it does not know, `k3s agent` refuses them later. */
export function mergedWords(
  role: Role,
  cli: readonly string[],
  texts: readonly string[],
): string[] {
  const entries = mergeConfigs(texts).filter(({ key }) => {
    if (role === 'agent' || knows(role, key)) return true;
    say('warning', `Unknown flag --${key} found in config.yaml, skipping\n`);
    return false;
  });
  return [...toFlags(entries), ...cli];
}

export function settingsOf(
  role: Role,
  given: readonly GivenFlag[],
  env: NodeJS.ProcessEnv,
): Settings {
  const value = (name: string, variable?: string): string | undefined =>
    lastValue(given, name) ?? (variable ? env[variable] || undefined : undefined);
  return {
    role,
    given,
    env,
    nodeName: (value('node-name', 'K3S_NODE_NAME') ?? hostname()).toLowerCase(),
    nodeIp: value('node-ip')?.split(',')[0],
    iface: value('flannel-iface'),
    join: value('server', 'K3S_URL'),
    token: value('token', 'K3S_TOKEN') ?? '',
    backend: value('flannel-backend') ?? 'vxlan',
    clusterInit: value('cluster-init', 'K3S_CLUSTER_INIT') === 'true',
    clusterCidr: value('cluster-cidr') ?? '10.42.0.0/16',
    kubeconfigMode: value('write-kubeconfig-mode', 'K3S_KUBECONFIG_MODE') ?? '0600',
    disabled: allValues(given, 'disable').flatMap((item) => item.split(',')),
    dataDir: value('data-dir', 'K3S_DATA_DIR') ?? PATHS.data,
  };
}
