import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DOCKER_HOSTS, dockerLab } from '../labs/docker.ts';
import { eventually, type Running } from '../labs/lab.ts';
import { losses, PodMeter } from '../labs/meter.ts';
import { leftBehind } from '../labs/traces.ts';

const lab = dockerLab();
/** The shortest lease and turns in which this lab's K3s still restarts. */
const SHORT = ['--lease', '20s', '--restart-limit', '20s'] as const;
const LINK: Record<string, string> = { vxlan: 'flannel-wg', 'host-gw': 'flannel.1' };

/** Where the orchestrator dies, by what it printed just before, and what must come of it. */
const POINTS = [
  {
    name: "during the servers' phase",
    when: /s1 {2,}K3s reads its backend/,
    alone: 'old',
    usual: 'alone',
  },
  {
    name: 'while every pod is pinned',
    when: /\d {2}The new path is made ready/,
    alone: 'old',
    usual: 'resumed',
  },
  {
    name: 'between two unpins',
    when: /\d {2}\w\d +the new path is proven[\s\S]*? {2}\w\d +done/,
    alone: 'old',
    usual: 'back',
  },
  { name: 'after the decision', when: /decided for/, alone: 'new', usual: 'alone' },
] as const;

/** Agents that were told to prepare and not told the decision stay on the proven path until a resume. */
const FINISHED = ['returned', 'done', 'disarmed'];

let from = '';
const other = (): string => (from === 'vxlan' ? 'host-gw' : 'vxlan');
let meter: PodMeter;
let running: Running | undefined;

beforeAll(() => lab.up('--servers', '3', '--agents', '2'));
afterAll(() => lab.down());
beforeEach(async () => {
  const [now, ...rest] = [...new Set(await types())];
  expect(rest, 'the lab stands on one setting').toEqual([]);
  from = now ?? '';
  meter = await PodMeter.start(lab);
});
afterEach(async () => {
  if (running?.child.exitCode === null) running.child.kill('SIGKILL');
  // A test that failed in the middle must not take the next one with it.
  await lab.reweave(['resume']);
});

async function killedAt(when: RegExp): Promise<{ id: string; bound: number }> {
  running = lab.start(['apply', '--to', other(), '--yes', ...SHORT]);
  await running.until(when, 200);
  running.child.kill('SIGKILL');
  await running.ended;
  const id = /run (\d{8}-\d{6}-[0-9a-f]{6})/.exec(running.output)?.[1] ?? '';
  const bound = Number(/^ +(\d+) s {2}the whole cluster stands on/m.exec(running.output)?.[1]);
  expect(bound, 'the plan printed its bound').toBeGreaterThan(20);
  return { id, bound };
}

/** What K3s' own nodes say, asked from s1, as `name=type`. */
async function types(): Promise<string[]> {
  const text = await lab.exec('s1', 'k3s kubectl get nodes -o json 2>&1 || true');
  if (!text.startsWith('{')) return [text.trim()];
  const items = (
    JSON.parse(text) as {
      items: { metadata: { name: string; annotations: Record<string, string> } }[];
    }
  ).items;
  return items.map((n) => n.metadata.annotations['flannel.alpha.coreos.com/backend-type'] ?? '');
}

async function settledOn(backend: string): Promise<void> {
  expect([...new Set(await types())]).toEqual([backend]);
  for (const h of DOCKER_HOSTS) expect(await leftBehind(lab, h, LINK[backend] ?? ''), h).toBe('');
  expect(losses(await meter.stop())).toEqual([]);
  const plan = await lab.reweave(['plan', '--to', backend, '--detailed-exitcode']);
  expect(plan.code, plan.stdout).toBe(0);
}

/** Every point in every way takes a quarter of an hour; a usual run takes each point in one way. */
const whole = process.env['REWEAVE_LABS_FULL'] === '1';

describe.each(POINTS)('an orchestrator that is killed $name', ({ when, alone, usual }) => {
  it.runIf(whole || usual === 'alone')(
    'is not needed: guards bring the cluster to one setting within the bound, and resume finds nothing to do',
    async () => {
      const target = other();
      const { bound } = await killedAt(when);
      const wanted = alone === 'new' ? target : from;
      await eventually(`every node is on ${wanted} and no guard is at work`, bound, async () => {
        const states = await lab.each((h) =>
          lab.exec(h, "sed -n 's/^phase=//p' /var/lib/reweave/state"),
        );
        const open = [...states].filter(
          ([, s]) => ![...FINISHED, ...(alone === 'new' ? ['prepared'] : [])].includes(s.trim()),
        );
        const now = [...new Set(await types())];
        return open.length === 0 && now.length === 1 && now[0] === wanted
          ? ''
          : `${open.map(([h, s]) => `${h} ${s.trim()}`).join(', ')}; ${now.join(', ')}`;
      });
      const resumed = await lab.reweave(['resume']);
      expect(resumed.code, resumed.stderr).toBe(alone === 'new' ? 0 : 6);
      await settledOn(wanted);
    },
  );
  it.runIf(whole || usual === 'resumed')('can be resumed to the new setting', async () => {
    const target = other();
    await killedAt(when);
    const resumed = await lab.reweave(['resume']);
    expect(resumed.code, resumed.stderr).toBe(0);
    await settledOn(target);
  });
  it.runIf(whole || usual === 'back')(
    'can be rolled back, or says that it was decided',
    async () => {
      const target = other();
      await killedAt(when);
      const back = await lab.reweave(['rollback']);
      if (alone === 'new') {
        expect(back.code).toBe(5);
        expect(back.stderr).toMatch(/was decided/);
        expect((await lab.reweave(['resume'])).code).toBe(0);
      } else expect(back.code, back.stderr).toBe(0);
      await settledOn(alone === 'new' ? target : from);
    },
  );
});

describe('an orchestrator that was suspended past its lease', () => {
  it('changes nothing more when it wakes up, and says so', async () => {
    running = lab.start(['apply', '--to', other(), '--yes', ...SHORT]);
    await running.until(/s2 {2,}K3s reads its backend/, 200);
    running.child.kill('SIGSTOP');
    await eventually('the guards have taken over', 60, async () => {
      const phase = await lab.exec('s1', "sed -n 's/^phase=//p' /var/lib/reweave/state");
      return /return/.test(phase) ? '' : phase;
    });
    running.child.kill('SIGCONT');
    expect(await running.ended).toBe(7);
    expect(running.output).toMatch(
      /the guards have taken over; nothing more was changed from here/,
    );
    const resumed = await lab.reweave(['resume']);
    expect(resumed.code, resumed.stderr).toBe(6);
    await settledOn(from);
  });
});
