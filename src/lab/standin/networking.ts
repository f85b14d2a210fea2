// Starts Flannel beside everything else; its failure ends K3s, cleanly.
import type { NodeApi } from './api.ts';
import { shutDown } from './exit.ts';
import { runFlannel } from './flannel/run.ts';
import { IpKernel } from './ip-kernel.ts';
import type { Settings } from './settings.ts';

export function startNetworking(
  settings: Settings,
  api: NodeApi,
  subnet: string,
  backend: string,
): void {
  const task = {
    api,
    kernel: new IpKernel(),
    node: settings.nodeName,
    subnet,
    network: settings.clusterCidr,
    iface: settings.iface,
    dataDir: settings.dataDir,
    backend,
  };
  runFlannel(task).catch((error: unknown) => shutDown((error as Error).message));
}
