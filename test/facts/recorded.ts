import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseFacts } from '../../src/facts/parse.ts';
import type { NodeFacts } from '../../src/model/facts.ts';
import { sha256 } from '../../src/text/bytes.ts';

export const RECORDINGS = fileURLToPath(new URL('../recordings/', import.meta.url));
export const MARKER = 'feedfacefeedfacefeedfacefeedface';

/** One framed section as the facts script prints it. */
export function section(name: string, body: string, exit = 0, subject = ''): string {
  return `${MARKER} begin ${name}${subject === '' ? '' : ` ${subject}`}\n${body}\n${MARKER} end ${name} ${exit}\n`;
}

export const done = `${MARKER} done\n`;

export function fileSection(
  path: string,
  content: string,
  mode = '644',
  owner = 'root:root',
): string {
  const lines = [
    `${mode} ${owner}`,
    sha256(content),
    'base64',
    Buffer.from(content).toString('base64'),
  ];
  return section('file', `${lines.join('\n')}\n`, 0, path);
}

/** `## PATH MODE OWNER SIZE` headers, each with that many bytes below. */
function configFiles(text: string): string[] {
  const bytes = Buffer.from(text);
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\n', at);
    const header = /^## (\S+) (\S+) (\S+) (\d+)$/.exec(
      bytes.subarray(at, end < 0 ? bytes.length : end).toString(),
    );
    if (header === null) {
      if (end < 0) break;
      at = end + 1;
      continue;
    }
    const [, path = '', mode, owner, size] = header;
    const from = end + 1;
    found.push(
      fileSection(path, bytes.subarray(from, from + Number(size)).toString(), mode, owner),
    );
    at = from + Number(size);
  }
  return found;
}

/** `systemctl cat`: `# PATH` headers; the recording added one line end behind each. */
function unitFiles(text: string): string[] {
  return text
    .split(/^# (?=\/\S+\.(?:service|conf)$)/m)
    .slice(1)
    .map((part) => {
      const at = part.indexOf('\n');
      return fileSection(part.slice(0, at), part.slice(at + 1).replace(/\n$/, ''));
    });
}

function modules(uname: string): string {
  const state = (name: string): string => {
    if (new RegExp(`^${name} `, 'm').test(uname)) return 'loaded';
    return new RegExp(`^/sys/module/${name}$`, 'm').test(uname) ? 'builtin' : 'absent';
  };
  return ['wireguard', 'vxlan', 'ip6_udp_tunnel']
    .map((name) => `${name}=${state(name)}`)
    .join('\n');
}

/** NodeFacts of a recorded node folder (`STATE/NODE`), made by the product's own parser. */
export function factsFromRecording(folder: string): NodeFacts {
  const dir = folder.startsWith('/') ? folder : join(RECORDINGS, folder);
  const read = (name: string): string =>
    existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8') : '';
  const uname = read('uname.txt').split('\n')[0]?.split(' ') ?? [];
  const show = read('systemctl-show.txt');
  const unitName = /^Id=(.*)$/m.exec(show)?.[1] ?? '';
  const isServer = unitName === 'k3s.service';
  const nodes = join(dirname(dir), 'nodes.json');
  const served = /"FlannelBackend":"([^"]*)"/.exec(read('v1-k3s-config.json'))?.[1] ?? '';
  const ready = read('readyz.txt');
  const unitEnv = read('unit-env.txt').trim();
  const output = [
    section(
      'ids',
      `hostname=${uname[1] ?? ''}\nkernel=${uname[2] ?? ''}\nmachine-id=m\nboot-id=b\nuptime=100.00\nnow=1795382012\n`,
    ),
    section('modules', modules(read('uname.txt'))),
    ...['link', 'addr'].map((name) => section(name, read(`${name}.json`))),
    section('route4', read('route.json')),
    section('route6', read('route6.json')),
    section('rule4', read('rule.json')),
    section('udp', read('ss-udp.txt')),
    section('paths', `unit=${unitName}\ndata=/var/lib/rancher/k3s\n`),
    section('unit', show),
    ...configFiles(read('config.txt')),
    ...(read('config.yaml') === ''
      ? []
      : [fileSection('/etc/rancher/k3s/config.yaml', read('config.yaml'))]),
    ...unitFiles(read('systemctl-cat.txt')),
    ...(unitEnv === ''
      ? []
      : [fileSection(`/etc/systemd/system/${unitName}.env`, `${unitEnv}\n`, '600')]),
    section('storage', existsSync(join(dir, 'db-info.json')) ? 'etcd=1\n' : 'sqlite=1\n'),
    section('version', read('version.txt')),
    section('netconf', read('net-conf.json')),
    section('subnetenv', read('subnet.env')),
    ...(isServer
      ? [
          section('served', served),
          section(
            'nodes',
            existsSync(nodes) ? readFileSync(nodes, 'utf8') : '',
            existsSync(nodes) ? 0 : 1,
          ),
          section('dbinfo', read('db-info.json')),
          section('etcdhealth', read('etcd-health.txt')),
          section(
            'readyz',
            ready.startsWith('Error') ? '' : ready,
            ready.startsWith('Error') ? 1 : 0,
          ),
        ]
      : []),
    done,
  ].join('');
  return parseFacts(output, MARKER, basename(dir));
}
