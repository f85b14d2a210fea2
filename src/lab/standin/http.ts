// HTTPS with the node's client certificate; one call, one answer.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export type Call = (
  method: string,
  url: string,
  body?: unknown,
  timeout?: number,
) => Promise<Answer>;

/** A caller with the certificates below `<dataDir>/agent`. */
export function caller(dataDir: string): Call {
  const read = (name: string): Buffer => readFileSync(`${dataDir}/agent/${name}`);
  const agent = new Agent({
    keepAlive: true,
    ca: read('server-ca.crt'),
    cert: read('client-kubelet.crt'),
    key: read('client-kubelet.key'),
    // One certificate authority of the lab's own; addresses differ per lab.
    checkServerIdentity: () => undefined,
  });
  return (method, url, body, timeout = 1500) => send(agent, method, url, body, timeout);
}

function send(
  agent: Agent,
  method: string,
  url: string,
  body: unknown,
  timeout: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text ? { 'content-length': Buffer.byteLength(text) } : {};
    const outgoing = request(url, { agent, method, headers }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(parts).toString() });
      });
    });
    const timer = setTimeout(() => outgoing.destroy(new Error(`no answer from ${url}`)), timeout);
    outgoing.on('close', () => clearTimeout(timer));
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

/** The parsed answer; throws on anything but 200. */
export async function callJson<T>(
  call: Call,
  method: string,
  url: string,
  body?: unknown,
): Promise<T> {
  const answer = await call(method, url, body);
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.body.trim()}`);
  return JSON.parse(answer.body) as T;
}
