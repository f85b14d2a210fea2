import type { NodeResult, Summary } from '../model/event.ts';
import { renderMeter } from './meter.ts';
import { printable } from './printable.ts';
import type { TextOptions } from './problems.ts';
import { painter, type Tone } from './style.ts';
import { displayWidth, padTo } from './width.ts';
import { wrap } from './wrap.ts';

/** How each outcome is told; an outcome that is not here is its own heading's job. */
const HEADINGS: Readonly<Record<string, { readonly tone: Tone; readonly text: string }>> = {
  'all-new': { tone: 'green', text: 'Done: every node is proven on the new setting.' },
  'all-old': { tone: 'yellow', text: 'Every node is proven on the old setting.' },
  mixed: { tone: 'red', text: 'Not every node is proven on one setting. A person is needed.' },
  interrupted: { tone: 'yellow', text: 'Interrupted. The state is saved.' },
  declined: { tone: 'yellow', text: 'Nothing was changed: the answer was no.' },
};

const STATES: Readonly<
  Record<NodeResult['state'], { readonly tone: Tone; readonly text: string }>
> = {
  new: { tone: 'green', text: 'new setting, proven' },
  old: { tone: 'yellow', text: 'old setting, proven' },
  unknown: { tone: 'red', text: 'unknown' },
};

/** An end that has no heading of its own, in its own words: `no changes: …`. Empty otherwise. */
export function outcomeLine({ outcome }: Summary): string {
  const own = outcome === '' || outcome === 'failed' || outcome === 'bug' || outcome in HEADINGS;
  return own ? '' : `${printable(outcome)}\n`;
}

/** The command to type next, unless a problem above has named the same one. */
export function nextLine(summary: Summary, { colour }: TextOptions): string {
  const { next, problems } = summary;
  if (next === undefined || problems.some((problem) => problem.next === next)) return '';
  return `${painter(colour)('green', 'next:')} ${next}\n`;
}

/** The end of a run for people: how it ended, where each node stands, what was lost. */
export function renderSummary(summary: Summary, options: TextOptions): string {
  const paint = painter(options.colour);
  const heading = HEADINGS[summary.outcome];
  const lines: string[] = [];
  if (heading !== undefined) lines.push(paint(heading.tone, heading.text));
  lines.push(...nodeLines(summary.nodes ?? [], options));
  if (summary.meter !== undefined) {
    lines.push(wrap(renderMeter(summary.meter), options.columns, 'Pod traffic: '));
  }
  return lines.map((line) => `${line}\n`).join('');
}

function nodeLines(nodes: readonly NodeResult[], { columns, colour }: TextOptions): string[] {
  const paint = painter(colour);
  const width = Math.max(0, ...nodes.map((node) => displayWidth(node.host)));
  return nodes.map(({ host, state, detail }) => {
    const { tone, text } = STATES[state];
    const said = detail === undefined ? text : `${text}: ${printable(detail)}`;
    return wrap(said, columns, `  ${paint(tone, padTo(host, width))}  `);
  });
}
