// What embedded etcd shows to the outside: members and health.
import { createServer } from 'node:http';
import type { Cluster } from './cluster.ts';
import { PORTS } from './constants.ts';
import { internalError, type Reply, text } from './reply.ts';

export function dbInfo(cluster: Cluster, etcd: boolean): Reply {
  if (!etcd) return text('etcd datastore disabled\n', 400);
  if (!cluster.hasMajority()) {
    return internalError('failed to get etcd MemberList: context deadline exceeded');
  }
  const members = cluster.members().map(({ name, ip }) => {
    const id = cluster.store.get(`member/${name}`, 'id') ?? '0';
    const etcdName = cluster.store.get(`member/${name}`, 'etcd-name') ?? name;
    // The number has 64 bits; JSON.stringify would round it.
    return `{"ID":${id},"name":"${etcdName}","peerURLs":["https://${ip}:2380"],"clientURLs":["https://${ip}:2379"]}`;
  });
  return { status: 200, type: 'application/json', body: `{"members":[${members.join(',')}]}\n` };
}

/** http://127.0.0.1:2381/health */
export function serveHealth(cluster: Cluster): void {
  const server = createServer((_request, response) => {
    const healthy = cluster.hasMajority();
    response.writeHead(healthy ? 200 : 503, { 'content-type': 'application/json' });
    const reason = healthy ? '' : 'RAFT NO LEADER';
    response.end(JSON.stringify({ health: String(healthy), reason }));
  });
  server.listen(PORTS.etcdHealth, '127.0.0.1');
}
