import semver from 'semver';
import type { BackendName } from '../model/facts.ts';

export interface Era {
  readonly backend: BackendName;
  /** First K3s that takes the value; undefined = always. */
  readonly since: string | undefined;
  /** First K3s that refuses it; undefined = still there. */
  readonly until: string | undefined;
  readonly why: string;
}

/** Which K3s takes which value of `flannel-backend`. A backend may have several rows (backports). */
export const ERAS: readonly Era[] = [
  { backend: 'vxlan', since: undefined, until: undefined, why: 'the default' },
  { backend: 'none', since: undefined, until: undefined, why: 'no Flannel' },
  { backend: 'host-gw', since: '1.17.2+k3s1', until: undefined, why: 'since January 2020' },
  { backend: 'wireguard-native', since: '1.23.6+k3s1', until: undefined, why: 'k3s-io/k3s#5391' },
  {
    backend: 'wireguard-native',
    since: '1.22.9+k3s1',
    until: '1.23.0-0',
    why: 'backport, k3s-io/k3s#5409',
  },
  {
    backend: 'wireguard-native',
    since: '1.21.12+k3s1',
    until: '1.22.0-0',
    why: 'backport, k3s-io/k3s#5411',
  },
  { backend: 'wireguard', since: '0.10.0', until: '1.26.0-0', why: 'removed for wireguard-native' },
  { backend: 'ipsec', since: '0.10.0', until: '1.27.1-0', why: 'removed for wireguard-native' },
  { backend: 'tailscale', since: '1.27.3+k3s1', until: undefined, why: 'by vpn-auth' },
  { backend: 'tailscale', since: '1.26.6+k3s1', until: '1.27.0-0', why: 'backport' },
  { backend: 'tailscale', since: '1.25.11+k3s1', until: '1.26.0-0', why: 'backport' },
];

/** `k3s version v1.36.3+k3s1 (66a14f0e)` or a kubelet's `v1.36.3+k3s1` → `1.36.3+k3s1`. */
export function parseVersion(text: string | undefined): string | undefined {
  return /v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)/.exec(text ?? '')?.[1];
}

/** Order of two versions, `+k3s2` after `+k3s1`. */
export function compareVersions(a: string, b: string): number {
  return semver.compareBuild(a, b);
}

/** Does this K3s start with that backend? Undefined when the version cannot be read. */
export function takesBackend(version: string, backend: BackendName): boolean | undefined {
  const own = parseVersion(version);
  if (own === undefined) return undefined;
  return ERAS.some(
    (era) =>
      era.backend === backend &&
      (era.since === undefined || compareVersions(own, era.since) >= 0) &&
      (era.until === undefined || compareVersions(own, era.until) < 0),
  );
}

/** Versions whose etcd-only servers take the backend from another server, so that they restart twice (k3s-io/k3s#12753). */
const TWICE: readonly (readonly [string, string])[] = [
  ['1.31.0', '1.31.13+k3s1'],
  ['1.32.0', '1.32.9+k3s1'],
  ['1.33.0', '1.33.5+k3s1'],
  ['1.34.0', '1.34.1+k3s1'],
];

export function etcdOnlyRestartsTwice(version: string): boolean {
  const own = parseVersion(version);
  if (own === undefined) return false;
  if (compareVersions(own, '1.31.0') < 0) return true;
  return TWICE.some(
    ([from, fixed]) => compareVersions(own, from) >= 0 && compareVersions(own, fixed) < 0,
  );
}
