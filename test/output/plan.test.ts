import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import { closingLine } from '../../src/output/plan-closing.ts';
import { renderPlan } from '../../src/output/plan.ts';
import { displayWidth } from '../../src/output/width.ts';
import { say } from '../../src/steps/say.ts';
import { planTo } from '../plan/plans.ts';

const shape = { servers: 3, agents: 2, backend: 'vxlan' } as const;
const made = planTo('wireguard-native', shape);
const diff = [
  '--- a/etc/rancher/k3s/config.yaml',
  '+++ b/etc/rancher/k3s/config.yaml',
  '@@ -1 +1 @@',
  '-flannel-backend: vxlan',
  '+flannel-backend: wireguard-native',
].join('\n');
const plan: Plan = {
  ...made,
  nodes: made.nodes.map((n) => ({
    ...n,
    files: n.files.map((f) => ({ ...f, diff: `${diff}\n` })),
  })),
};
const text = (p: Plan, over: Partial<Parameters<typeof renderPlan>[1]> = {}): string =>
  renderPlan(p, { columns: 80, colour: false, say, ...over });
const lastLine = (p: Plan): string | undefined => text(p).trimEnd().split('\n').at(-1);
const settled = planTo('vxlan', shape);

describe('a plan on screen', () => {
  test('closes with the line that scripts look for', () => {
    expect(lastLine(plan)).toBe(
      'Plan: 3 files to change on 3 servers, 5 restarts, no pod-to-pod loss expected.',
    );
  });

  test('says that nothing is to be done, and nothing of leases or restarts', () => {
    expect(lastLine(settled)).toBe('No changes. The cluster already runs vxlan.');
    expect(text(settled)).not.toMatch(/Order|Predicted|renewal|restart/);
  });

  test('stays within 80 columns', () => {
    for (const line of text(plan).split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80);
  });

  test('tells drift first, apart from what the plan wants', () => {
    const drifted = text({ ...plan, drift: ['s2: config.yaml says host-gw.'] });
    expect(drifted.indexOf('s2: config.yaml says host-gw.')).toBeGreaterThan(0);
    expect(drifted.indexOf('Drift today')).toBeLessThan(drifted.indexOf('Nodes'));
  });

  test('still tells drift when nothing is to be done', () => {
    expect(text({ ...settled, drift: ['s1: odd.'] })).toContain('s1: odd.');
  });

  test('prints diffs at the left margin, as git apply takes them', () => {
    expect(text(plan)).toContain(`\n${diff}\n`);
  });

  test('says so when lines of a diff are masked', () => {
    const nodes = plan.nodes.map((n) => ({
      ...n,
      files: n.files.map((f) => ({ ...f, redacted: true })),
    }));
    expect(text({ ...plan, nodes }).replace(/\s+/g, ' ')).toContain('hold secrets are masked');
    expect(text(plan)).not.toContain('masked');
  });

  test('leaves diffs out on request', () => {
    expect(text(plan, { diffs: false })).not.toContain('@@');
  });

  test('shows role, version and where the setting stands for every node', () => {
    expect(text(plan)).toMatch(/s1 {2}server {2}v1\.36\.3\+k3s1 {2}vxlan, \/etc\/rancher.*:1\n/);
    expect(text(plan)).toMatch(/a2 {2}agent {3}v1\.36\.3\+k3s1 {2}vxlan, given by its server\n/);
  });

  test('numbers the stages in order, with reason, batches and the signs waited for', () => {
    const flat = text(plan).replace(/\s+/g, ' ');
    for (const stage of plan.stages) expect(flat).toContain(stage.title);
    expect(flat).toContain('batch 1 of 3: s1: restart k3s.service');
    expect(flat).toMatch(/good when, within 30 s: /);
  });

  test('says at which second the guards of which server act', () => {
    const lines = text(plan).split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^ +60 s {2}every guard lays pods back/));
    expect(lines).toContainEqual(expect.stringMatching(/^ +90 s {2}s2 returns K3s to vxlan/));
    expect(lines).toContainEqual(
      expect.stringMatching(new RegExp(`^ +${plan.lease.bound} s {2}the whole cluster`)),
    );
  });

  test('names a prediction that nobody measured unknown', () => {
    const unknown = { ...plan, prediction: { lost: undefined, source: 'not measured', notes: [] } };
    expect(text(unknown)).toContain('unknown (not measured)');
    expect(closingLine(unknown)).toContain('pod-to-pod loss unknown.');
  });

  test('warns that the API goes away where there is one server only', () => {
    const alone = text(planTo('wireguard-native', { ...shape, servers: 1 })).replace(/\s+/g, ' ');
    expect(alone).toContain('API: away for the whole cluster while its only server restarts');
    expect(text(plan)).toContain('the other 2 answer');
  });

  test('says what is to be changed outside', () => {
    expect(text({ ...plan, outside: ['Change the variable.'] })).toContain(
      '  - Change the variable.',
    );
  });

  test('tells findings with evidence, reason and fix; an error there was allowed by name', () => {
    const finding = { rule: 'no-ntp', host: 's1', evidence: 'e', why: 'w', fix: 'f' } as const;
    const told = text({ ...plan, findings: [{ ...finding, severity: 'error' }] });
    expect(told).toContain('error no-ntp (allowed by name)\n    s1: e\n    why: w\n    fix: f');
  });

  test('names every action on request', () => {
    expect(text(plan, { detail: true })).toContain('- load kernel module wireguard');
  });

  test('has colours only when they are wanted', () => {
    expect(text(plan)).not.toContain('\u001b');
    expect(text(plan, { colour: true })).toContain('\u001b[32m+flannel-backend');
  });

  test('hands no escape sequence out of a file to the terminal', () => {
    const nodes = plan.nodes.map((n) => ({
      ...n,
      files: n.files.map((f) => ({ ...f, diff: '+\u001b]0;owned\u0007' })),
    }));
    expect(text({ ...plan, nodes })).not.toContain('\u001b');
  });
});

describe('the closing line', () => {
  test('counts servers and agents apart', () => {
    const nodes = plan.nodes.map((n) => ({ ...n, files: made.nodes[0]?.files ?? [] }));
    expect(closingLine({ ...plan, nodes })).toMatch(
      /^Plan: 5 files to change on 3 servers and 2 agents,/,
    );
  });

  test('speaks of one in the singular, and of expected loss in packets', () => {
    const one = planTo('wireguard-native', { servers: 1, agents: 1, backend: 'vxlan' });
    const lossy = { ...one, prediction: { ...one.prediction, lost: 2 } };
    expect(closingLine(lossy)).toBe(
      'Plan: 1 file to change on 1 server, 2 restarts, about 2 lost packets per pair expected.',
    );
  });
});
