import type { PlanNode, Sign } from '../model/plan.ts';
import { sh } from '../text/shell.ts';

/** What one look at a node told, for judging signs. */
export interface Look {
  readonly activeState: string;
  readonly nRestarts: number;
  readonly invocationId: string;
  readonly netConf: string;
  readonly served: string;
  readonly api: string;
  readonly etcd: string;
  /** `route <subnet> <link kind or ->`, one per peer. */
  readonly routes: ReadonlyMap<string, string>;
  readonly fatal: string;
}

/** One read-only look, a line per answer; each can be missing, none can hang. */
export function lookScript(
  node: PlanNode,
  signs: readonly Sign[],
  peers: readonly PlanNode[],
): string {
  const wants = new Set(signs.map((s) => s.kind));
  const tls = `--cacert ${sh(`${node.dataDir}/agent/server-ca.crt`)} --cert ${sh(`${node.dataDir}/agent/client-kubelet.crt`)} --key ${sh(`${node.dataDir}/agent/client-kubelet.key`)}`;
  const parts = [
    `systemctl show ${sh(node.unit)} -p ActiveState -p NRestarts -p InvocationID | sed 's/^/unit /'`,
    `sed -n 's/.*"Type": *"\\([^"]*\\)".*/netconf \\1/p' ${sh(`${node.dataDir}/agent/etc/flannel/net-conf.json`)}`,
    `journalctl -u ${sh(node.unit)} -n 200 -o cat --no-pager 2>/dev/null | sed -n 's/.*\\(Shutdown request received.*\\)/fatal \\1/p' | tail -n 1`,
  ];
  if (wants.has('served'))
    parts.push(
      `printf 'served %s\\n' "$(curl -s -m 5 ${tls} https://127.0.0.1:6443/v1-k3s/config | sed -n 's/.*"FlannelBackend": *"\\([^"]*\\)".*/\\1/p')"`,
    );
  if (wants.has('api'))
    parts.push(`printf 'api %s\\n' "$(timeout 10 k3s kubectl get --raw /readyz 2>&1 | tail -n 1)"`);
  if (wants.has('etcd'))
    parts.push(`printf 'etcd %s\\n' "$(curl -s -m 5 http://127.0.0.1:2381/health)"`);
  if (wants.has('routes'))
    for (const peer of peers)
      parts.push(
        `r=$(ip route show table main match ${sh(peer.subnet)} | grep -v '^default' | tail -n 1); d=\${r##* dev }; d=\${d%% *}; case $r in *' via '*) v=via;; *) v=link;; esac; printf 'route %s %s %s\\n' ${sh(peer.subnet)} "\${r:+$d}" "$v"`,
      );
  return `export PATH="$PATH:/usr/local/bin:/usr/sbin:/sbin"\n${parts.map((p) => `{ ${p}; } || :`).join('\n')}\n`;
}

export function parseLook(stdout: string): Look {
  const value = (prefix: string): string =>
    stdout
      .split('\n')
      .findLast((l) => l.startsWith(prefix))
      ?.slice(prefix.length)
      .trim() ?? '';
  const routes = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const [word, subnet, dev, via] = line.split(' ');
    if (word === 'route' && subnet) routes.set(subnet, via === undefined ? '' : (dev ?? ''));
  }
  return {
    activeState: value('unit ActiveState='),
    nRestarts: Number(value('unit NRestarts=') || '0'),
    invocationId: value('unit InvocationID='),
    netConf: value('netconf '),
    served: value('served '),
    api: value('api '),
    etcd: value('etcd '),
    routes,
    fatal: value('fatal '),
  };
}

/** What the API says of one node, taken from `kubectl get node NAME -o json` on any server. */
export interface Seen {
  readonly backendType: string;
  readonly ready: boolean;
}

export function seeNode(json: string): Seen | undefined {
  if (!json.trimStart().startsWith('{')) return undefined;
  const node = JSON.parse(json) as {
    metadata?: { annotations?: Record<string, string> };
    status?: { conditions?: { type: string; status: string }[] };
  };
  return {
    backendType: node.metadata?.annotations?.['flannel.alpha.coreos.com/backend-type'] ?? '',
    ready: node.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false,
  };
}

export interface Judgement {
  /** Why it is not good yet; empty = every sign was seen. */
  readonly waiting: readonly string[];
  /** Set when waiting longer cannot help. */
  readonly fatal?: string;
}

export interface Judged {
  readonly look: Look;
  readonly seen: Seen | undefined;
  /** Seconds for which invocation and restart counter were the same. */
  readonly still: number;
  readonly stable: number;
  /** How often systemd has restarted the unit since the first look. */
  readonly grown: number;
}

/** Are the signs there? Systemd's `active` and the node's `Ready` alone never are. */
export function judge(
  node: PlanNode,
  signs: readonly Sign[],
  peers: readonly PlanNode[],
  devs: readonly string[],
  at: Judged,
): Judgement {
  const { look, seen } = at;
  const waiting: string[] = [];
  for (const sign of signs) {
    switch (sign.kind) {
      case 'stable':
        if (look.activeState !== 'active')
          waiting.push(`${node.unit} is ${look.activeState || 'not there'}`);
        else if (at.still < at.stable)
          waiting.push(
            `${node.unit} runs for ${Math.floor(at.still)} s of ${at.stable} s that Flannel may need to fail`,
          );
        break;
      case 'backend':
        if (look.netConf !== sign.value)
          waiting.push(`net-conf.json says ${look.netConf || 'nothing'}, not ${sign.value}`);
        if (seen?.backendType !== sign.value)
          waiting.push(
            `the node's annotation says ${seen?.backendType || 'nothing'}, not ${sign.value}`,
          );
        break;
      case 'served':
        if (look.served !== sign.value)
          waiting.push(`the server gives ${look.served || 'nothing'}, not ${sign.value}`);
        break;
      case 'api':
        if (!/passed|^ok$/.test(look.api))
          waiting.push(`the API is not ready: ${look.api.slice(0, 120)}`);
        break;
      case 'etcd':
        if (!look.etcd.includes('"true"'))
          waiting.push(`etcd is not healthy: ${look.etcd.slice(0, 120)}`);
        break;
      case 'ready':
        if (!seen?.ready) waiting.push('the node is not Ready');
        break;
      case 'routes':
        for (const peer of peers) {
          const dev = look.routes.get(peer.subnet) ?? '';
          if (!devs.includes(dev))
            waiting.push(
              `main leads to ${peer.subnet} (${peer.node}) over ${dev || 'nothing'}, not over ${devs.join(' or ')}`,
            );
        }
        break;
    }
  }
  if (at.grown >= 2 && signs.some((s) => s.kind === 'stable'))
    return {
      waiting,
      fatal: `${node.unit} has restarted by itself ${at.grown} times${look.fatal ? `: ${look.fatal}` : ''}`,
    };
  return { waiting };
}
