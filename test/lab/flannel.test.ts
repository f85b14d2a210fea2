import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Place } from '../../src/lab/standin/flannel/backend.ts';
import { writeNetConf } from '../../src/lab/standin/flannel/files.ts';
import { hostGateway } from '../../src/lab/standin/flannel/host-gw.ts';
import { publicKey } from '../../src/lab/standin/flannel/key.ts';
import { runFlannel } from '../../src/lab/standin/flannel/run.ts';
import { vxlan } from '../../src/lab/standin/flannel/vxlan.ts';
import { wireguard } from '../../src/lab/standin/flannel/wireguard.ts';
import { type Kernel, KernelError } from '../../src/lab/standin/kernel.ts';
import type { Lease } from '../../src/lab/standin/leases.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'standin-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A kernel that writes down what it is asked, and lacks WireGuard. */
function scribe(log: string[], links: Record<string, string> = {}): Kernel {
  const note =
    (name: string) =>
    (...values: unknown[]): Promise<void> => {
      log.push(`${name} ${values.map((value) => JSON.stringify(value)).join(' ')}`);
      return Promise.resolve();
    };
  return {
    uplink: () => Promise.resolve({ dev: 'eth0', ip: '172.30.0.11', mtu: 1500 }),
    link: (name) => {
      const mac = links[name];
      const facts = { vni: 1, port: 8472, local: '172.30.0.11' };
      return Promise.resolve(mac ? { kind: 'vxlan', mac, mtu: 1450, vxlan: facts } : undefined);
    },
    addVxlan: (link) => {
      links[link.name] = link.mac ?? '02:00:00:00:00:01';
      return note('addVxlan')(link.name);
    },
    addWireguard: () => Promise.reject(new KernelError('operation not supported')),
    deleteLink: note('deleteLink'),
    setUp: note('setUp'),
    setMtu: note('setMtu'),
    setAddress: note('setAddress'),
    route: () => Promise.resolve(undefined),
    replaceRoute: note('replaceRoute'),
    setNeighbour: note('setNeighbour'),
    setFdb: note('setFdb'),
    setWireguard: note('setWireguard'),
    setPeer: note('setPeer'),
  };
}

function place(log: string[], before?: Lease, links: Record<string, string> = {}): Place {
  return {
    kernel: scribe(log, links),
    uplink: { dev: 'eth0', ip: '172.30.0.11', mtu: 1500 },
    node: 's1',
    subnet: '10.42.0.0/24',
    network: '10.42.0.0/16',
    before,
    publish: (data) => {
      log.push(`publish ${JSON.stringify(data)}`);
      return Promise.resolve();
    },
  };
}

const lease = (type: string, data: string): Lease => ({
  node: 's2',
  subnet: '10.42.1.0/24',
  publicIp: '172.30.0.12',
  type,
  data,
});

describe('Flannel in the stand-in', () => {
  it('publishes a vxlan lease before the link has an address', async () => {
    const log: string[] = [];
    expect(await vxlan.start(place(log))).toBe(1450);
    expect(log).toEqual([
      'addVxlan "flannel.1"',
      'publish {"VNI":1,"VtepMAC":"02:00:00:00:00:01"}',
      'setAddress "flannel.1" "10.42.0.0/32"',
      'setUp "flannel.1"',
    ]);
  });

  it('uses a vxlan link that is left over, with its MAC', async () => {
    const log: string[] = [];
    await vxlan.start(place(log, undefined, { 'flannel.1': 'aa:d5:2b:e2:59:f1' }));
    expect(log[0]).toBe('publish {"VNI":1,"VtepMAC":"aa:d5:2b:e2:59:f1"}');
  });

  it('makes neighbour, forwarding entry and route for a vxlan peer', async () => {
    const log: string[] = [];
    await vxlan.added(place(log), lease('vxlan', '{"VNI":1,"VtepMAC":"ea:02:a9:5f:8c:41"}'));
    expect(log).toEqual([
      'setNeighbour "flannel.1" "10.42.1.0" "ea:02:a9:5f:8c:41"',
      'setFdb "flannel.1" "ea:02:a9:5f:8c:41" "172.30.0.12"',
      'replaceRoute {"dst":"10.42.1.0/24","via":"10.42.1.0","dev":"flannel.1","onlink":true}',
    ]);
  });

  it('routes a host-gw peer through its address and touches no link', async () => {
    const log: string[] = [];
    await hostGateway.added(place(log), lease('host-gw', 'null'));
    expect(log).toEqual(['replaceRoute {"dst":"10.42.1.0/24","via":"172.30.0.12","dev":"eth0"}']);
  });

  it('fails where the kernel has no WireGuard, in the recorded words', async () => {
    await expect(wireguard.start(place([]))).rejects.toThrow(
      'could not create wireguard interface: operation not supported',
    );
  });

  it('says so when the backend is unknown or removed', async () => {
    const task = {
      api: {
        register: () => Promise.resolve(''),
        update: () => Promise.resolve(),
        leases: () => Promise.resolve([]),
      },
      kernel: scribe([]),
      node: 's1',
      subnet: '10.42.0.0/24',
      network: '10.42.0.0/16',
      iface: undefined,
      dataDir: directory,
    };
    for (const backend of ['wireguard', 'ipsec', '', 'toString']) {
      await expect(runFlannel({ ...task, backend })).rejects.toThrow(
        `failed to start networking: Cannot configure unknown flannel backend '${backend}'`,
      );
    }
  });

  it('writes net-conf.json as recorded', () => {
    writeNetConf(directory, '10.42.0.0/16', 'wireguard', { PersistentKeepaliveInterval: 25 });
    expect(readFileSync(`${directory}/agent/etc/flannel/net-conf.json`, 'utf8')).toBe(
      '{\n\t"Network": "10.42.0.0/16",\n\t"EnableIPv6": false,\n\t"EnableIPv4": true,\n\t"IPv6Network": "::/0",\n\t"Backend": {\n\t"Type": "wireguard",\n\t"PersistentKeepaliveInterval": 25\n}\n}\n',
    );
  });
});

describe('the WireGuard key', () => {
  it('is made once, readable by its owner alone', () => {
    const file = join(directory, 'wgkey');
    const first = publicKey(file);
    expect(publicKey(file)).toBe(first);
    expect(statSync(file).mode & 0o777).toBe(0o400);
    expect(readFileSync(file, 'utf8')).toHaveLength(44);
  });

  it('has the public half that RFC 7748 computes', () => {
    const file = join(directory, 'alice');
    const secret = '77076d0a7318a57d3c16c17251b2664' + '5df4c2f87ebc0992ab177fba51db92c2a';
    writeFileSync(file, Buffer.from(secret, 'hex').toString('base64'));
    expect(Buffer.from(publicKey(file), 'base64').toString('hex')).toBe(
      '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    );
  });
});
