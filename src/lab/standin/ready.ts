// READY=1 for systemd. As root, systemd-notify speaks in the name of its parent, this process.
import { spawn } from 'node:child_process';

export function tellSystemd(env: NodeJS.ProcessEnv): Promise<void> {
  if (!env['NOTIFY_SOCKET']) return Promise.resolve();
  return new Promise((resolve) => {
    const child = spawn('systemd-notify', ['--ready', `--pid=${process.pid}`], {
      stdio: 'inherit',
    });
    child.on('error', () => resolve());
    child.on('exit', () => resolve());
  });
}
