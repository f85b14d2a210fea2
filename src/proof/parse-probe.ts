import type { ExecResult } from '../model/session.ts';
import type { PairResult } from './pair.ts';
import type { ProbeSpec } from './probe.ts';

/** What a listening node saw: requests by `sender address` and size; or why it could not listen. */
export type Heard =
  | { readonly t: 'heard'; count(address: string, size: number): number }
  | { readonly t: 'deaf'; readonly why: string };

/**
 * The output of a probe script → one result for each peer and size of the spec. A line that is
 * missing or cut makes its pair `unknown`; `heard` gives what each peer (by host) saw of this node.
 */
export function parseProbe(
  spec: ProbeSpec,
  result: ExecResult,
  heard: ReadonlyMap<string, Heard>,
): PairResult[] {
  const lines = result.stdout.split('\n').slice(0, result.truncated ? -1 : undefined);
  const fault = lines.find((line) => line.startsWith('error '))?.slice(6);
  const routes = new Map(fields(lines, 'route').map(([peer, ...rest]) => [peer, rest]));
  const pings = new Map(fields(lines, 'ping').map((f) => [`${f[0]} ${f[1]}`, f]));
  return spec.peers.flatMap((peer) =>
    spec.sizes.map((size): PairResult => {
      const pair = { from: spec.self.host, to: peer.host, size };
      const ping = pings.get(`${peer.address} ${size}`);
      if (fault !== undefined || ping === undefined)
        return { ...pair, state: 'unknown', why: fault ?? noLine(result) };
      const [, , sent = '', received = '', code = '', ...note] = ping;
      if (!/^\d+$/.test(sent) || !/^\d+$/.test(received))
        return { ...pair, state: 'unknown', why: note.join(' ') || `ping ended with code ${code}` };
      const ear = heard.get(peer.host) ?? { t: 'deaf', why: `${peer.host} did not listen` };
      const route = routes.get(peer.address) ?? [];
      return {
        ...pair,
        state: 'measured',
        sent: Number(sent),
        received: Number(received),
        arrived: ear.t === 'heard' ? ear.count(spec.self.address, size) : undefined,
        ...(ear.t === 'deaf' ? { deaf: ear.why } : {}),
        dev: after(route, 'dev'),
        table: after(route, 'table'),
        note: note.join(' '),
      };
    }),
  );
}

function fields(lines: readonly string[], kind: string): string[][] {
  return lines.filter((line) => line.startsWith(`${kind} `)).map((l) => l.split(' ').slice(1));
}

function after(words: readonly string[], word: string): string | undefined {
  const at = words.indexOf(word);
  return at < 0 ? undefined : words[at + 1];
}

function noLine(result: ExecResult): string {
  if (result.truncated) return 'the output was cut';
  if (result.code === 124) return 'the probe did not end in time';
  const said = result.stderr.trim().split('\n')[0] ?? '';
  return `no result line (exit code ${result.code}${said === '' ? '' : `: ${said}`})`;
}
