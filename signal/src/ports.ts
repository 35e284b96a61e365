import { connect, createServer } from 'node:net';
import { SignalError } from './error.ts';

/** A host that does not answer at all is not this one. Milliseconds. */
const PATIENCE_MS = 1000;

/**
 * Rejects with SignalError `cannot-listen` if somebody listens there already. uWebSockets.js would share the port
 * (SO_REUSEPORT), and two servers would each get some of the clients. Told to be exclusive it would not, but then it can't come
 * back while connections of a killed predecessor linger; nor can Node's own sockets tell those two apart. So: knock.
 */
export function requireNobodyListens(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const knock = connect({ host, port });
    const finish = (inUse: boolean) => {
      knock.destroy();
      if (inUse) reject(new SignalError('cannot-listen', `somebody listens at ${host} port ${port} already`));
      else resolve();
    };
    knock.setTimeout(PATIENCE_MS, () => finish(false));
    knock.once('connect', () => finish(true));
    knock.once('error', () => finish(false));
  });
}

/**
 * A port that is free now. uWebSockets.js could choose one itself (port 0), but its sockets then lack SO_REUSEPORT,
 * and a server that is killed and started again at the same port would wait a minute for their last echoes.
 */
export function findFreePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause) => {
      reject(new SignalError('cannot-listen', `cannot listen at ${host}`, { cause }));
    });
    probe.listen({ host, port: 0 }, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
