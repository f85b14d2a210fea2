import type { Secret } from './secret.ts';

export type Role = 'server' | 'agent';

/** How to become root on a host. */
export interface Become {
  readonly method: 'none' | 'sudo' | 'doas' | 'su';
  readonly user: string;
  readonly password?: Secret;
}

/** One machine of the inventory: how to reach it, and what the inventory claims of it. */
export interface Host {
  /** Name in the inventory; unique. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Role by group; the deployed unit decides in the end. */
  readonly role: Role | undefined;
  readonly groups: readonly string[];
  readonly keyFiles: readonly string[];
  readonly password?: Secret;
  readonly agentSocket?: string;
  readonly knownHosts: readonly string[];
  readonly hostKeyChecking: 'strict' | 'accept-new';
  readonly become: Become;
  /** Seconds until a login is given up. */
  readonly timeout: number;
  /** Merged Ansible variables, as read. */
  readonly vars: Readonly<Record<string, unknown>>;
}
