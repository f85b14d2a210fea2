import { EXIT, ReweaveError } from '../model/problem.ts';
import type { Script } from '../model/session.ts';
import { dotted, isIp4, span } from '../text/cidr.ts';
import { sh } from '../text/shell.ts';
import { clearFilter, encryptedFilter } from './bpf.ts';
import { CAPTURE_PERL } from './remote/capture-perl.ts';
import { CAPTURE_PYTHON } from './remote/capture-python.ts';
import { CAPTURE_TCPDUMP } from './remote/capture-tcpdump.ts';
import { HAS_PERL } from './remote/prelude.ts';

export interface CaptureSpec {
  /** The interface towards the peers, not the tunnel. */
  readonly dev: string;
  /** The capture ends by itself after so many seconds. */
  readonly seconds: number;
  /** Prefixes of all pods; the IPv6 ones are not examined. */
  readonly clusterCidrs: readonly string[];
  readonly vxlanPorts: readonly number[];
  readonly wireguardPorts: readonly number[];
}

/**
 * Looks at one interface for a while, for a stream of its own. Takes perl, else tcpdump, else
 * python3; prints `{"ready":TOOL}` or `{"listening":…}` when it sees packets, its counts when told
 * `stop` or at its end (tcpdump: only then), `{"error":WHY}` where nothing can look.
 * @throws ReweaveError when no prefix is IPv4, for a port out of range.
 */
export function captureScript(spec: CaptureSpec): Script {
  const cidrs = spec.clusterCidrs.filter(isIp4);
  check(spec, cidrs);
  const { dev, seconds, vxlanPorts, wireguardPorts } = spec;
  const nets = cidrs.map((cidr) => {
    const { first, size } = span(cidr);
    return `${first},${first + size - 1}`;
  });
  const filters = [clearFilter(cidrs, vxlanPorts), encryptedFilter(wireguardPorts)];
  const args = [String(seconds + 10), String(seconds), dev, ...filters, nets.join(';')];
  const words = args.map(sh).join(' ');
  const pcap = pcapFilters(cidrs, vxlanPorts, wireguardPorts);
  return {
    class: 'probe',
    limit: seconds + 15,
    text: `fail() { printf '{"error":"%s"}\\n' "$(printf %s "$1" | tr -d '"\\\\')"; exit 65; }
if ${HAS_PERL}; then
  exec perl -e ${sh(CAPTURE_PERL)} ${words}
fi
if command -v tcpdump >/dev/null 2>&1; then
  dev=${sh(dev)}; seconds=${seconds}
  bare=${sh(pcap.bare)}; vxlan=${sh(pcap.vxlan)}; encrypted=${sh(pcap.encrypted)}
${CAPTURE_TCPDUMP}
  exit 0
fi
for python in python3 /usr/libexec/platform-python; do
  command -v $python >/dev/null 2>&1 && exec $python -c ${sh(CAPTURE_PYTHON)} ${words}
done
fail 'none of perl, tcpdump and python3 is installed'
`,
  };
}

function check(spec: CaptureSpec, cidrs: readonly string[]): void {
  const ports = [...spec.vxlanPorts, ...spec.wireguardPorts];
  const bad = ports.find((port) => !Number.isInteger(port) || port < 1 || port > 65_535);
  if (bad !== undefined)
    throw new ReweaveError({
      code: 'capture.bad_port',
      exit: EXIT.usage,
      summary: `${bad} is not a UDP port`,
    });
  if (cidrs.length > 0) return;
  throw new ReweaveError({
    code: 'capture.no_ipv4',
    exit: EXIT.unproven,
    summary: 'what is on the wire can only be examined for IPv4 pods',
    detail: `cluster CIDRs: ${spec.clusterCidrs.join(', ') || 'none'}`,
  });
}

/** The BPF filters in the words of pcap; offsets in `udp[…]` count from the UDP header. */
function pcapFilters(cidrs: readonly string[], vxlan: readonly number[], wg: readonly number[]) {
  const any = (parts: readonly string[]): string =>
    parts.length === 0 ? 'less 1' : `(${parts.join(' or ')})`;
  const inner = cidrs.flatMap((cidr) => {
    const { first, length } = span(cidr);
    const mask = dottedHex(length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0);
    return [42, 46].map((at) => `udp[${at}:4] & ${mask} = ${dottedHex(first)}`);
  });
  const side = (end: 'src' | 'dst'): string =>
    any(cidrs.map((cidr) => `${end} net ${dotted(span(cidr).first)}/${span(cidr).length}`));
  const to = any(vxlan.map((port) => `udp dst port ${port}`));
  return {
    bare: `ip and ${side('src')} and ${side('dst')}`,
    vxlan: `ip and ${to} and udp[28:2] = 0x0800 and ${any(inner)}`,
    encrypted: `ip and ${any(wg.map((port) => `udp port ${port}`))} and udp[8] = 4 and udp[4:2] > 40`,
  };
}

function dottedHex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
