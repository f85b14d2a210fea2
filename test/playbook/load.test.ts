import { describe, expect, it } from 'vitest';
import { ReweaveError } from '../../src/model/problem.ts';
import { loadPlaybook } from '../../src/playbook/load.ts';
import { shipped } from '../plan/plans.ts';

const faults = (text: string): string[] => {
  try {
    loadPlaybook('x', 'x.yml', text);
  } catch (error) {
    if (error instanceof ReweaveError) return error.problems.map((p) => p.summary);
    throw error;
  }
  return [];
};
const whole = (name: string): string =>
  `- { name: p, hosts: all, tasks: [ { pod_network_endpoints: {} }, { pod_network_pin: {} }, { k3s_config: { flannel-backend: ${name} } }, { k3s_restart: {} }, { pod_network_main: {} }, { pod_network_proof: { path: new } }, { pod_network_unpin: {} }, { flannel_clean: {} } ] }\n`;

describe('a playbook', () => {
  it('is read with its variables put in', () => {
    const book = shipped('wireguard-native');
    expect(book.backend).toBe('wireguard-native');
    expect(book.plays.find((p) => p.tasks[0]?.step === 'k3s_config')?.tasks[0]?.params).toEqual({
      'flannel-backend': 'wireguard-native',
    });
  });
  it('is refused when a step of a backend change is missing or stands too early', () => {
    expect(faults(whole('vxlan'))).toEqual([]);
    expect(faults(whole('vxlan').replace('{ pod_network_pin: {} }, ', ''))).toEqual([
      'x.yml: pod_network_pin is missing',
    ]);
    expect(
      faults(
        `- { name: p, hosts: all, tasks: [ { flannel_clean: {} } ] }\n${whole('vxlan').replace(', { flannel_clean: {} }', '')}`,
      ),
    ).toEqual(['x.yml: flannel_clean stands too early']);
  });
  it('tells every fault at once, with its line', () => {
    expect(
      faults(
        `- name: p\n  hosts: all\n  serial: many\n  tasks:\n    - reboot: {}\n- name: q\n  host: all\n${whole('"{{ nothing }}"')}`,
      ),
    ).toEqual([
      'x.yml:5: unknown step reboot',
      'x.yml:3: serial many is no number and no percentage',
      'x.yml:7: unknown key host in a play',
      'x.yml:6: a play needs tasks',
      'x.yml:8: variable nothing is not set',
    ]);
  });
  it('says where its YAML is broken', () => {
    expect(faults('- name: [\n')[0]).toMatch(/^x\.yml:\d+: /);
    expect(faults('name: x\n')[0]).toMatch(/a list of plays/);
  });
});
