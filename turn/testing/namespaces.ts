/** Network namespaces of a test's own, and UDP ports in them. Takes root on Linux, and iproute2. */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Address } from './stun.ts';
import type { Transport } from './transport.ts';

const PORT_PROGRAM = fileURLToPath(new URL('./udp-port.mjs', import.meta.url));

export function ip(...words: readonly string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** How a program is started within a namespace. */
export function within(space: string): ['ip', ...string[]] {
  return ['ip', 'netns', 'exec', space];
}

export interface Datagram {
  readonly from: Address;
  readonly text: string;
}

/** A UDP port in a namespace. */
export interface UdpPort {
  readonly port: number;
  /** What came, oldest first. */
  readonly received: readonly Datagram[];
  send(to: Address, data: Uint8Array | string): void;
  onData(take: (data: Uint8Array) => void): void;
  close(): void;
}

export async function udpPortIn(space: string, address: string, port = 0): Promise<UdpPort> {
  const [program, ...words] = within(space);
  const child = spawn(program, [...words, process.execPath, PORT_PROGRAM, address, String(port)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const received: Datagram[] = [];
  const takers: ((data: Uint8Array) => void)[] = [];
  const bound = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the port in ${space} ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { port: number } | { from: Address; data: string };
      if ('port' in said) {
        resolve(said.port);
        return;
      }
      const data = Buffer.from(said.data, 'base64');
      received.push({ from: said.from, text: data.toString() });
      for (const take of takers) take(data);
    });
  });
  return {
    port: bound,
    received,
    send: (to, data) =>
      void child.stdin.write(`${JSON.stringify({ to, data: Buffer.from(data).toString('base64') })}\n`),
    onData: (take) => void takers.push(take),
    close: () => child.stdin.end(),
  };
}

/** A way to a server for a client's messages. */
export function over(port: UdpPort, server: Address): Transport {
  return {
    send: (message) => port.send(server, message),
    onMessage: port.onData,
    close: port.close,
  };
}
