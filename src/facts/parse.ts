import type { NodeFacts } from '../model/facts.ts';
import { parseFile } from './files.ts';
import { parseFlannel, parseHostLocal } from './flannel.ts';
import { parseDisk, parseModules, parseOs, parseTools } from './host.ts';
import { k3sOf } from './k3s.ts';
import { parseLinks, parseRoutes, parseRules, parseSysctls, parseUdp } from './net.ts';
import { parseNodes } from './nodes.ts';
import { Answers, garbled, sections } from './sections.ts';
import { parseEtcd, parseReady, parseServed } from './servers.ts';
import { parseEnv, parseUnit } from './unit.ts';

/**
 * The output of the facts script as facts. What the node does not have is undefined or empty.
 * @throws ReweaveError `facts.garbled`, with the section, for an answer that is cut or not understood.
 */
export function parseFacts(output: string, marker: string, host: string): NodeFacts {
  const answers = new Answers(sections(output, marker));
  const ids = answers.pairs('ids');
  if (ids['hostname'] === undefined || !/^\d+$/.test(ids['now'] ?? ''))
    throw garbled('ids', 'no host name or clock');
  const files = answers.all('file').map(parseFile);
  const show = answers.text('unit');
  const unit = parseUnit(show, files);
  const isServer = unit?.role === 'server';
  const nodes = isServer ? parseNodes(answers.json('nodes')) : [];
  const facts: Omit<NodeFacts, 'k3s'> = {
    host,
    takenAt: new Date(Number(ids['now']) * 1000).toISOString(),
    hostname: ids['hostname'],
    machineId: ids['machine-id'] ?? '',
    bootId: ids['boot-id'] ?? '',
    uptime: Number(ids['uptime'] ?? '0'),
    kernel: ids['kernel'] ?? '',
    os: parseOs(answers.text('os')),
    diskFreeKiB: parseDisk(answers.lines('disk')),
    tools: parseTools(answers.pairs('tools')),
    unit,
    files,
    links: parseLinks(answers.objects('link'), answers.objects('addr')),
    routes: [
      ...parseRoutes(answers.objects('route4'), 4),
      ...parseRoutes(answers.objects('route6'), 6),
    ],
    rules: [...parseRules(answers.objects('rule4'), 4), ...parseRules(answers.objects('rule6'), 6)],
    sysctls: parseSysctls(answers.lines('sysctls')),
    modules: parseModules(answers.pairs('modules')),
    udp: parseUdp(answers.lines('udp')),
    flannel: parseFlannel(answers),
    hostLocal: parseHostLocal(answers.lines('hostlocal')),
    served: parseServed(answers),
    nodes,
    etcd: isServer ? parseEtcd(answers) : undefined,
    apiReady: isServer ? parseReady(answers, nodes) : undefined,
    reweave: answers.pairs('reweave'),
  };
  return {
    ...facts,
    k3s: k3sOf(facts, unit === undefined ? {} : parseEnv(show, unit, files), answers),
  };
}
