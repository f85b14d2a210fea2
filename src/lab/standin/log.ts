// Lines as K3s (logrus) and Kubernetes or Flannel (klog) write them, on stderr.

type Level = 'info' | 'warning' | 'error' | 'fatal';

/** `time="…" level=info msg="…"` */
export function logrus(level: Level, message: string, now = new Date()): string {
  const time = `${now.toISOString().slice(0, 19)}Z`;
  return `time="${time}" level=${level} msg=${JSON.stringify(message)}`;
}

/** `I1122 21:24:07.526208     374 vxlan_network.go:134] …` */
export function klog(
  letter: 'I' | 'W' | 'E',
  where: string,
  message: string,
  now = new Date(),
  pid = process.pid,
): string {
  const iso = now.toISOString();
  const day = iso.slice(5, 7) + iso.slice(8, 10);
  return `${letter}${day} ${iso.slice(11, 23)}000 ${String(pid).padStart(7)} ${where}] ${message}`;
}

export function say(level: Level, message: string): void {
  process.stderr.write(`${logrus(level, message)}\n`);
}

export function saysFlannel(letter: 'I' | 'W' | 'E', where: string, message: string): void {
  process.stderr.write(`${klog(letter, where, message)}\n`);
}

/** Ends the process as K3s does on a start that cannot go on. */
export function fatal(message: string): never {
  say('fatal', `Error: ${message}`);
  process.exit(1);
}
