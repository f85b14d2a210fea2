// `k3s server`, in the order in which K3s does it.
import { readFileSync } from 'node:fs';
import { Cluster } from './cluster.ts';
import { DELAYS, PATHS, PORTS, VERSION, COMMIT } from './constants.ts';
import { openDatastore } from './datastore.ts';
import { serveHealth } from './etcd.ts';
import { atExit } from './exit.ts';
import { caller } from './http.ts';
import { IpKernel } from './ip-kernel.ts';
import { becomeMember } from './join.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { beat } from './kubelet.ts';
import { say } from './log.ts';
import { startNetworking } from './networking.ts';
import { registration } from './node-fields.ts';
import { tellSystemd } from './ready.ts';
import { Registry } from './registry.ts';
import type { ServerState } from './routes.ts';
import type { Settings } from './settings.ts';
import { insist, sleep } from './sleep.ts';
import { serve } from './supervisor.ts';

export async function runServer(settings: Settings): Promise<void> {
  say('info', `Starting k3s ${VERSION} (${COMMIT})`);
  const ip = settings.nodeIp ?? (await new IpKernel().uplink(settings.iface)).ip;
  const datastore = openDatastore(settings);
  const etcd = datastore.kind === 'etcd';
  const call = caller(settings.dataDir);
  const cluster = new Cluster(datastore.store, settings.nodeName, call);
  atExit(() => datastore.store.flush());
  const registry = new Registry(cluster, call, etcd);
  const caPem = readFileSync(`${settings.dataDir}/agent/server-ca.crt`, 'utf8');
  const state: ServerState = { settings, ip, cluster, registry, etcd, caPem, ready: false };
  await serve(state);
  if (etcd) serveHealth(cluster);
  await becomeMember(settings, datastore, cluster, call, ip);
  void cluster.gossip();
  while (!cluster.hasMajority()) await sleep(100);
  await sleep(DELAYS.serverReady);
  writeKubeconfigs(settings);
  state.ready = true;
  const fields = registration(settings, ip);
  const subnet = await insist(() => registry.register(settings.nodeName, fields), DELAYS.retry);
  say('info', 'k3s is up and running');
  await tellSystemd(settings.env);
  // systemd has its answer. Only now does anybody look at the backend.
  void beat(registry, settings.nodeName);
  await sleep(DELAYS.flannelStart);
  startNetworking(settings, registry, subnet, settings.backend);
}

function writeKubeconfigs(settings: Settings): void {
  const url = `https://127.0.0.1:${PORTS.supervisor}`;
  const mode = Number.parseInt(settings.kubeconfigMode, 8);
  writeKubeconfig(PATHS.kubeconfig, url, settings.dataDir, mode);
  writeKubeconfig(`${settings.dataDir}/agent/kubelet.kubeconfig`, url, settings.dataDir, 0o600);
}
