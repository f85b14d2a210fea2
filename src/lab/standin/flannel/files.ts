// The files that Flannel leaves on a node.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PATHS } from '../constants.ts';

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Written before anything can fail: what is wanted, not what is. */
export function writeNetConf(
  dataDir: string,
  network: string,
  type: string,
  options: Record<string, number>,
): void {
  const lines = [`\t"Type": "${type}"`];
  for (const [key, value] of Object.entries(options)) lines.push(`\t"${key}": ${value}`);
  const text = `{
\t"Network": "${network}",
\t"EnableIPv6": false,
\t"EnableIPv4": true,
\t"IPv6Network": "::/0",
\t"Backend": {
${lines.join(',\n')}
}
}
`;
  put(`${dataDir}/agent/etc/flannel/net-conf.json`, text);
}

export function writeConflist(dataDir: string): void {
  put(`${dataDir}/agent/etc/cni/net.d/10-flannel.conflist`, CONFLIST);
}

/** 10.42.3.0/24 → FLANNEL_SUBNET=10.42.3.1/24 */
export function writeSubnetEnv(network: string, subnet: string, mtu: number): void {
  const gateway = subnet.replace(/\.0\//, '.1/');
  const text = `FLANNEL_NETWORK=${network}
FLANNEL_SUBNET=${gateway}
FLANNEL_MTU=${mtu}
FLANNEL_IPMASQ=true
`;
  put(`${PATHS.runFlannel}/subnet.env`, text);
}

const CONFLIST = `{
  "name":"cbr0",
  "cniVersion":"1.0.0",
  "plugins":[
    {
      "type":"flannel",
      "delegate":{
        "hairpinMode":true,
        "forceAddress":true,
        "isDefaultGateway":true
      }
    },
    {
      "type":"portmap",
      "capabilities":{
        "portMappings":true
      }
    },
    {
      "type":"bandwidth",
      "capabilities":{
        "bandwidth":true
      }
    }
  ]
}
`;
