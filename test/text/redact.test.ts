import { describe, expect, it } from 'vitest';
import { isSecretKey, redact, redactArgs } from '../../src/text/redact.ts';

describe('secrets are masked', () => {
  it.each([
    ['a YAML key', 'token: t0p # mine', 'token: (secret)'],
    ['a quoted key', '"agent-token": \'t0p\'', '"agent-token": (secret)'],
    [
      'a datastore with a password',
      'datastore-endpoint: postgres://u:t0p@db/k3s',
      'datastore-endpoint: (secret)',
    ],
    [
      'S3 keys',
      'etcd-s3-secret-key: t0p\netcd-s3-access-key: t0p',
      'etcd-s3-secret-key: (secret)\netcd-s3-access-key: (secret)',
    ],
    ["the VPN's join key", 'vpn-auth: name=tailscale,joinKey=t0p', 'vpn-auth: (secret)'],
    ['an environment file', "K3S_TOKEN='t0p'", 'K3S_TOKEN=(secret)'],
    ['an exported variable', 'export K3S_AGENT_TOKEN=t0p', 'export K3S_AGENT_TOKEN=(secret)'],
    ['a flag in one word', "\t'--token=t0p' \\", "\t'--token=(secret)"],
    [
      'a flag and its value on the next line',
      "\t'--token' \\\n\t't0p' \\\n\t'--debug' \\",
      "\t'--token' \\\n\t(secret)\n\t'--debug' \\",
    ],
    [
      'a flag inside ExecStart',
      'ExecStart=/usr/local/bin/k3s agent --server https://x --token t0p',
      'ExecStart=/usr/local/bin/k3s agent --server https://x --token (secret)',
    ],
    [
      'a block scalar',
      'token: |\n  t0p\n  more\ndebug: true',
      'token: (secret)\n  (secret)\n  (secret)\ndebug: true',
    ],
    ['a line of a diff', '-token: t0p\n+token: n3w', '-token: (secret)\n+token: (secret)'],
    ['Windows line ends', 'token: t0p\r\nx: 1\r', 'token: (secret)\r\nx: 1\r'],
    ['a commented secret', '#token: t0p', '#token: (secret)'],
    ['a key with the append sign', 'token+: t0p', 'token+: (secret)'],
  ])('%s', (_, text, expected) => {
    const made = redact(text);
    expect(made.text).toBe(expected);
    expect(made.text).not.toContain('t0p');
    expect(made.masked).toBeGreaterThan(0);
  });

  it.each([
    'flannel-backend: vxlan # see wiki',
    'token-file: /etc/token',
    'secrets-encryption: true',
    'disable: [traefik]',
    'cluster-cidr: 10.42.0.0/16',
    '# keys are elsewhere',
    '',
  ])('and nothing else: %s', (text) => {
    expect(redact(text)).toEqual({ text, masked: 0 });
  });

  it('in argv, both forms', () => {
    expect(
      redactArgs([
        'k3s',
        'server',
        '--token=t0p',
        '--token',
        't0p',
        '-t=t0p',
        '--tls-san',
        'x',
        '--token-file=/t',
      ]),
    ).toEqual([
      'k3s',
      'server',
      '--token=(secret)',
      '--token',
      '(secret)',
      '-t=(secret)',
      '--tls-san',
      'x',
      '--token-file=/t',
    ]);
  });

  it('by the name of the key', () => {
    expect(
      ['K3S_TOKEN', 'password', 'K3S_DATASTORE_ENDPOINT', 'ipsec-psk', 'private-key', 'key'].filter(
        (k) => !isSecretKey(k),
      ),
    ).toEqual([]);
    expect(
      ['K3S_URL', 'K3S_TOKEN_FILE', 'kubelet-arg', 'monkey', 'datastore-keyfile'].filter(
        isSecretKey,
      ),
    ).toEqual([]);
  });
});
