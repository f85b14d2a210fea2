// How K3s ends: cleanly, whatever the reason, so that systemd sees success.
import { DELAYS } from './constants.ts';
import { say } from './log.ts';

const closers: (() => void)[] = [];

export function atExit(close: () => void): void {
  closers.push(close);
}

export function shutDown(reason?: string): void {
  if (reason !== undefined) say('error', `Shutdown request received: ${JSON.stringify(reason)}`);
  setTimeout(() => {
    for (const close of closers) close();
    process.exit(0);
  }, DELAYS.shutdown);
}

/** Links and routes stay: nothing here touches the network. */
export function stopOnSignals(): void {
  process.on('SIGTERM', () => shutDown());
  process.on('SIGINT', () => shutDown());
}
