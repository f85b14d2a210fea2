// The HTTPS server on 6443.
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { PORTS } from './constants.ts';
import { text, unauthorized } from './reply.ts';
import { route, type ServerState } from './routes.ts';

export function serve(state: ServerState): Promise<void> {
  const tls = `${state.settings.dataDir}/server/tls`;
  const server = createServer({
    ca: readFileSync(`${tls}/client-ca.crt`),
    cert: readFileSync(`${tls}/serving-kube-apiserver.crt`),
    key: readFileSync(`${tls}/serving-kube-apiserver.key`),
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on('request', (request, response) => {
    void answer(state, request).then((reply) => {
      response.writeHead(reply.status, { 'content-type': reply.type });
      response.end(reply.body);
    });
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(PORTS.supervisor, '0.0.0.0', resolve);
  });
}

async function answer(state: ServerState, request: IncomingMessage) {
  try {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const asked = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      body: Buffer.concat(parts).toString(),
    };
    return (await route(state, asked, mayAsk(state, request))) ?? unauthorized;
  } catch (error) {
    return text(String(error), 500);
  }
}

/** A client certificate of ours, or the token as a node's password. */
function mayAsk(state: ServerState, request: IncomingMessage): boolean {
  if ((request.socket as TLSSocket).authorized) return true;
  const basic = Buffer.from(`node:${state.settings.token}`).toString('base64');
  return state.settings.token !== '' && request.headers.authorization === `Basic ${basic}`;
}
