import type { Stage } from '../model/plan.ts';
import { flannelClean } from './clean.ts';
import { k3sConfig, k3sRestart } from './config.ts';
import type { StepMaker } from './context.ts';
import { endpoints } from './endpoints.ts';
import { kernelModule } from './kernel-module.ts';
import { mainRoutesStep } from './main-routes.ts';
import { pin, unpin } from './pin.ts';

/** Every step kind that a playbook may name, with its place in the order and its parameters. */
export interface StepKind {
  readonly phase: Stage['phase'];
  readonly params: readonly string[];
  /** Undefined for steps that the engine does for the whole cluster. */
  readonly make: StepMaker | undefined;
}

export const STEPS: Readonly<Record<string, StepKind>> = {
  kernel_module: { phase: 'prepare', params: ['backend'], make: kernelModule },
  pod_network_endpoints: { phase: 'pin', params: [], make: endpoints },
  pod_network_pin: { phase: 'pin', params: [], make: pin },
  k3s_config: { phase: 'write', params: ['flannel-backend'], make: k3sConfig },
  k3s_restart: { phase: 'restart', params: [], make: k3sRestart },
  pod_network_main: { phase: 'beside', params: [], make: mainRoutesStep },
  pod_network_proof: { phase: 'proof', params: ['path'], make: undefined },
  pod_network_unpin: { phase: 'unpin', params: ['first'], make: unpin },
  flannel_clean: { phase: 'clean', params: [], make: flannelClean },
};

/** Steps that a playbook which changes the backend cannot leave out, in this order. */
export const OWED: readonly string[] = [
  'pod_network_endpoints',
  'pod_network_pin',
  'k3s_config',
  'k3s_restart',
  'pod_network_main',
  'pod_network_proof',
  'pod_network_unpin',
  'flannel_clean',
];
