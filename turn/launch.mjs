/**
 * Starts the real coturn beside `npm start` and the end-to-end tests, through the same entrypoint.sh and template that
 * the container uses. Plain Node without dependencies: it must run before anything is installed.
 *
 * It listens on the machine's own outer address, so that browsers need no special flags; on a machine without one, on
 * 127.0.0.1 with loopback peers allowed (tests only; Firefox then needs `media.peerconnection.ice.loopback`).
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} TurnOptions
 * @property {string} [secretFile] where the shared secret is, or is to be made; default: in a directory of its own
 * @property {string} [listenAddress] IPv4 of this machine; default: its outer one, else 127.0.0.1
 * @property {string} [externalAddress] IPv4 that relays are known by; default: the listening one
 * @property {Record<string, string>} [env] further TURN_* variables of entrypoint.sh
 * @property {number} [deadlineMs] how long coturn may take to answer, default 15,000 ms
 */

/**
 * @typedef {object} Turn
 * @property {string[]} urls for RTCIceServer.urls: UDP, then TCP
 * @property {string} address IPv4 that it listens on
 * @property {number} port UDP and TCP
 * @property {number} tlsPort TLS, where TURN_CERTIFICATE names a certificate
 * @property {boolean} loopback whether it is on 127.0.0.1 for want of another address
 * @property {string} secretFile
 * @property {string} secret the HMAC key of TURN REST credentials, as text
 * @property {Promise<string | null>} ended settles when the server has ended: null when asked to, else its last words
 * @property {() => string} log the last of what coturn said (16 KiB)
 * @property {() => Promise<void>} stop ends the server and removes what it left; may be called again
 */

/**
 * Ports come in slots of 64, below the range that the system gives out by itself: the first is the listening port, the
 * next two are for TLS (the second in the place of 443), the middle ones are for relays, the last is claimed by a TCP listener of ours for as long as the server runs. Claiming is
 * atomic, so that two launchers never share a slot (coturn itself would share: it binds with SO_REUSEADDR).
 */
const SLOT_PORTS = 64;
const FIRST_SLOT_PORT = 16_384;
const SLOTS = 256;
/** Attempts with another slot when a foreign program took a port between our look and coturn's. */
const ATTEMPTS = 4;
const DEADLINE_MS = 15_000;
const PROBE_MS = 50;
/** coturn ends within milliseconds; after this it is killed. */
const STOP_MS = 3_000;
const LOG_CHARACTERS = 16_384;

/** Daemons live in `sbin` on some systems, which is not on everybody's path. */
const EXTRA_DIRECTORIES = ['/usr/local/bin', '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin'];

/**
 * Where turnserver is: named by ASIDE_TURNSERVER, or found on the path and in the usual places.
 * @returns {string | null}
 */
export function findTurnserver() {
  const named = process.env.ASIDE_TURNSERVER;
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...EXTRA_DIRECTORIES].filter(Boolean);
  for (const path of named ? [named] : directories.map((directory) => join(directory, 'turnserver'))) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not there
    }
  }
  return null;
}

/**
 * This machine's outer IPv4 address: what the others can reach, so container bridges and tunnels come last.
 * @returns {string} 127.0.0.1 if there is no other
 */
export function outerAddress() {
  const inner = /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|wg|utun)/;
  const found = Object.entries(networkInterfaces())
    .flatMap(([name, addresses]) => (addresses ?? []).map((entry) => ({ name, ...entry })))
    .filter((entry) => entry.family === 'IPv4' && !entry.internal && !entry.address.startsWith('169.254.'))
    .sort((a, b) => Number(inner.test(a.name)) - Number(inner.test(b.name)));
  return found[0]?.address ?? '127.0.0.1';
}

/**
 * Starts coturn and waits until it answers a STUN binding. It ends with `stop()`, and by itself when this process ends,
 * kill -9 included.
 *
 * @param {TurnOptions} [options]
 * @returns {Promise<Turn | null>} null when turnserver is not installed
 * @throws {Error} when it is installed and does not start; the message holds its last words
 */
export async function startTurn(options = {}) {
  const turnserver = findTurnserver();
  if (turnserver === null) return null;
  const directory = mkdtempSync(join(tmpdir(), 'aside-turn-'));
  const removeDirectory = () => rmSync(directory, { recursive: true, force: true });
  let reason = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const address = options.listenAddress ?? outerAddress();
    const slot = await claimSlot(address);
    const server = run(turnserver, directory, address, slot.port, options);
    const answered = await Promise.race([
      answersBinding(address, slot.port, options.deadlineMs ?? DEADLINE_MS),
      server.ended.then(() => false),
    ]);
    if (answered) {
      const ended = server.ended.then(async (words) => {
        await slot.release();
        removeDirectory();
        return words;
      });
      // The second line is for the signal server (secrets.sh).
      const secret = readFileSync(server.secretFile, 'utf8').trim().split('\n')[0] ?? '';
      return {
        urls: ['udp', 'tcp'].map((transport) => `turn:${address}:${slot.port}?transport=${transport}`),
        address,
        port: slot.port,
        tlsPort: slot.port + 1,
        loopback: address.startsWith('127.'),
        secretFile: server.secretFile,
        secret,
        ended,
        log: server.log,
        stop: async () => {
          await server.stop();
          await ended;
        },
      };
    }
    reason = server.log();
    await server.stop();
    await slot.release();
    // Only a port that was taken is worth another attempt.
    if (!/address already in use|cannot bind/i.test(reason)) break;
  }
  removeDirectory();
  throw new Error(`coturn did not start: ${reason.trim().split('\n').slice(-5).join(' | ') || 'no answer'}`);
}

/**
 * @param {string} turnserver
 * @param {string} directory
 * @param {string} address
 * @param {number} port
 * @param {TurnOptions} options
 */
function run(turnserver, directory, address, port, options) {
  const secretFile = options.secretFile ?? join(directory, 'secret');
  const loopback = address.startsWith('127.') ? '1' : '0';
  const child = spawn('/bin/sh', [fileURLToPath(new URL('./entrypoint.sh', import.meta.url))], {
    // A group of its own: the watcher inside can be ended together with the server, and Ctrl-C is ours to handle.
    detached: true,
    // The open pipe is the tie: it closes when this process ends, however that happens.
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: `${dirname(turnserver)}${delimiter}${process.env.PATH ?? ''}`,
      DOMAIN: 'localhost',
      TURN_EXTERNAL_ADDRESS: options.externalAddress ?? address,
      TURN_LISTEN_ADDRESS: address,
      TURN_PORT: String(port),
      TURN_TLS_PORT: String(port + 1),
      TURN_443_PORT: String(port + 2),
      TURN_MIN_PORT: String(port + 3),
      TURN_MAX_PORT: String(port + SLOT_PORTS - 2),
      TURN_ALLOW_LOOPBACK: loopback,
      TURN_SECRET_FILE: secretFile,
      TURN_RUN_DIRECTORY: join(directory, 'run'),
      TURN_END_WITH_STDIN: '1',
      ...options.env,
    },
  });
  let words = '';
  let asked = false;
  /** @param {unknown} chunk */
  const keep = (chunk) => {
    words = (words + String(chunk)).slice(-LOG_CHARACTERS);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.stdin.on('error', () => undefined);
  /** @param {NodeJS.Signals} name */
  const signalGroup = (name) => {
    try {
      if (child.pid) process.kill(-child.pid, name);
    } catch {
      // already gone
    }
  };
  /** @type {Promise<string | null>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      keep(error.message);
      resolve(words);
    });
    // Not 'exit': the log's filter says the last words after the server is gone.
    child.once('close', () => {
      // The watcher is still there and keeps the group's number ours; left alone it would kill that number one day.
      signalGroup('SIGKILL');
      child.stdin.destroy();
      resolve(asked ? null : words);
    });
  });
  return {
    secretFile,
    ended,
    log: () => words,
    stop: async () => {
      asked = true;
      const alive = child.pid !== undefined && child.exitCode === null && child.signalCode === null;
      if (alive) child.kill('SIGTERM');
      const timer = setTimeout(() => signalGroup('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/**
 * A slot whose listening port is free and that no other launcher holds.
 * @param {string} address
 * @returns {Promise<{ port: number, release: () => Promise<void> }>}
 */
async function claimSlot(address) {
  const start = randomBytes(1)[0] ?? 0;
  for (let step = 0; step < SLOTS; step++) {
    const port = FIRST_SLOT_PORT + ((start + step) % SLOTS) * SLOT_PORTS;
    const claim = await listenTcp('127.0.0.1', port + SLOT_PORTS - 1);
    if (!claim) continue;
    const release = () => closeTcp(claim);
    const tcp = await listenTcp(address, port);
    if (tcp) {
      await closeTcp(tcp);
      if (await udpIsFree(address, port)) return { port, release };
    }
    await release();
  }
  throw new Error('no free ports for coturn');
}

/**
 * @param {string} address
 * @param {number} port
 * @returns {Promise<import('node:net').Server | null>}
 */
function listenTcp(address, port) {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', () => resolve(null));
    server.listen(port, address, () => resolve(server));
  });
}

/** @param {import('node:net').Server} server @returns {Promise<void>} */
function closeTcp(server) {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** @param {string} address @param {number} port @returns {Promise<boolean>} */
function udpIsFree(address, port) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

/**
 * Sends STUN binding requests (RFC 8489) until one is answered or the deadline is over.
 * @param {string} address
 * @param {number} port
 * @param {number} deadlineMs
 * @returns {Promise<boolean>}
 */
function answersBinding(address, port, deadlineMs) {
  // Type 0x0001, no attributes, the magic cookie, a transaction number.
  const request = Buffer.concat([Buffer.from('000100002112a442', 'hex'), randomBytes(12)]);
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    /** @param {boolean} answered */
    const finish = (answered) => {
      clearInterval(again);
      clearTimeout(end);
      socket.close();
      resolve(answered);
    };
    const probe = () => socket.send(request, port, address, () => undefined);
    const again = setInterval(probe, PROBE_MS);
    const end = setTimeout(() => finish(false), deadlineMs);
    socket.on('error', () => undefined);
    socket.on('message', (answer) => {
      if (answer.readUInt16BE(0) === 0x0101 && answer.subarray(8, 20).equals(request.subarray(8, 20)))
        finish(true);
    });
    probe();
  });
}
