import { isIP } from 'node:net';
import { EXIT, ReweaveError } from '../model/problem.ts';

/** A node by its name and one of its addresses (IPv4 or IPv6, without prefix). */
export interface Endpoint {
  readonly host: string;
  readonly address: string;
}

/** Refuses what is not a bare address before it gets near a command line. */
export function checkAddresses(endpoints: readonly Endpoint[]): void {
  const bad = endpoints.find((endpoint) => isIP(endpoint.address) === 0);
  if (bad === undefined) return;
  throw new ReweaveError({
    code: 'proof.bad_address',
    exit: EXIT.usage,
    summary: `"${bad.address}" of ${bad.host} is not an IP address`,
    host: bad.host,
  });
}
