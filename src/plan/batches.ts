/**
 * Cuts hosts into batches by Ansible's `serial`: counts or percentages of all hosts, the last size
 * repeats; an empty list is one batch of all. Percentages round down, never below one host.
 */
export function batches<T>(hosts: readonly T[], serial: readonly string[]): T[][] {
  if (hosts.length === 0) return [];
  if (serial.length === 0) return [[...hosts]];
  const result: T[][] = [];
  for (let at = 0, turn = 0; at < hosts.length; turn += 1) {
    const size = serial[Math.min(turn, serial.length - 1)] ?? '100%';
    const count = size.endsWith('%')
      ? Math.floor((hosts.length * Number(size.slice(0, -1))) / 100)
      : Number(size);
    const take = Math.max(1, count);
    result.push(hosts.slice(at, at + take));
    at += take;
  }
  return result;
}
