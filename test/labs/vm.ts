import { spawn } from 'node:child_process';
import { Lab } from './lab.ts';

export const VM_HOSTS = ['v1', 'v2', 'v3'] as const;
/**
 * Emulated machines are slow: a K3s start takes ten seconds and more, and an answer later than a
 * second counts as lost for the product's meter. The test's own meter counts late answers as received.
 */
export const SLOW = [
  '--lease',
  '120s',
  '--restart-limit',
  '120s',
  '--timeout',
  '60',
  '--max-loss',
  '25',
] as const;

export function vmLab(): Lab {
  return new Lab('docker/vm/lab.sh', '.lab/vm', VM_HOSTS);
}

/**
 * The test's own capture on the bridge that joins the machines: counts packets that match, while
 * `during` runs. Shares nothing with the product.
 */
export async function onTheWire(
  bridge: string,
  filter: string,
  during: () => Promise<void>,
): Promise<number> {
  const dump = spawn('tcpdump', ['-l', '-n', '-q', '-i', bridge, filter], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let lines = 0;
  let said = '';
  dump.stdout.on('data', (chunk: Buffer) => {
    lines += chunk.toString().split('\n').length - 1;
  });
  const listening = new Promise<void>((resolve, reject) => {
    dump.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('listening on')) resolve();
    });
    dump.on('exit', () => reject(new Error(`tcpdump ended: ${said}`)));
  });
  await listening;
  await during();
  const ended = new Promise((resolve) => dump.removeAllListeners('exit').on('exit', resolve));
  dump.kill('SIGINT');
  await ended;
  return lines;
}
