// What a kubelet says about its machine when it registers.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { configHash, nodeArgs, nodeEnv } from './node-args.ts';
import type { Settings } from './settings.ts';
import type { Value } from './store.ts';

export function registration(settings: Settings, ip: string): Record<string, Value> {
  const args = nodeArgs(settings.role, settings.given);
  const env = nodeEnv(settings.env);
  const annotations = {
    'alpha.kubernetes.io/provided-node-ip': ip,
    'k3s.io/hostname': settings.nodeName,
    'k3s.io/internal-ip': ip,
    'k3s.io/node-args': args,
    'k3s.io/node-config-hash': configHash(args, env),
    'k3s.io/node-env': env,
    'node.alpha.kubernetes.io/ttl': '0',
    'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
  };
  return {
    ip,
    role: settings.role,
    machine: read('/etc/machine-id'),
    boot: read('/proc/sys/kernel/random/boot_id') || randomUUID(),
    kernel: release(),
    image: /^PRETTY_NAME="?([^"\n]*)/m.exec(read('/etc/os-release'))?.[1] ?? 'Linux',
    cpu: String(cpus().length),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    ...Object.fromEntries(Object.entries(annotations).map(([key, v]) => [`ann:${key}`, v])),
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
