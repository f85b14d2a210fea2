import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaptureSpec } from '../../src/proof/capture.ts';
import { judgeWire } from '../../src/proof/judge-wire.ts';
import { Capture, type CaptureResult } from '../../src/proof/run-capture.ts';
import { Net, noNetns } from './netns.ts';

let net: Net;

const SPEC: CaptureSpec = {
  dev: 'eth0',
  seconds: 30,
  clusterCidrs: ['10.42.0.0/16', 'fd00::/56'],
  vxlanPorts: [8472, 4789],
  wireguardPorts: [51820],
};
const SHELL = ['timeout', 'dash', 'env', 'tr'];

async function captured(
  work: () => void,
  path?: string,
  spec: Partial<CaptureSpec> = {},
): Promise<CaptureResult> {
  const peers = ['n2', 'n3'].map((host) => ({
    host,
    address: `172.30.0.${host.slice(1)}`,
    podCidrs: [`10.42.${host.slice(1)}.0/24`],
  }));
  const capture = new Capture('n1', { ...SPEC, ...spec }, peers);
  if (await capture.open(net.session('n1', path))) work();
  return capture.close();
}

/** `count` UDP packets from a node to an address, with this payload. */
function send(from: string, to: string, port: number, payload: string, count: number): void {
  net.run(
    from,
    `perl -MSocket -e 'socket(S, 2, 2, 17); send(S, ${payload}, 0, pack_sockaddr_in(${port}, inet_aton("${to}"))) for 1 .. ${count}'`,
  );
}
const wireguard = 'pack("C x3", 4) . "x" x 60';
const keepalive = 'pack("C x3", 4) . "x" x 28';

describe.skipIf(noNetns !== undefined)(
  `what is on a real wire${noNetns ? `: ${noNetns}` : ''}`,
  { timeout: 30_000 },
  () => {
    beforeAll(() => {
      net = new Net(3, 'flannel.1');
      net.run('n1', 'ip route replace 10.42.3.0/24 via 172.30.0.3 dev eth0');
      net.run('n3', 'ip route replace 10.42.1.0/24 via 172.30.0.1 dev eth0');
    });
    afterAll(() => net.down());

    const inner = { via: 'vxlan', src: '10.42.1.254', dst: '10.42.2.254', proto: 1 };
    const tools = [
      ['perl', ['perl'], inner],
      // It tells the addresses of a line alone; which kind comes first is not defined.
      ['tcpdump', ['tcpdump', 'awk'], { proto: -1 }],
      ['python3', ['python3'], inner],
    ] as const;
    for (const [tool, needs, first] of tools)
      describe(`with ${tool}`, () => {
        const path = () => net.only(...SHELL, ...needs);
        // tcpdump looks for the whole time.
        const seconds = tool === 'tcpdump' ? 3 : 30;

        test('clear packets are seen bare and in VXLAN, encrypted ones by their type', async () => {
          const result = await captured(
            () => {
              net.run('n1', 'ping -c 3 -i 0.05 -I 10.42.1.254 10.42.2.254');
              net.run('n1', 'ping -c 2 -i 0.05 -I 10.42.1.254 10.42.3.254');
              send('n1', '172.30.0.2', 51820, wireguard, 5);
              send('n1', '172.30.0.2', 51820, keepalive, 9);
              send('n3', '172.30.0.1', 51820, wireguard, 4);
              net.run('n1', 'ping -c 2 -i 0.05 172.30.0.2');
            },
            path(),
            { seconds },
          );
          expect(result).toMatchObject({
            t: 'seen',
            tool,
            strayClear: 0,
            dropped: 0,
            notExamined: ['fd00::/56'],
          });
          expect('peers' in result && result.peers).toEqual([
            { host: 'n2', clearIn: 3, clearOut: 3, encryptedIn: 0, encryptedOut: 5 },
            { host: 'n3', clearIn: 2, clearOut: 2, encryptedIn: 4, encryptedOut: 0 },
          ]);
          expect(result).toMatchObject({ first });
          expect(judgeWire([result], 'any').ok).toBe(true);
          expect(judgeWire([result], 'encrypted').failures.map((f) => f.peer)).toEqual([
            'n2',
            'n3',
          ]);
        });

        test('an interface that is not there fails, in the words of the tool', async () => {
          const result = await captured(() => undefined, path(), { dev: 'eth9' });
          expect(result).toMatchObject({
            t: 'failed',
            host: 'n1',
            why: expect.stringMatching(/eth9.*(No such device|exist)/) as string,
          });
          expect(judgeWire([result], 'any').ok).toBe(false);
        });
      });

    test('encrypted traffic both ways with every peer and nothing in the clear passes', async () => {
      const result = await captured(() => {
        for (const peer of ['2', '3']) {
          send('n1', `172.30.0.${peer}`, 51820, wireguard, 2);
          send(`n${peer}`, '172.30.0.1', 51820, wireguard, 2);
        }
      });
      expect(judgeWire([result], 'encrypted')).toEqual({ ok: true, failures: [] });
    });

    test('a clear packet between pods of no known node is a failure too', async () => {
      const result = await captured(() => {
        net.run('n1', 'ip route add 10.42.9.0/24 via 172.30.0.2');
        send('n1', '10.42.9.9', 53, '"x"', 1);
      });
      expect(result).toMatchObject({ strayClear: 0 });
      net.run('n1', 'ip addr add 10.42.8.8/32 dev cni0');
      const stray = await captured(() => {
        net.run('n1', 'ping -c 1 -W 1 -I 10.42.8.8 10.42.9.9 || true');
      });
      expect(stray).toMatchObject({ strayClear: 1, first: { via: 'bare', src: '10.42.8.8' } });
    });

    test('a host without any tool says what to install', async () => {
      const result = await captured(() => undefined, net.only(...SHELL));
      expect(result).toEqual({
        t: 'failed',
        host: 'n1',
        why: 'none of perl, tcpdump and python3 is installed',
      });
    });

    test('a capture that is killed has no result', async () => {
      const result = await captured(() => process.kill(net.pid('n1', 'perl'), 'SIGKILL'));
      expect(result).toMatchObject({ t: 'failed', why: 'the capture ended without a result' });
    });

    test('a capture ends by itself', async () => {
      const capture = new Capture('n1', { ...SPEC, seconds: 1 }, []);
      expect(await capture.open(net.session('n1'))).toBe(true);
      const from = performance.now();
      while (net.pids('n1', 'perl').length > 0 && performance.now() - from < 10_000)
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect(net.pids('n1', 'perl')).toEqual([]);
      expect(await capture.close()).toMatchObject({ t: 'seen' });
    });
  },
);
