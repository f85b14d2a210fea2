// An agent's load balancer on 127.0.0.1:6444: every connection goes to the first server that
// takes it. It knows more servers than the one it joined by, also after a restart.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { PORTS } from './constants.ts';

interface Saved {
  ServerURL: string;
  ServerAddresses: string[];
}

export class Balancer {
  private servers: string[];
  private readonly file: string;
  private readonly joinUrl: string;

  constructor(dataDir: string, joinUrl: string) {
    this.file = `${dataDir}/agent/etc/k3s-agent-load-balancer.json`;
    this.joinUrl = joinUrl;
    const first = new URL(joinUrl).hostname;
    this.servers = [first, ...this.saved().filter((server) => server !== first)];
  }

  private saved(): string[] {
    try {
      const { ServerAddresses } = JSON.parse(readFileSync(this.file, 'utf8')) as Saved;
      return ServerAddresses.map((address) => address.split(':')[0] ?? '');
    } catch {
      return [];
    }
  }

  learn(ips: readonly string[]): void {
    const known = new Set(this.servers);
    this.servers.push(...ips.filter((ip) => !known.has(ip)));
    if (known.size === this.servers.length) return;
    mkdirSync(dirname(this.file), { recursive: true });
    const saved: Saved = {
      ServerURL: this.joinUrl,
      ServerAddresses: this.servers.map((ip) => `${ip}:${PORTS.supervisor}`),
    };
    writeFileSync(this.file, JSON.stringify(saved));
  }

  listen(): Promise<void> {
    const server = createServer((client) => this.forward(client, [...this.servers]));
    return new Promise((resolve, reject) => {
      server.on('error', reject);
      server.listen(PORTS.balancer, '127.0.0.1', resolve);
    });
  }

  private forward(client: Socket, left: string[]): void {
    const host = left.shift();
    if (host === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect({ host, port: PORTS.supervisor });
    const onward = (): void => {
      upstream.destroy();
      this.forward(client, left);
    };
    upstream.setTimeout(1000, onward);
    upstream.once('error', onward);
    upstream.once('connect', () => {
      upstream.setTimeout(0);
      upstream.off('error', onward);
      upstream.on('error', () => client.destroy());
      upstream.on('close', () => client.destroy());
      client.on('error', () => upstream.destroy());
      client.on('close', () => upstream.destroy());
      client.pipe(upstream).pipe(client);
    });
  }
}
