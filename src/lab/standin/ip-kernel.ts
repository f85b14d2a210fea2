// The real kernel, through `ip`, `bridge` and `wg`.
import { spawn } from 'node:child_process';
import {
  type Kernel,
  KernelError,
  type LinkFacts,
  type Route,
  type Uplink,
  type Vxlan,
  type WireguardPeer,
} from './kernel.ts';

interface IpLink {
  address: string;
  mtu: number;
  linkinfo?: { info_kind?: string; info_data?: { id?: number; port?: number; local?: string } };
}
interface IpRoute {
  dst: string;
  gateway?: string;
  dev: string;
  prefsrc?: string;
  flags: string[];
}
interface IpAddr {
  ifname: string;
  mtu: number;
  addr_info: { family: string; local: string; prefixlen: number; scope: string }[];
}

export class IpKernel implements Kernel {
  async uplink(name: string | undefined): Promise<Uplink> {
    const [route] = await list<IpRoute>('route', 'show', 'default');
    const dev = name ?? route?.dev;
    if (dev === undefined) throw new KernelError('unable to find default route');
    const [addr] = await list<IpAddr>('addr', 'show', 'dev', dev);
    const ip = addr?.addr_info.find(({ family, scope }) => family === 'inet' && scope === 'global');
    if (!addr || !ip) throw new KernelError(`interface ${dev} does not have an address`);
    return { dev, ip: ip.local, mtu: addr.mtu };
  }

  async link(name: string): Promise<LinkFacts | undefined> {
    const [link] = await list<IpLink>('-d', 'link', 'show', 'dev', name).catch(() => []);
    if (!link) return undefined;
    const { info_kind: kind = '', info_data: data } = link.linkinfo ?? {};
    const facts = { kind, mac: link.address, mtu: link.mtu };
    if (kind !== 'vxlan') return facts;
    return {
      ...facts,
      vxlan: { vni: data?.id ?? 0, port: data?.port ?? 0, local: data?.local ?? '' },
    };
  }

  async addVxlan(link: Vxlan): Promise<void> {
    const mac = link.mac === undefined ? [] : ['address', link.mac];
    const kind = ['type', 'vxlan', 'id', `${link.vni}`, 'dev', link.dev, 'local', link.local];
    const port = ['dstport', `${link.port}`, 'nolearning', 'udpcsum'];
    await ip(
      'link',
      'add',
      link.name,
      ...mac,
      'txqueuelen',
      '0',
      'mtu',
      `${link.mtu}`,
      ...kind,
      ...port,
    );
  }

  async addWireguard(name: string, mtu: number): Promise<void> {
    await ip('link', 'add', name, 'txqueuelen', '0', 'mtu', `${mtu}`, 'type', 'wireguard');
  }

  async deleteLink(name: string): Promise<void> {
    await ip('link', 'del', name);
  }

  async setUp(name: string): Promise<void> {
    await ip('link', 'set', name, 'up');
  }

  async setMtu(name: string, mtu: number): Promise<void> {
    await ip('link', 'set', name, 'mtu', `${mtu}`);
  }

  async setAddress(dev: string, address: string): Promise<void> {
    await ip('addr', 'replace', address, 'dev', dev);
  }

  async route(dst: string): Promise<Route | undefined> {
    const found = (await list<IpRoute>('route', 'show', 'exact', dst)).at(0);
    if (!found) return undefined;
    const via = found.gateway === undefined ? {} : { via: found.gateway };
    return { dst, dev: found.dev, ...via, onlink: found.flags.includes('onlink') };
  }

  async replaceRoute(route: Route): Promise<void> {
    const via = route.via === undefined ? [] : ['via', route.via];
    const onlink = route.onlink ? ['onlink'] : [];
    const scope = route.scopeLink ? ['scope', 'link'] : [];
    await ip('route', 'replace', route.dst, ...via, 'dev', route.dev, ...scope, ...onlink);
  }

  async setNeighbour(dev: string, address: string, mac: string): Promise<void> {
    await ip('neigh', 'replace', address, 'lladdr', mac, 'dev', dev, 'nud', 'permanent');
  }

  async setFdb(dev: string, mac: string, dst: string): Promise<void> {
    await run('bridge', ['fdb', 'replace', mac, 'dev', dev, 'dst', dst, 'self', 'permanent']);
  }

  async setWireguard(dev: string, port: number, keyFile: string): Promise<void> {
    await run('wg', ['set', dev, 'listen-port', `${port}`, 'private-key', keyFile]);
  }

  async setPeer(dev: string, peer: WireguardPeer): Promise<void> {
    const { publicKey, allowedIp, endpoint, keepalive } = peer;
    const words = ['allowed-ips', allowedIp, 'endpoint', endpoint];
    const alive = ['persistent-keepalive', `${keepalive}`];
    await run('wg', ['set', dev, 'peer', publicKey, ...words, ...alive]);
  }
}

const ip = (...words: string[]): Promise<string> => run('ip', words);

async function list<T>(...words: string[]): Promise<T[]> {
  const text = await run('ip', ['-j', ...words]);
  return text.trim() === '' ? [] : (JSON.parse(text) as T[]);
}

function run(command: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (part: Buffer) => {
      out += part.toString();
    });
    child.stderr.on('data', (part: Buffer) => {
      err += part.toString();
    });
    child.on('error', (error) => reject(new KernelError(error.message)));
    child.on('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new KernelError(reasonOf(err)));
    });
  });
}

/** iproute2 does not know a link type that this kernel lacks; netlink says "not supported". */
function reasonOf(stderr: string): string {
  if (/Unknown device type|Operation not supported/.test(stderr)) return 'operation not supported';
  const line = stderr.trim().split('\n')[0] ?? '';
  return line.replace(/^(RTNETLINK answers|Error): /, '').toLowerCase();
}
