/** Live envelopes over Redis, on one node and on two. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSignal } from '../launch/server.mjs';
import { STOCK, takeTurns } from './live.mjs';
import { freePort } from './watched.mjs';

const COMMON = { pairs: 100, size: 200 };

/**
 * @param {import('./watched.mjs').Generator} generator
 * @param {{ rounds: number, ms: number }} size
 * @returns {Promise<import('./signal.bench.mjs').Row[]>}
 */
export async function redis(generator, size) {
  const store = await startRedis();
  const env = { ...STOCK, REDIS_URLS: `redis://127.0.0.1:${store.port}` };
  const [embedded, one, other] = await Promise.all([
    startSignal({ env: STOCK }),
    startSignal({ env }),
    startSignal({ env }),
  ]);
  try {
    const open = (
      /** @type {string} */ name,
      /** @type {readonly (readonly [number, number])[]} */ ...ports
    ) => generator.do('asidePairs', { ...COMMON, name, ports });
    await open('embedded', [embedded.port, embedded.port]);
    await open('one', [one.port, one.port]);
    await open('two', [one.port, other.port]);
    // As a proxy spreads people over two nodes: half of all pairs meet on one.
    const [first, second] = [one.port, other.port];
    await open('spread', [first, first], [first, second], [second, second], [second, first]);
    const of = await takeTurns(
      generator,
      [
        { name: 'embedded', pids: [embedded.pid] },
        { name: 'one', pids: [one.pid] },
        { name: 'two', pids: [one.pid, other.pid] },
        { name: 'spread', pids: [one.pid, other.pid] },
      ],
      size,
    );
    for (const name of ['embedded', 'one', 'two', 'spread']) await generator.do('end', { name });
    const [alone, single, both, spread] = [
      of('embedded').rate,
      of('one').rate,
      of('two').rate,
      of('spread').rate,
    ];
    const beside = (/** @type {string} */ name, /** @type {number} */ rate) => ({
      name,
      value: rate,
      unit: '1/s',
      reference: alone,
      referenceName: 'embedded',
      ratio: rate / alone,
      goal: 0.5,
      ok: rate / alone >= 0.5,
    });
    const cost = (/** @type {string} */ name, /** @type {number} */ rate) => ({
      name,
      value: 1e6 / rate,
      unit: 'µs',
      reference: 1e6 / single,
      referenceName: 'one node',
      ratio: single / rate,
    });
    return [
      beside('live envelopes over Redis, one node, per CPU-second', single),
      beside('the same, every pair on two nodes, per CPU-second of a node', 2 * both),
      {
        ...cost('processor time of a live envelope, people spread over two nodes, both together', spread),
        goal: 'the same: at most 1.15 ×',
        ok: single / spread <= 1.15,
      },
      cost('  of one whose sender and reader are never on the same node', both),
    ];
  } finally {
    await Promise.all([embedded, one, other].map((server) => server.stop()));
    await store.stop();
  }
}

/** Runs what it is given until whoever started it closes its standard input or ends, killed or not; then removes `$0`. */
const UNTIL_INPUT_ENDS = '"$@" & cat > /dev/null; kill -9 $!; wait; rm -r "$0"';

/** A Redis of the bench's own, as durable as the server asks for. */
async function startRedis() {
  const directory = mkdtempSync(join(tmpdir(), 'aside-bench-redis-'));
  const port = await freePort();
  const settings = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--dir', directory];
  const redis = ['redis-server', '--bind', '127.0.0.1', '--port', String(port), ...settings];
  const child = spawn('sh', ['-c', UNTIL_INPUT_ENDS, directory, ...redis], {
    stdio: ['pipe', 'ignore', 'inherit'],
    // An interrupt at the terminal is for the bench, whose end is heard.
    detached: true,
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const stop = () => {
    child.stdin.end();
    return gone;
  };
  for (let tries = 0; !(await listens(port)); tries++) {
    if (tries > 200) {
      await stop();
      throw new Error('redis-server does not start');
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { port, stop };
}

/** @param {number} port @returns {Promise<boolean>} */
function listens(port) {
  return new Promise((resolve) => {
    const knock = connect({ port, host: '127.0.0.1' });
    const answer = (/** @type {boolean} */ is) => {
      knock.destroy();
      resolve(is);
    };
    knock.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}
