import type { MeterTotals } from '../model/event.ts';

/** What the meter counted, in one sentence. Gaps are in milliseconds up to a second, then seconds. */
export function renderMeter(totals: MeterTotals): string {
  const { pairs, sent, lost, longestGap, worstPair } = totals;
  const what = `${count(sent)} probes between ${count(pairs)} pairs of nodes`;
  const loss = lost === 0 ? 'none lost' : `${count(lost)} lost`;
  const gap =
    longestGap < 1000 ? `${Math.round(longestGap)} ms` : `${(longestGap / 1000).toFixed(1)} s`;
  const where = worstPair === undefined ? '' : ` (${worstPair})`;
  return `${what}: ${loss}, longest gap ${gap}${where}.`;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
