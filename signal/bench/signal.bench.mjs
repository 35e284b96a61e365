/**
 * `npm run bench -- signal`: the server under a load that comes from another process, beside a bare uWebSockets.js
 * forwarder and PeerServer, in rounds that take turns so that what else the machine does falls on all. What counts is the
 * server's processor time and not the clock's, where it is not a matter of the disk. `--only=live,idle` runs parts,
 * `--short` fewer and shorter rounds, `--full=N` fills the store with so many envelopes instead of ten million.
 */
import { buildSignal } from '../build.mjs';
import { idle } from './idle.mjs';
import { live } from './live.mjs';
import { redis } from './redis.mjs';
import { full, stored } from './stored.mjs';
import { Generator, installPeers } from './watched.mjs';

/**
 * @typedef {{ name: string, value: number, unit: string, reference?: number, referenceName?: string, ratio?: number,
 *   goal?: string | number, ok?: boolean }} Row
 */

/** @type {Readonly<Record<string, (generator: Generator, size: { rounds: number, ms: number, full: number }) => Promise<Row[]>>>} */
const PARTS = { live, idle, stored, full, redis };

/** @returns {Promise<{ area: 'signal', rows: Row[] }>} */
export default async function run() {
  const option = (/** @type {string} */ name) =>
    process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
  const size = process.argv.includes('--short') ? { rounds: 2, ms: 700 } : { rounds: 7, ms: 2000 };
  const count = Number(option('full') ?? 10_000_000);
  const only = option('only')?.split(',');
  await Promise.all([buildSignal(), installPeers()]);
  const rows = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (only !== undefined && !only.includes(name)) continue;
    const generator = new Generator();
    try {
      rows.push(...(await part(generator, { ...size, full: count })));
    } finally {
      generator.stop();
    }
  }
  return { area: 'signal', rows };
}
