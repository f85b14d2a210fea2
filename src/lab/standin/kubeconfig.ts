// Kubeconfig files: the administrator's on servers, the kubelet's on every node.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export function writeKubeconfig(path: string, server: string, dataDir: string, mode: number): void {
  const text = `apiVersion: v1
kind: Config
clusters:
- cluster:
    server: ${server}
    certificate-authority: ${dataDir}/agent/server-ca.crt
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
users:
- name: default
  user:
    client-certificate: ${dataDir}/agent/client-kubelet.crt
    client-key: ${dataDir}/agent/client-kubelet.key
`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}
