import type { Emit, MeterTotals } from '../model/event.ts';
import type { Direction } from '../model/journal.ts';
import type { Plan, PlanNode, Stage } from '../model/plan.ts';
import { backendByName } from '../k3s/backends.ts';
import { stepScript } from '../node/step.ts';
import { Meter } from '../proof/meter.ts';
import type { MeterReport } from '../proof/meter-report.ts';
import type { Proven } from '../run/engine.ts';
import type { Fleet } from '../run/fleet.ts';
import { devsOf, probeAll, tellFailures } from './probing.ts';
import { watchWire } from './wire.ts';

/** A forgotten meter ends by itself after two hours. */
const METER_SECONDS = 7200;

/** Proofs of a run, and the meter that runs beside it from the pin until everything is tidied. */
export class Prover {
  readonly #fleet: Fleet;
  readonly #plan: Plan;
  readonly #epoch: number;
  readonly #maxLoss: number;
  readonly #emit: Emit;
  #meter: Meter | undefined;
  #last: MeterReport | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #stage = '';

  constructor(fleet: Fleet, plan: Plan, epoch: number, maxLoss: number, emit: Emit) {
    this.#epoch = epoch;
    this.#fleet = fleet;
    this.#plan = plan;
    this.#maxLoss = maxLoss;
    this.#emit = emit;
  }

  /** The meter needs probe addresses: it starts with the first stage after they stand, and ends before they go. */
  async enter(stage: Stage, direction: Direction): Promise<void> {
    if (this.#stage !== stage.id)
      this.#emit({
        type: 'stage',
        level: 'info',
        msg: stage.title,
        data: { id: stage.id, direction, hosts: stage.batches.flat().length },
      });
    this.#stage = stage.id;
    if (stage.phase === 'tidy') {
      await this.stop();
    } else if (direction === 'forward' && !['prepare', 'pin'].includes(stage.phase)) {
      await this.#start();
    }
  }

  async #start(): Promise<void> {
    if (this.#meter) return;
    const nodes = this.#plan.nodes.map((n) => ({ host: n.host, address: n.meterAddress }));
    this.#meter = new Meter({
      nodes,
      open: (host) => this.#fleet.session(host),
      intervalMs: 200,
      seconds: METER_SECONDS,
    });
    for (const problem of await this.#meter.start())
      this.#emit({
        type: 'problem',
        level: 'warn',
        msg: `${problem.summary}: ${problem.detail ?? ''}`,
        ...(problem.host ? { host: problem.host } : {}),
      });
    this.#emit({
      type: 'meter',
      level: 'info',
      msg: `meter: ${nodes.length * (nodes.length - 1)} ordered pairs, every 200 ms`,
    });
    this.#ticker = setInterval(() => this.#tell('debug'), 5000);
    this.#ticker.unref();
  }

  /** Sessions of all hosts of the plan; a host that cannot be logged into is missing, and counts as lost. */
  async #sessions(): Promise<Map<string, Awaited<ReturnType<Fleet['session']>>>> {
    const found = await Promise.allSettled(
      this.#plan.nodes.map(async (n) => [n.host, await this.#fleet.session(n.host)] as const),
    );
    return new Map(found.flatMap((f) => (f.status === 'fulfilled' ? [f.value] : [])));
  }

  #tell(level: 'debug' | 'info'): void {
    const report = this.#meter?.report();
    if (report === undefined) return;
    this.#last = report;
    this.#emit({ type: 'meter', level, msg: meterLine(report), data: report });
  }

  async prove(stage: Stage, direction: Direction): Promise<Proven> {
    const back = direction === 'back';
    const real = stage.proof === 'real';
    const sessions = await this.#sessions();
    const bare = back ? await this.#endpointsAgain() : [];
    if (bare.length > 0) return { ok: false, reason: bare.join('; ') };
    const wire =
      real && !back && backendByName(this.#plan.to)?.encrypted === true
        ? await watchWire(sessions, this.#plan)
        : undefined;
    const probed = await probeAll({
      sessions,
      nodes: this.#plan.nodes,
      devs: devsOf(back),
      address: (n: PlanNode) => (real ? n.meterAddress : n.probeAddress),
      mtu: (n) => (back ? n.mtuOld : n.mtuNew),
    });
    const clear = await wire?.judge();
    const reasons = [
      ...(probed.ok ? [] : [tellFailures(probed.failures)]),
      ...(clear ?? []),
      ...(real && !back ? this.#tooMuchLoss() : []),
    ];
    if (reasons.length === 0) return { ok: true };
    return { ok: false, reason: reasons.join('; ') };
  }

  /** A guard that returned a node took its probe addresses away; the tidying at the end takes them again. */
  async #endpointsAgain(): Promise<string[]> {
    const steps = this.#plan.stages
      .flatMap((s) => s.batches.flat())
      .filter((s) => s.step === 'pod_network_endpoints');
    const told = await Promise.all(
      steps.map(async (s): Promise<string[]> => {
        const context = { run: this.#plan.id, epoch: this.#epoch, step: `again-${s.id}` };
        const text = stepScript({ ...context, direction: 'back' }, s.actions);
        const result = await this.#fleet.exec(s.host, { class: 'change', text, limit: 60 });
        if (result.t === 'done' && result.value.code === 0) return [];
        const why = result.t === 'done' ? result.value.stderr.trim() : result.reason;
        return [`${s.host}: no probe addresses: ${why}`];
      }),
    );
    return told.flat();
  }

  #tooMuchLoss(): string[] {
    this.#tell('info');
    const worst = this.#last?.perPair.filter((p) => p.lost > this.#maxLoss) ?? [];
    return worst.length === 0
      ? []
      : [
          `lost more than ${this.#maxLoss} on ${worst.map((p) => `${p.from} → ${p.to} (${p.lost})`).join(', ')}`,
        ];
  }

  /** Ends the meter; the line that says what it saw, once. */
  async stop(): Promise<MeterTotals | undefined> {
    clearInterval(this.#ticker);
    const meter = this.#meter;
    if (meter !== undefined) {
      this.#meter = undefined;
      this.#last = await meter.stop();
      this.#emit({ type: 'meter', level: 'info', msg: meterLine(this.#last), data: this.#last });
    }
    return this.#last && totals(this.#last);
  }
}

function totals(r: MeterReport): MeterTotals {
  const worst = r.worst && { worstPair: `${r.worst.from} → ${r.worst.to}` };
  return { pairs: r.pairs, sent: r.sent, lost: r.lost, longestGap: r.longestGapMs, ...worst };
}

function meterLine(r: MeterReport): string {
  const tcp =
    r.tcp === undefined
      ? 'TCP streams not measured'
      : `${r.tcp.streams} TCP streams, ${r.tcp.broken} broken, longest stall ${Math.round(r.tcp.longestStallMs)} ms`;
  return `${r.pairs} pairs, ${r.sent} probes, ${r.lost} lost, longest gap ${Math.round(r.longestGapMs)} ms; ${tcp}`;
}
