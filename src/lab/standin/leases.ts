// A Flannel lease is a few annotations of a node.
import type { Store, Value } from './store.ts';

export interface Lease {
  readonly node: string;
  readonly subnet: string;
  readonly publicIp: string;
  /** vxlan, host-gw, wireguard */
  readonly type: string;
  /** JSON text, as in the annotation. */
  readonly data: string;
}

const PREFIX = 'flannel.alpha.coreos.com/';

export function leaseAnnotations(
  publicIp: string,
  type: string,
  data: unknown,
): Record<string, Value> {
  return {
    [`ann:${PREFIX}backend-data`]: JSON.stringify(data),
    [`ann:${PREFIX}backend-type`]: type,
    [`ann:${PREFIX}kube-subnet-manager`]: 'true',
    [`ann:${PREFIX}public-ip`]: publicIp,
  };
}

export function leasesOf(store: Store): Lease[] {
  return store.names('node/').flatMap((node) => {
    const get = (key: string): string => store.get(`node/${node}`, key) ?? '';
    const type = get(`ann:${PREFIX}backend-type`);
    if (type === '') return [];
    return [
      {
        node,
        subnet: get('podCIDR'),
        publicIp: get(`ann:${PREFIX}public-ip`),
        type,
        data: get(`ann:${PREFIX}backend-data`),
      },
    ];
  });
}
