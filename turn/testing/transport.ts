/** What a TURN client's messages travel on: datagrams, or a TLS connection (RFC 8656, 3.1). For tests only. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { connect } from 'node:tls';
import type { Address } from './stun.ts';

export interface Transport {
  send(message: Uint8Array): void;
  onMessage(take: (message: Uint8Array) => void): void;
  close(): void;
}

export async function overUdp(server: Address): Promise<Transport> {
  const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, () => resolve());
  });
  socket.on('error', () => undefined);
  return {
    send: (message) => socket.send(message, server.port, server.address, () => undefined),
    onMessage: (take) => socket.on('message', (bytes) => take(new Uint8Array(bytes))),
    close: () => socket.close(),
  };
}

/** Rejects unless the server shows a certificate for `name` that `ca` (PEM) vouches for. */
export async function overTls(server: Address, name: string, ca: string): Promise<Transport> {
  const socket = connect({ host: server.address, port: server.port, servername: name, ca });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('secureConnect', resolve);
  });
  socket.on('error', () => undefined);
  let rest = Buffer.alloc(0);
  let taken: (message: Uint8Array) => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let length = firstMessage(rest); length <= rest.length; length = firstMessage(rest)) {
      taken(new Uint8Array(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
  });
  return {
    send: (message) => socket.write(message),
    onMessage: (take) => {
      taken = take;
    },
    close: () => socket.destroy(),
  };
}

/** Bytes of the message that a stream begins with; more than there are while its head is not there. */
function firstMessage(stream: Buffer): number {
  if (stream.length < 4) return Number.POSITIVE_INFINITY;
  const length = stream.readUInt16BE(2);
  // Channel data comes with a head of four bytes and is padded to four (RFC 8656, 12.5); STUN's head has twenty.
  return (stream[0] ?? 0) >= 0x40 ? 4 + Math.ceil(length / 4) * 4 : 20 + length;
}
