import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/model/event.ts';
import { nextLine, outcomeLine, renderSummary } from '../../src/output/summary.ts';

const page = { columns: 80, colour: false };
const summary = (over: Partial<Summary>): Summary => ({
  exit: 0,
  outcome: 'all-new',
  problems: [],
  ...over,
});

describe('the end of a run', () => {
  test('says where each node stands and what was lost', () => {
    const text = renderSummary(
      summary({
        nodes: [
          { host: 's1', state: 'new' },
          { host: 'agent-1', state: 'new' },
        ],
        meter: { pairs: 2, sent: 100, lost: 0, longestGap: 10 },
      }),
      page,
    );
    expect(text).toBe(
      [
        'Done: every node is proven on the new setting.',
        '  s1       new setting, proven',
        '  agent-1  new setting, proven',
        'Pod traffic: 100 probes between 2 pairs of nodes: none lost, longest gap 10 ms.',
        '',
      ].join('\n'),
    );
  });

  test('lists an unknown node with its reason, harmless on a terminal', () => {
    const nodes = [{ host: 's1', state: 'unknown', detail: 'no answer\u001b[2J' }] as const;
    const text = renderSummary(summary({ outcome: 'mixed', nodes }), page);
    expect(text).toContain('A person is needed.');
    expect(text).toContain('s1  unknown: no answer\\x1b[2J');
  });

  test('says that a no changed nothing', () => {
    expect(renderSummary(summary({ outcome: 'declined' }), page)).toBe(
      'Nothing was changed: the answer was no.\n',
    );
  });

  test('prints nothing on stdout for an outcome in its own words, which goes to stderr', () => {
    const own = summary({ outcome: 'no changes: the cluster already runs vxlan' });
    expect(renderSummary(own, page)).toBe('');
    expect(outcomeLine(own)).toBe('no changes: the cluster already runs vxlan\n');
  });

  test.each(['', 'failed', 'bug', 'declined', 'all-new'])('adds no line for %j', (outcome) => {
    expect(outcomeLine(summary({ outcome }))).toBe('');
  });
});

describe('the next command', () => {
  test('is told once', () => {
    const next = 'reweave resume r-1';
    expect(nextLine(summary({ next }), page)).toBe('next: reweave resume r-1\n');
    const problems = [{ code: 'a', exit: 7, summary: 's', next }] as const;
    expect(nextLine(summary({ next, problems }), page)).toBe('');
  });

  test('is not made up', () => {
    expect(nextLine(summary({}), page)).toBe('');
  });
});
