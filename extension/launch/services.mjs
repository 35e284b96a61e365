/**
 * The server side of a conversation on this machine: the built signal server on its embedded store, and coturn beside
 * it with the same secret. Both end with us.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './paths.mjs';
import { atEnd } from './processes.mjs';

/**
 * @typedef {import('../../turn/launch.mjs').Turn} Turn
 * @typedef {import('../../signal/launch/server.mjs').Signal} Signal
 */

/**
 * @typedef {object} Services
 * @property {string} server the signal server's address, as a person types it
 * @property {Turn | null} turn nothing where coturn is not installed
 * @property {() => Promise<unknown>} killSignal SIGKILL, at once
 * @property {() => Promise<void>} restartSignal on the same port and data
 * @property {() => Promise<void>} stop
 */

/** Another program may take a free port between our look and the server's. */
const ATTEMPTS = 4;

/** @returns {Promise<number>} a port of the loopback that is free now */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * Starts something on the wanted port, else on a free one. The port is always named: a server that was given "any" sets
 * no SO_REUSEADDR, and after a kill the kernel would keep its port for a minute.
 *
 * @template T
 * @param {number} wanted 0 if any will do
 * @param {(port: number) => Promise<T>} start
 * @returns {Promise<T>}
 */
async function onSomePort(wanted, start) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(attempt === 1 && wanted !== 0 ? wanted : await freePort());
    } catch (error) {
      if (attempt >= ATTEMPTS || !String(error).includes('cannot-listen')) throw error;
    }
  }
}

/**
 * @param {object} [options]
 * @param {string} [options.data] where the server keeps its envelopes; a fresh folder, removed again, if absent
 * @param {boolean} [options.relay] with coturn (if it is installed); true unless said otherwise
 * @param {number} [options.port] of the signal server; a free one if absent or taken
 * @returns {Promise<Services>}
 */
export async function startServices({ data, relay = true, port = 0 } = {}) {
  const fresh = data === undefined;
  const folder = data ?? mkdtempSync(join(tmpdir(), 'aside-signal-'));
  mkdirSync(folder, { recursive: true });
  const { startTurn } = await import(pathToFileURL(join(root, 'turn', 'launch.mjs')).href);
  const { startSignal } = await import(pathToFileURL(join(root, 'signal', 'launch', 'server.mjs')).href);
  /** @type {Turn | null} */
  const turn = relay ? await startTurn() : null;
  const options = { data: folder, ...(turn ? { turn: { secret: turn.secret, urls: turn.urls } } : {}) };
  /** @type {Signal} */
  let signal = await onSomePort(port, (chosen) => startSignal({ ...options, port: chosen }));
  const stop = async () => {
    forget();
    await Promise.all([signal.stop(), turn?.stop()]);
    if (fresh) rmSync(folder, { recursive: true, force: true });
  };
  const forget = atEnd(stop);
  return {
    server: signal.origin,
    turn,
    killSignal: () => signal.kill(),
    async restartSignal() {
      signal = await startSignal({ ...options, port: signal.port });
    },
    stop,
  };
}
