import { Lab } from './lab.ts';

export const DOCKER_HOSTS = ['s1', 's2', 's3', 'a1', 'a2'] as const;
/** Short leases and turns: a lab's K3s is ready in two seconds. */
export const QUICK = ['--lease', '25s', '--restart-limit', '25s'] as const;

export function dockerLab(hosts: readonly string[] = DOCKER_HOSTS): Lab {
  return new Lab(
    'docker/lab.sh',
    process.env['LAB_DOCKER_NAME'] ? `.lab/${process.env['LAB_DOCKER_NAME']}` : '.lab/docker',
    hosts,
  );
}
