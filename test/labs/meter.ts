import type { Lab } from './lab.ts';

export interface PairLoss {
  readonly from: string;
  readonly to: string;
  readonly sent: number;
  readonly received: number;
}

/**
 * A meter of the tests' own: ping every 100 ms between the hosts' pod-like namespaces, all ordered
 * pairs. It shares nothing with the product.
 */
export class PodMeter {
  readonly #lab: Lab;
  readonly #address: ReadonlyMap<string, string>;
  private constructor(lab: Lab, address: ReadonlyMap<string, string>) {
    this.#lab = lab;
    this.#address = address;
  }
  static async start(lab: Lab): Promise<PodMeter> {
    const address = await lab.each(async (h) =>
      (
        await lab.exec(
          h,
          "ip netns exec pod ip -4 -o addr show scope global | sed 's/.*inet \\([0-9.]*\\).*/\\1/'",
        )
      ).trim(),
    );
    const meter = new PodMeter(lab, address);
    await lab.each((h) => {
      const peers = lab.hosts.filter((p) => p !== h).map((p) => `${p}=${address.get(p) ?? ''}`);
      return lab.exec(
        h,
        `[ ! -f /run/testmeter/pids ] || kill $(cat /run/testmeter/pids) 2>/dev/null; mkdir -p /run/testmeter && rm -f /run/testmeter/*; for p in ${peers.join(' ')}; do setsid ip netns exec pod ping -n -i 0.1 -W 1 \${p#*=} >/run/testmeter/\${p%%=*}.log 2>&1 </dev/null & echo $! >>/run/testmeter/pids; done`,
      );
    });
    return meter;
  }
  /** Ends all pings and reads their own totals. A meter without totals throws: it counts as lost. */
  async stop(): Promise<PairLoss[]> {
    const all = await this.#lab.each((h) =>
      this.#lab.exec(
        h,
        'kill -INT $(cat /run/testmeter/pids); for i in $(seq 50); do pgrep -x ping >/dev/null || break; sleep 0.1; done; rm -f /run/testmeter/pids; grep -H transmitted /run/testmeter/*.log',
      ),
    );
    const pairs = [...all].flatMap(([from, text]) =>
      [...text.matchAll(/([^/]+)\.log:(\d+) packets transmitted, (\d+) received/g)].map(
        (m): PairLoss => ({ from, to: m[1] ?? '', sent: Number(m[2]), received: Number(m[3]) }),
      ),
    );
    const owed = this.#lab.hosts.length * (this.#lab.hosts.length - 1);
    if (pairs.length !== owed)
      throw new Error(`the test's meter has ${pairs.length} of ${owed} pairs`);
    if (this.#address.size !== this.#lab.hosts.length) throw new Error('a host has no pod');
    return pairs;
  }
}

/** Pairs that lost more than what may be in flight when the pings end. */
export function losses(pairs: readonly PairLoss[]): string[] {
  return pairs
    .filter((p) => p.sent - p.received > 1 || p.received === 0)
    .map((p) => `${p.from}→${p.to}: ${p.sent - p.received} of ${p.sent}`);
}
