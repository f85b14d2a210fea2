import { describe, expect, it } from 'vitest';
import {
  compareVersions,
  etcdOnlyRestartsTwice,
  parseVersion,
  takesBackend,
} from '../../src/k3s/versions.ts';

describe('K3s versions', () => {
  it.each([
    ['v1.36.3+k3s1', 'wireguard-native', true],
    ['v1.23.5+k3s1', 'wireguard-native', false],
    ['v1.23.6+k3s1', 'wireguard-native', true],
    ['v1.22.9+k3s1', 'wireguard-native', true],
    ['v1.22.8+k3s1', 'wireguard-native', false],
    ['v1.25.4+k3s1', 'wireguard', true],
    ['v1.26.0+k3s1', 'wireguard', false],
    ['v1.26.0-rc1+k3s1', 'wireguard', false],
    ['v1.26.9+k3s1', 'ipsec', true],
    ['v1.27.1+k3s1', 'ipsec', false],
    ['v1.20.0+k3s1', 'vxlan', true],
    ['v1.27.2+k3s1', 'tailscale', false],
  ] as const)('%s takes %s: %s', (version, backend, expected) => {
    expect(takesBackend(version, backend)).toBe(expected);
  });
  it('what is no version is unknown', () => {
    expect(takesBackend('latest', 'vxlan')).toBeUndefined();
  });
  it('+k3s2 is later than +k3s1', () => {
    expect(compareVersions('1.30.1+k3s2', '1.30.1+k3s1')).toBe(1);
  });
  it('is read from both places that print it', () => {
    expect([
      parseVersion('k3s version v1.36.3+k3s1 (66a14f0e)\ngo version go1.26.8'),
      parseVersion('v1.25.4+k3s1'),
    ]).toEqual(['1.36.3+k3s1', '1.25.4+k3s1']);
  });
  it('etcd-only servers restart twice before the fix', () => {
    expect(
      [
        'v1.30.2+k3s1',
        'v1.31.12+k3s1',
        'v1.31.13+k3s1',
        'v1.34.0+k3s1',
        'v1.34.1+k3s1',
        'v1.36.3+k3s1',
      ].map(etcdOnlyRestartsTwice),
    ).toEqual([true, true, false, true, false, false]);
  });
});
