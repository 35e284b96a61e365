/**
 * Starts the built signal server as a process of its own: for `npm start`, for end-to-end tests, and for this
 * package's own tests, which all come in through the front door. Plain Node, nothing to build but the server.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NODE_FLAGS, SIGNAL_MAIN } from '../build.mjs';

/**
 * @typedef {object} SignalOptions
 * @property {string} [data] directory for the mailboxes; a fresh one, removed by `stop` and by SIGKILL, if absent
 * @property {number} [port] a free one if absent or 0
 * @property {string} [host] 127.0.0.1 if absent
 * @property {{ secret: string, urls: readonly string[] }} [turn] the relay that it hands out credentials for
 * @property {Readonly<Record<string, string>>} [env] more of its configuration (OPERATING.md)
 * @property {string} [main] another bundle than `signal/dist/main.mjs`
 */

/**
 * @typedef {object} Signal
 * @property {string} origin such as `http://127.0.0.1:43211`: what a person types as the server
 * @property {string} url the WebSocket's address
 * @property {number} port
 * @property {number} pid
 * @property {string} dataDir
 * @property {Record<string, unknown>[]} log its lines so far, parsed
 * @property {string[]} words what else it said, on either stream
 * @property {(signal?: NodeJS.Signals) => Promise<number | null>} kill sends the signal (SIGKILL if absent) and resolves
 *   with the exit code when the process is gone; null if a signal ended it
 * @property {() => Promise<number | null>} stop drains it (SIGTERM), waits, and removes a data directory of our own;
 *   rejects with its last words if it had ended by itself
 */

/** From the start of the process to its `listening` line. Milliseconds. */
const PATIENCE = 20_000;

const END_WITH_PARENT = new URL('end-with-parent.mjs', import.meta.url).href;

/**
 * Resolves when the server listens. Rejects with its last words if it ends before that.
 *
 * @param {SignalOptions} [options]
 * @returns {Promise<Signal>}
 */
export async function startSignal(options = {}) {
  const { port = 0, host = '127.0.0.1', turn, env = {}, main = SIGNAL_MAIN } = options;
  const ownData = options.data === undefined;
  const dataDir = options.data ?? mkdtempSync(join(tmpdir(), 'aside-signal-'));
  const removeOwn = () => {
    if (ownData) rmSync(dataDir, { recursive: true, force: true });
  };
  const endWithParent = ownData ? `${END_WITH_PARENT}?own-data` : END_WITH_PARENT;
  const child = spawn(process.execPath, [...NODE_FLAGS, '--import', endWithParent, main], {
    env: {
      PATH: process.env.PATH,
      HOST: host,
      PORT: String(port),
      DATA_DIR: dataDir,
      ...(turn ? { TURN_SECRET: turn.secret, TURN_URLS: turn.urls.join(',') } : {}),
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  /** @type {Record<string, unknown>[]} */
  const log = [];
  /** @type {string[]} */
  const words = [];
  let asked = false;
  /** @type {string | undefined} */
  let fell;
  const lastWords = () => [...log.map((entry) => JSON.stringify(entry)), ...words].slice(-20).join('\n');
  /** @type {Promise<number | null>} */
  const gone = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (!asked && code !== 0) fell = `the signal server ended with ${code ?? signal}:\n${lastWords()}`;
      resolve(code);
    });
  });
  gone.catch(() => {});
  child.stderr.setEncoding('utf8').on('data', (text) => words.push(text));
  const listening = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = parse(line);
      if (entry === undefined) {
        words.push(line);
        return;
      }
      log.push(entry);
      if (entry.event === 'listening') resolve(entry.port);
    });
  });
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('the signal server does not listen')), PATIENCE);
  });
  const ended = gone.then(() => {
    throw new Error(fell ?? `the signal server ended:\n${lastWords()}`);
  });
  ended.catch(() => {});
  try {
    const actual = Number(await Promise.race([listening, ended, late]));
    const authority = `${host.includes(':') ? `[${host}]` : host}:${actual}`;
    const kill = async (/** @type {NodeJS.Signals} */ signal = 'SIGKILL') => {
      // Not of one that fell just now, whose last words are still to come.
      asked ||= child.exitCode === null && child.signalCode === null;
      child.kill(signal);
      const code = await gone;
      if (signal === 'SIGKILL') removeOwn();
      return code;
    };
    return {
      origin: `http://${authority}`,
      url: `ws://${authority}/v1`,
      port: actual,
      pid: child.pid ?? 0,
      dataDir,
      log,
      words,
      kill,
      async stop() {
        const code = await kill('SIGTERM');
        removeOwn();
        // A test that met the end of its connection would not say why.
        if (fell !== undefined) throw new Error(fell);
        return code;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    removeOwn();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} line @returns {Record<string, unknown> | undefined} */
function parse(line) {
  try {
    const value = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
