import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { factsScript } from '../../src/facts/script.ts';
import { FakeNode, systemctl } from './fake-node.ts';
import { MARKER } from './recorded.ts';

const SHELLS = [['sh'], ['dash'], ['busybox', 'ash'], ['bash', '--posix']].filter(
  ([program = '']) => ['/bin', '/usr/bin'].some((dir) => existsSync(`${dir}/${program}`)),
);

const NODES = JSON.stringify(
  {
    items: [
      {
        metadata: { name: 's1', annotations: { 'flannel.alpha.coreos.com/backend-type': 'vxlan' } },
        status: { nodeInfo: { kubeletVersion: 'v1.30.1+k3s1' } },
      },
    ],
  },
  undefined,
  4,
);

let node: FakeNode;
beforeEach(() => {
  node = new FakeNode();
});
afterEach(() => node.remove());

function snapshot(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const at = lstatSync(join(dir, name));
      return `${name} ${at.size} ${at.mtimeMs} ${at.mode}`;
    });
}

const unitFile = (exec: string): string => `[Service]\nType=notify\nExecStart=${exec}\n`;

function server(exec = '/usr/local/bin/k3s server'): FakeNode {
  return node
    .command('systemctl', systemctl([{ name: 'k3s.service', exec, pid: 77 }]))
    .command(
      'curl',
      `for url; do :; done
case $url in
  */v1-k3s/config) echo '{"FlannelBackend":"vxlan","IPSECPSK":"do-not-print","DisableCCM":false}' ;;
  */db/info) echo 'etcd datastore disabled' ;;
  */readyz) echo ok ;;
  *) exit 7 ;;
esac`,
    )
    .command('ss', "echo 'UNCONN 0 0 *:8472 *:*'")
    .file('/etc/systemd/system/k3s.service', unitFile(exec))
    .file(
      '/usr/local/bin/k3s',
      `#!/bin/sh\nif [ "$1" = --version ]; then echo 'k3s version v1.30.1+k3s1 (abc)'; elif [ "$3" = nodes ]; then cat <<'END'\n${NODES}\nEND\nelse exit 1; fi\n`,
      0o755,
    );
}

describe('the script', () => {
  it.each(SHELLS.map((s) => [s.join(' '), s] as const))(
    'runs in %s and says nothing on stderr',
    (_, shell) => {
      const facts = server()
        .file('/etc/rancher/k3s/config.yaml', 'flannel-backend: vxlan\nnode-name: S1\n')
        .facts(shell);
      expect(facts).toMatchObject({
        served: 'vxlan',
        apiReady: true,
        hostname: expect.any(String),
      });
      expect(facts.unit).toMatchObject({
        name: 'k3s.service',
        role: 'server',
        nRestarts: 2,
        activeEnter: 7.5,
      });
      expect(facts.files.map((f) => f.path)).toEqual([
        '/etc/rancher/k3s/config.yaml',
        '/etc/systemd/system/k3s.service',
      ]);
      expect(facts.k3s).toMatchObject({
        versionOnDisk: 'v1.30.1+k3s1',
        versionRunning: 'v1.30.1+k3s1',
        nodeName: 's1',
      });
      expect(facts.nodes.map((n) => [n.name, n.backendType])).toEqual([['s1', 'vxlan']]);
      expect(facts.udp).toEqual([{ address: '*', port: 8472, process: undefined }]);
    },
  );

  it('is clean for shellcheck of dash', () => {
    if (!existsSync('/usr/bin/shellcheck')) return;
    const run = (): Buffer =>
      execFileSync('shellcheck', ['-s', 'dash', '-S', 'error', '-'], {
        input: factsScript(MARKER),
      });
    expect(run).not.toThrow();
  });

  it('refuses a marker that could be more than a marker', () => {
    expect(() => factsScript('x; rm -rf /')).toThrow(RangeError);
  });

  it('writes nothing: every file below the root is as it was, and temporary files stay out', () => {
    server().file('/etc/rancher/k3s/config.yaml', 'flannel-backend: vxlan\n').dir('/tmp');
    const before = snapshot(node.root);
    node.raw();
    expect(snapshot(node.root)).toEqual(before);
    const text = factsScript(MARKER);
    expect(text).not.toMatch(
      /(^|[;&|(] *)(rm|mv|cp|mkdir|touch|tee|mktemp|insmod|rmmod|chmod|chown|kill|ln|dd|trap) /m,
    );
    expect(text.match(/modprobe -(?!n )[^\n]*/g)).toBeNull();
    expect(
      [...text.matchAll(/(?<!\d)>(?!&)\s*(\S+)/g)]
        .filter((m) => m[1] !== '/dev/null')
        .map((m) => m[0]),
    ).toEqual([]);
  });

  it('never sends the pre-shared key of /v1-k3s/config', () => {
    expect(server().raw()).not.toContain('do-not-print');
  });

  it('reads direct yaml drop-ins of any case, hidden ones too, and nothing else there', () => {
    server();
    for (const name of ['10.yaml', 'B.YML', '.h.yaml', 'x.yaml.bak'])
      node.file(`/etc/rancher/k3s/config.yaml.d/${name}`, 'debug: true\n');
    node.file('/etc/rancher/k3s/config.yaml.d/sub/y.yaml', 'debug: true\n');
    const names = node
      .facts()
      .files.map((f) => f.path.replace('/etc/rancher/k3s/config.yaml.d/', ''))
      .filter((n) => !n.startsWith('/'));
    expect(names.sort()).toEqual(['.h.yaml', '10.yaml', 'B.YML']);
  });

  it('keeps every byte of a file', () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0x0d, 0x0a, 0x00, 0xff, 0x0a, 0x0a]);
    const found = server().file('/etc/rancher/k3s/config.yaml', bytes, 0o600).facts().files[0];
    expect(Buffer.from(found?.base64 ?? '', 'base64')).toEqual(bytes);
    expect(found).toMatchObject({
      mode: '600',
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  it('follows --config, --data-dir and K3S_CONFIG_FILE', () => {
    server('/usr/local/bin/k3s server --config /x/y.yaml -d /data')
      .file('/x/y.yaml', 'debug: true\n')
      .file('/x/y.yaml.d/a.yaml', 'v: 1\n')
      .file('/data/agent/server-ca.crt', 'CA\n');
    const facts = node.facts();
    expect(facts.files.map((f) => f.path)).toEqual([
      '/x/y.yaml',
      '/x/y.yaml.d/a.yaml',
      '/etc/systemd/system/k3s.service',
    ]);
    expect(facts.k3s).toMatchObject({
      dataDir: '/data',
      clusterId: createHash('sha256').update('CA\n').digest('hex'),
    });
    const byEnv = node
      .file('/etc/systemd/system/k3s.service.env', "K3S_CONFIG_FILE='/z.yaml'\nK3S_TOKEN=t0p\n")
      .file('/z.yaml', 'data-dir: "/other" # here\n')
      .facts();
    expect(byEnv.files.map((f) => f.path)).toContain('/z.yaml');
    expect(byEnv.k3s.env).toEqual({ K3S_CONFIG_FILE: '/z.yaml', K3S_TOKEN: '(secret)' });
  });

  it("takes the unit that runs, whatever its name, and never the installer's k3s-init", () => {
    node.command(
      'systemctl',
      systemctl([
        { name: 'k3s-init.service', exec: '/usr/local/bin/k3s server --cluster-init' },
        {
          name: 'k3s.service',
          exec: '/usr/local/bin/k3s server',
          state: 'inactive',
          enabled: 'disabled',
        },
        {
          name: 'k3s-node.service',
          exec: '/usr/local/bin/k3s agent --server https://10.0.0.1:6443',
        },
        { name: 'k3s-helper.service', exec: '/usr/local/bin/backup' },
      ]),
    );
    expect(node.facts().unit).toMatchObject({ name: 'k3s-node.service', role: 'agent' });
  });

  it('a host without K3s has no unit, and all the rest', () => {
    const facts = node.command('systemctl', systemctl([])).file('/etc/machine-id', 'm1\n').facts();
    expect(facts).toMatchObject({ unit: undefined, machineId: 'm1', files: [], served: undefined });
    expect(facts.k3s).toMatchObject({ clusterId: undefined, nodeName: undefined, env: {} });
  });

  it('a server whose API is down answers with what is on disk', () => {
    server()
      .command('curl', 'exit 7')
      .file(
        '/usr/local/bin/k3s',
        '#!/bin/sh\n[ "$1" = --version ] && { echo "k3s version v1.30.1+k3s1"; exit 0; }\nexit 1\n',
        0o755,
      );
    expect(node.facts()).toMatchObject({
      served: undefined,
      nodes: [],
      apiReady: false,
      etcd: undefined,
    });
  });

  it('a binary that was replaced leaves the running version open', () => {
    server()
      .command('curl', 'exit 7')
      .file('/usr/local/bin/k3s', '#!/bin/sh\necho "k3s version v1.31.0+k3s1"\n', 0o755);
    node.file('/proc/uptime', '100000.00 1.0\n').link('/proc/77/exe', '/usr/local/bin/k3s');
    node.file(
      '/usr/local/bin/k3s',
      '#!/bin/sh\n[ "$1" = --version ] && echo "k3s version v1.31.0+k3s1"\n',
      0o755,
    );
    expect(node.facts().k3s).toMatchObject({
      versionOnDisk: 'v1.31.0+k3s1',
      versionRunning: undefined,
    });
  });

  it('an unchanged binary runs what is on disk', () => {
    server()
      .command('curl', 'exit 7')
      .file(
        '/usr/local/bin/k3s',
        '#!/bin/sh\n[ "$1" = --version ] && echo "k3s version v1.31.0+k3s1"\n',
        0o755,
      );
    node.file('/proc/uptime', '1.00 1.0\n').link('/proc/77/exe', '/usr/local/bin/k3s');
    expect(node.facts().k3s.versionRunning).toBe('v1.31.0+k3s1');
  });

  it('tells modules apart without loading one', () => {
    const release = execFileSync('uname', ['-r']).toString().trim();
    node
      .dir('/sys/module/vxlan')
      .file('/sys/module/wireguard/initstate', 'live\n')
      .file(
        `/lib/modules/${release}/modules.dep`,
        'kernel/net/ip6_udp_tunnel.ko.xz:\nkernel/net/udp_tunnel.ko:\n',
      )
      .file('/etc/modprobe.d/no.conf', '# x\nblacklist udp_tunnel\n');
    expect(node.facts().modules).toEqual({
      vxlan: 'builtin',
      wireguard: 'loaded',
      ip6_udp_tunnel: 'loadable',
      udp_tunnel: 'blacklisted',
    });
  });

  it('reads sysctls of every link, with dots and digits in its name', () => {
    node
      .file('/proc/sys/net/ipv4/conf/flannel.1/rp_filter', '2\n')
      .file('/proc/sys/net/ipv4/conf/all/rp_filter', '1\n')
      .file('/proc/sys/net/ipv6/conf/eth0.100/accept_ra', '0\n');
    expect(node.facts().sysctls).toEqual({
      'net/ipv4/conf/flannel.1/rp_filter': '2',
      'net/ipv4/conf/all/rp_filter': '1',
      'net/ipv6/conf/eth0.100/accept_ra': '0',
    });
  });

  it('lists addresses of host-local and no other file of its store', () => {
    for (const name of ['10.42.0.5', '10.42.0.254', 'last_reserved_ip.0', 'lock', 'fd00::5'])
      node.file(`/var/lib/cni/networks/cbr0/${name}`, '');
    server();
    expect([...node.facts().hostLocal].sort()).toEqual(['10.42.0.254', '10.42.0.5', 'fd00::5']);
  });

  it('drops the image lists of real node objects on the node', () => {
    const images = `{\n    "items": [\n        {\n            "metadata": {\n                "name": "s1"\n            },\n            "status": {\n                "images": [\n                    {\n                        "names": [\n                            "big"\n                        ],\n                        "sizeBytes": 1\n                    }\n                ],\n                "nodeInfo": {\n                    "kubeletVersion": "v1.30.1+k3s1"\n                }\n            }\n        }\n    ]\n}`;
    server().file(
      '/usr/local/bin/k3s',
      `#!/bin/sh\n[ "$1" = kubectl ] && cat <<'END'\n${images}\nEND\n`,
      0o755,
    );
    expect(node.raw()).not.toContain('"big"');
    expect(node.facts().nodes).toMatchObject([{ name: 's1', kubeletVersion: 'v1.30.1+k3s1' }]);
  });

  it('reads its own state file', () => {
    expect(
      node.file('/var/lib/reweave/state', 'run=r1\nepoch=2\narmed=1\n').facts().reweave,
    ).toEqual({ run: 'r1', epoch: '2', armed: '1' });
  });
});
