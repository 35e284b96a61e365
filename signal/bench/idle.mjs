/** Memory of a socket that does nothing but hold one mailbox open. */
import { startSignal } from '../launch/server.mjs';
import { STOCK } from './live.mjs';
import { median, ownMemory } from './watched.mjs';

const FEW = 1000;
const MANY = 10_000;
/** Bytes. */
const GOAL = 2.5 * 1024;
/**
 * What a server is warmed up with before its memory counts: code is compiled, and the threads of the store have the pages
 * that they write with. Few sockets, so that what those leave free is not taken for what others do not cost.
 */
const WARM = { count: 100, mailboxesEach: 30, size: 1 };

const COLLECT = new URL('collect.mjs', import.meta.url).href;

/**
 * Each socket comes from an address of its own: what the server remembers of that counts, too.
 *
 * @param {import('./watched.mjs').Generator} generator
 * @param {{ rounds: number }} size
 * @returns {Promise<import('./signal.bench.mjs').Row[]>}
 */
export async function idle(generator, { rounds }) {
  /** @type {number[]} */
  const few = [];
  /** @type {number[]} */
  const many = [];
  for (let round = 0; round < rounds; round++) {
    const server = await startSignal({ env: { ...STOCK, NODE_OPTIONS: `--import ${COLLECT}` } });
    const memory = async (/** @type {number} */ count) => {
      await generator.do('idle', { port: server.port, count });
      await collected(server);
      return ownMemory(server.pid);
    };
    try {
      await generator.do('senders', { port: server.port, ...WARM });
      await generator.do('senders', { port: server.port, ...WARM, count: 0 });
      const [none, some, all] = [await memory(0), await memory(FEW), await memory(MANY)];
      few.push((some - none) / FEW);
      many.push((all - none) / MANY);
    } finally {
      await generator.do('idle', { port: server.port, count: 0 });
      await server.stop();
    }
  }
  return [
    {
      name: `own memory of an idle socket with a mailbox open, ${MANY.toLocaleString('en')} sockets`,
      of: many,
    },
    { name: `the same, ${FEW.toLocaleString('en')} sockets`, of: few },
  ].map(({ name, of }) => ({
    name,
    value: median(of) / 1024,
    unit: 'KiB',
    goal: `at most ${GOAL / 1024} KiB`,
    ok: median(of) <= GOAL,
  }));
}

/** What is garbage is gone. @param {import('../launch/server.mjs').Signal} server */
async function collected({ log, kill: _, pid }) {
  const said = () => log.filter(({ event }) => event === 'collected').length;
  const before = said();
  process.kill(pid, 'SIGUSR2');
  while (said() === before) await new Promise((resolve) => setTimeout(resolve, 20));
}
