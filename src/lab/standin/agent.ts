// `k3s agent`: the backend is a server's, asked for once, at start.
import { Balancer } from './balancer.ts';
import { COMMIT, DELAYS, PORTS, VERSION } from './constants.ts';
import { type Call, callJson, caller } from './http.ts';
import { IpKernel } from './ip-kernel.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { beat } from './kubelet.ts';
import { fatal, say } from './log.ts';
import { startNetworking } from './networking.ts';
import { registration } from './node-fields.ts';
import { tellSystemd } from './ready.ts';
import { Remote } from './remote.ts';
import type { Settings } from './settings.ts';
import { insist, sleep } from './sleep.ts';

const BASE = `https://127.0.0.1:${PORTS.balancer}`;

export async function runAgent(settings: Settings): Promise<void> {
  if (settings.join === undefined) return fatal('--server is required');
  if (settings.token === '') return fatal('--token is required');
  say('info', `Starting k3s agent ${VERSION} (${COMMIT})`);
  const balancer = new Balancer(settings.dataDir, settings.join);
  await balancer.listen();
  const call = caller(settings.dataDir);
  const config = await insist(
    () => callJson<{ FlannelBackend: string }>(call, 'GET', `${BASE}/v1-k3s/config`),
    DELAYS.retry,
  );
  const { dataDir, nodeName } = settings;
  writeKubeconfig(`${dataDir}/agent/kubelet.kubeconfig`, BASE, dataDir, 0o600);
  const api = new Remote(call, BASE);
  const ip = settings.nodeIp ?? (await new IpKernel().uplink(settings.iface)).ip;
  const fields = registration(settings, ip);
  const subnet = await insist(() => api.register(nodeName, fields), DELAYS.retry);
  startNetworking(settings, api, subnet, config.FlannelBackend);
  void beat(api, nodeName);
  void learnServers(balancer, call);
  await sleep(DELAYS.agentReady);
  say('info', 'k3s agent is up and running');
  await tellSystemd(settings.env);
}

async function learnServers(balancer: Balancer, call: Call): Promise<never> {
  for (;;) {
    const members = await insist(
      () => callJson<{ ip: string }[]>(call, 'GET', `${BASE}/standin/members`),
      DELAYS.retry,
    );
    balancer.learn(members.map(({ ip }) => ip));
    await sleep(DELAYS.heartbeat);
  }
}
