import { type NodeOptions, runId, UNITS } from './layout.ts';
import { posix } from './posix.ts';
import { enclosed, prelude } from './prelude.ts';
import { parseState } from './state.ts';

export interface NodeStatus {
  /** Empty when nothing was ever armed here. */
  readonly state: Readonly<Record<string, string>>;
  /** Seconds since boot, to compare with `state.lease_uptime`. */
  readonly uptime: number;
  readonly boot: string;
  /** `ActiveState` by unit name. */
  readonly units: Readonly<Record<string, string>>;
  /** Parsed lines of the node's journal; a half or corrupt line is left out and counted. */
  readonly journal: readonly Readonly<Record<string, unknown>>[];
  readonly corrupt: number;
}

const LOOK = posix`
echo '== node'
printf 'uptime=%s\nboot=%s\n' "$(rw_num "$(rw_uptime)")" "$(rw_boot)"
echo '== state'
cat "$rw_state" 2>/dev/null
echo '== units'
for rw_name in ${UNITS.timer} ${UNITS.tick} ${UNITS.boot}; do
  printf '%s=%s\n' "$rw_name" "$(systemctl show -p ActiveState "$rw_name" 2>/dev/null | sed 's/^[^=]*=//')"
done
`;

/** State, units and the last journal lines, class read. See `parseStatus`. */
export function statusScript(options: NodeOptions & { readonly lines?: number } = {}): string {
  return enclosed(`${prelude(undefined, options)}${LOOK}echo '== journal'
rw_run=$(sed -n 's/^run=//p' "$rw_state" 2>/dev/null)
[ -z "$rw_run" ] || tail -n ${options.lines ?? 20} "$rw_base/runs/$rw_run/journal.jsonl" 2>/dev/null
exit 0`);
}

/** What a resume needs of a node, class read: its state and the whole journal of that run. */
export function readEndScript(run: string, options: NodeOptions = {}): string {
  return enclosed(`${prelude(runId(run), options)}${LOOK}echo '== journal'
cat "$rw_dir/journal.jsonl" 2>/dev/null
exit 0`);
}

/** Reads what `statusScript` or `readEndScript` printed. */
export function parseStatus(text: string): NodeStatus {
  const part = sections(text);
  const node = parseState(part.get('node') ?? '');
  const lines = (part.get('journal') ?? '').split('\n').filter((line) => line.trim() !== '');
  const journal = lines.map(parseLine).filter((line) => line !== undefined);
  return {
    state: parseState(part.get('state') ?? ''),
    uptime: Number.parseInt(node.uptime ?? '0', 10),
    boot: node.boot ?? '',
    units: parseState(part.get('units') ?? ''),
    journal,
    corrupt: lines.length - journal.length,
  };
}

function sections(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const block of text.split(/^== /m).slice(1)) {
    const cut = block.indexOf('\n');
    if (cut > 0) found.set(block.slice(0, cut), block.slice(cut + 1));
  }
  return found;
}

function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
