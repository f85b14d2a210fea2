import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { YAMLMap } from 'yaml';
import { EXIT, type Problem, ReweaveError } from '../model/problem.ts';
import { OWED, STEPS } from '../steps/registry.ts';
import type { Play, Playbook, Task } from './types.ts';

const KEYS = new Set(['name', 'hosts', 'serial', 'order', 'barrier', 'vars', 'tasks']);

/** Reads a playbook's text. Throws ReweaveError (exit 3) with every fault at once, each with its line. */
export function loadPlaybook(
  name: string,
  file: string,
  text: string,
  extra: Readonly<Record<string, string>> = {},
): Playbook {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines });
  const problems: Problem[] = [];
  const at = (node: unknown): number =>
    lines.linePos((node as { range?: [number, number, number] } | undefined)?.range?.[0] ?? 0).line;
  const fault = (node: unknown, summary: string, hint?: string): void => {
    problems.push({
      code: 'playbook.invalid',
      exit: EXIT.usage,
      summary: `${file}:${at(node)}: ${summary}`,
      file,
      line: at(node),
      ...(hint ? { hint } : {}),
    });
  };
  for (const e of doc.errors)
    problems.push({
      code: 'playbook.yaml',
      exit: EXIT.usage,
      summary: `${file}:${e.linePos?.[0].line ?? 1}: ${e.message.split('\n')[0]}`,
      file,
    });
  if (problems.length > 0) throw new ReweaveError(problems);
  if (!isSeq(doc.contents)) {
    fault(doc.contents, 'a playbook is a list of plays');
    throw new ReweaveError(problems);
  }
  const vars: Record<string, string> = {};
  for (const item of doc.contents.items)
    if (isMap(item) && isMap(item.get('vars')))
      for (const pair of (item.get('vars') as YAMLMap).items)
        vars[String(pair.key)] = String(pair.value);
  Object.assign(vars, extra);
  const fill = (value: unknown, node: unknown): string =>
    String(value).replace(/\{\{\s*(\w+)\s*\}\}/g, (_all, key: string) => {
      const known = vars[key];
      if (known === undefined)
        fault(node, `variable ${key} is not set`, `set it under vars: or with -e ${key}=…`);
      return known ?? '';
    });
  const plays: Play[] = [];
  for (const item of doc.contents.items) {
    if (!isMap(item)) {
      fault(item, 'a play is a map with name, hosts and tasks');
      continue;
    }
    for (const pair of item.items)
      if (!KEYS.has(String(pair.key)))
        fault(
          pair.key,
          `unknown key ${String(pair.key)} in a play`,
          `known: ${[...KEYS].join(', ')}`,
        );
    const tasks: Task[] = [];
    const list = item.get('tasks');
    if (!isSeq(list)) fault(item, 'a play needs tasks');
    else
      for (const task of list.items) {
        const pair = isMap(task) && task.items.length === 1 ? task.items[0] : undefined;
        const step = String(pair?.key ?? '');
        const kind = STEPS[step];
        if (pair === undefined || kind === undefined) {
          fault(
            task,
            `unknown step ${step || '(not a map of one key)'}`,
            `known: ${Object.keys(STEPS).join(', ')}`,
          );
          continue;
        }
        const params: Record<string, string> = {};
        if (isMap(pair.value))
          for (const p of pair.value.items) {
            if (!kind.params.includes(String(p.key)))
              fault(p.key, `step ${step} has no parameter ${String(p.key)}`);
            params[String(p.key)] = fill(isScalar(p.value) ? p.value.value : p.value, p.value);
          }
        tasks.push({ step, params, line: at(task) });
      }
    const serial = item.get('serial');
    const sizes =
      serial === undefined
        ? []
        : isSeq(serial)
          ? serial.items.map((s) => String(isScalar(s) ? s.value : s))
          : [String(serial)];
    for (const size of sizes)
      if (!/^[1-9]\d*%?$/.test(size))
        fault(item.get('serial', true), `serial ${size} is no number and no percentage`);
    const order = String(item.get('order') ?? 'inventory');
    if (order !== 'inventory' && order !== 'join_target_first')
      fault(item, `unknown order ${order}`, 'known: inventory, join_target_first');
    plays.push({
      name: String(item.get('name') ?? ''),
      hosts: String(item.get('hosts') ?? 'all'),
      serial: sizes,
      order: order === 'join_target_first' ? order : 'inventory',
      barrier: String(item.get('barrier')) === 'true',
      tasks,
      line: at(item),
    });
  }
  const steps = plays.flatMap((p) => p.tasks);
  const backend =
    vars['backend'] ?? steps.find((t) => t.step === 'k3s_config')?.params['flannel-backend'] ?? '';
  problems.push(
    ...missing(
      file,
      steps.map((t) => t.step),
    ),
  );
  if (problems.length > 0) throw new ReweaveError(problems);
  return { name, file, backend, plays };
}

/** A playbook that changes the backend needs pin, proof, unpin and clean, in the order of a migration. */
function missing(file: string, steps: readonly string[]): Problem[] {
  let from = 0;
  for (const owed of OWED) {
    const at = steps.indexOf(owed, from);
    if (at < 0)
      return [
        {
          code: 'playbook.incomplete',
          exit: EXIT.usage,
          file,
          summary: `${file}: ${steps.includes(owed) ? `${owed} stands too early` : `${owed} is missing`}`,
          detail: `A change of the backend needs, in this order: ${OWED.join(', ')}.`,
          hint: 'copy a shipped playbook: reweave playbook show wireguard-native',
        },
      ];
    from = at;
  }
  return [];
}
