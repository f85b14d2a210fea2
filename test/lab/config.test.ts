import { describe, expect, it } from 'vitest';
import { mergeConfigs, toFlags } from '../../src/lab/standin/config.ts';
import { parseFlags } from '../../src/lab/standin/flags.ts';
import { configHash, nodeArgs, nodeEnv } from '../../src/lab/standin/node-args.ts';
import { mergedWords, settingsOf } from '../../src/lab/standin/settings.ts';

const S1 = `# managed by hand
token: lab-secret-token
cluster-init: true
flannel-backend: vxlan   # see wiki
write-kubeconfig-mode: "0644"
disable: [traefik,servicelb]
`;

describe('the stand-in reads configuration as K3s does', () => {
  it('turns each key into a flag and each item of a list into one', () => {
    expect(toFlags(mergeConfigs([S1]))).toEqual([
      '--token=lab-secret-token',
      '--cluster-init=true',
      '--flannel-backend=vxlan',
      '--write-kubeconfig-mode=0644',
      '--disable=traefik',
      '--disable=servicelb',
    ]);
  });

  it('lets a later file replace a key in its place, and append with a plus', () => {
    const texts = [
      'flannel-backend: vxlan\ndisable: [a]\n',
      '---\n# network\n"flannel-backend": "host-gw"\ndisable+:\n- b\n',
    ];
    expect(toFlags(mergeConfigs(texts))).toEqual([
      '--flannel-backend=host-gw',
      '--disable=a',
      '--disable=b',
    ]);
  });

  it('makes an empty value an empty flag and an empty list none', () => {
    expect(toFlags(mergeConfigs(['flannel-backend:\ndisable: []\n']))).toEqual([
      '--flannel-backend=',
    ]);
  });

  it('lets the command line win over files', () => {
    const words = mergedWords('server', ['--flannel-backend', 'host-gw'], [S1]);
    expect(settingsOf('server', parseFlags('server', words), {}).backend).toBe('host-gw');
  });

  it('takes vxlan where nothing is said, and the empty value where that is said', () => {
    expect(settingsOf('server', [], {}).backend).toBe('vxlan');
    const given = parseFlags('server', ['--flannel-backend=']);
    expect(settingsOf('server', given, {}).backend).toBe('');
  });

  it('drops unknown keys of a server', () => {
    expect(mergedWords('server', [], ['node-ip: 1.2.3.4\nnonsense: 1\n'])).toEqual([
      '--node-ip=1.2.3.4',
    ]);
  });

  it('refuses an agent that is given a backend', () => {
    const words = mergedWords('agent', [], ['flannel-backend: vxlan\n']);
    expect(() => parseFlags('agent', words)).toThrow(
      'flag provided but not defined: -flannel-backend',
    );
  });
});

describe('the stand-in writes annotations as recorded', () => {
  it('shows merged arguments with secrets masked', () => {
    const given = parseFlags('server', mergedWords('server', [], [S1]));
    expect(nodeArgs('server', given)).toBe(
      '["server","--token","********","--cluster-init","true","--flannel-backend","vxlan","--write-kubeconfig-mode","0644","--disable","traefik","--disable","servicelb"]',
    );
  });

  it('splits a joined flag and keeps its value whole', () => {
    const argv = ['--server', 'https://172.30.0.11:6443', '--disable=traefik,servicelb'];
    expect(nodeArgs('server', parseFlags('server', argv))).toBe(
      '["server","--server","https://172.30.0.11:6443","--disable","traefik,servicelb"]',
    );
  });

  it('shows the environment sorted and masked', () => {
    const env = { K3S_URL: 'https://172.30.0.11:6443', K3S_TOKEN: 'secret', HOME: '/root' };
    expect(nodeEnv(env)).toBe('{"K3S_TOKEN":"********","K3S_URL":"https://172.30.0.11:6443"}');
  });

  it('hashes into 52 letters and four equal signs', () => {
    expect(configHash('["agent"]', '{}')).toMatch(/^[A-Z2-7]{52}====$/);
  });
});
