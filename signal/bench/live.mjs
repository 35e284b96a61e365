/** Live envelopes, per second of the server's processor. */
import { startSignal } from '../launch/server.mjs';
import { cpuSeconds, median, startReference } from './watched.mjs';

const PAIRS = 100;
/** Bytes of a message: of ours the envelope. */
const SIZE = 200;

/** What a server for benches has: the limits of a stock one, and numbers for who asks. The generator is its proxy. */
export const STOCK = { TRUSTED_PROXIES: '127.0.0.1', METRICS_PORT: '0' };

/**
 * Messages per second of the processors of all `pids`, in rounds that take turns, and how busy server and generator were.
 *
 * @param {import('./watched.mjs').Generator} generator
 * @param {readonly { name: string, pids: readonly number[] }[]} subjects
 * @param {{ rounds: number, ms: number }} size
 */
export async function takeTurns(generator, subjects, { rounds, ms }) {
  /** @type {Map<string, { rate: number[], busy: number[], load: number[] }>} */
  const found = new Map(subjects.map(({ name }) => [name, { rate: [], busy: [], load: [] }]));
  // Short, so that a pair that is quicker than the others stays below what one socket may send. The first only warms up.
  for (let round = 0; round <= 2 * rounds; round++) {
    for (const { name, pids } of subjects) {
      const used = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
      const [before, began] = [used(), performance.now()];
      const { messages, cpu } = await generator.do('live', { name, ms: ms / 2 });
      const [seconds, wall] = [used() - before, (performance.now() - began) / 1000];
      if (round === 0) continue;
      found.get(name)?.rate.push(messages / seconds);
      found.get(name)?.busy.push(seconds / wall);
      found.get(name)?.load.push(cpu / wall);
    }
  }
  return (/** @type {string} */ name) => {
    const { rate = [], busy = [], load = [] } = found.get(name) ?? {};
    return { rate: median(rate), busy: median(busy), load: median(load) };
  };
}

/**
 * @param {import('./watched.mjs').Generator} generator
 * @param {{ rounds: number, ms: number }} size
 * @returns {Promise<import('./signal.bench.mjs').Row[]>}
 */
export async function live(generator, size) {
  const [aside, bare, peer] = await Promise.all([
    startSignal({ env: STOCK }),
    startReference('bare.mjs'),
    startReference('peer-server.mjs'),
  ]);
  try {
    const common = { pairs: PAIRS, size: SIZE };
    await generator.do('asidePairs', { ...common, name: 'aside', ports: [[aside.port, aside.port]] });
    await generator.do('otherPairs', { ...common, name: 'bare', port: bare.port, json: false });
    await generator.do('otherPairs', { ...common, name: 'peer', port: peer.port, json: true });
    const subjects = [
      { name: 'aside', pids: [aside.pid] },
      { name: 'bare', pids: [bare.pid] },
      { name: 'peer', pids: [peer.pid] },
    ];
    const of = await takeTurns(generator, subjects, size);
    for (const { name } of subjects) await generator.do('end', { name });
    const [ours, { rate: bareRate }, { rate: peerRate }] = [of('aside'), of('bare'), of('peer')];
    const name = `live envelopes of ${SIZE} B, ${PAIRS} pairs, per CPU-second of the server`;
    const row = (
      /** @type {string} */ referenceName,
      /** @type {number} */ reference,
      /** @type {number} */ goal,
    ) => ({
      name,
      value: ours.rate,
      unit: '1/s',
      reference,
      referenceName,
      ratio: ours.rate / reference,
      goal,
      ok: ours.rate / reference >= goal,
    });
    return [
      row('bare uWebSockets.js', bareRate, 0.85),
      row('PeerServer', peerRate, 1.4),
      { name: '  of a processor, the server meanwhile', value: ours.busy, unit: '' },
      { name: '  of a processor, the load generator meanwhile', value: ours.load, unit: '' },
    ];
  } finally {
    bare.stop();
    peer.stop();
    await aside.stop();
  }
}
