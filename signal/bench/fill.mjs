/** Fills an embedded store before a server gets it: through its door, ten million envelopes would take the afternoon. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { newMailbox } from './aside-client.mjs';

/** They have room for what the bench adds. */
const MAILBOXES = 2000;

/** Written between two flushes. */
const AT_ONCE = 50_000;

/**
 * Puts envelopes of a size into mailboxes of a new store, as many in each. Resolves with the mailboxes and their keys.
 *
 * @param {string} directory
 * @param {number} count
 * @param {number} size bytes
 */
export async function fill(directory, count, size) {
  const { openLmdbDisk, envelopeKey, sequenceAt } = await storeCode();
  const disk = openLmdbDisk(directory);
  const mailboxes = Array.from({ length: MAILBOXES }, newMailbox).sort((a, b) => a.id.compare(b.id));
  const minutes = Buffer.alloc(4);
  minutes.writeUInt32BE(Math.floor(Date.now() / 60_000));
  const each = Math.ceil(count / MAILBOXES);
  const first = sequenceAt(Date.now() - 3600_000);
  let written = 0;
  for (const { id } of mailboxes) {
    disk.mailboxes.put(id, minutes);
    for (let n = 0; n < each; n++) {
      disk.envelopes.put(envelopeKey(id, first + n, size), randomBytes(size));
      if (++written % AT_ONCE === 0) await disk.flush();
    }
  }
  await disk.flush();
  await disk.close();
  return mailboxes.sort(() => Math.random() - 0.5);
}

/** Node 20 runs no TypeScript. */
async function storeCode() {
  // Beside the packages that it imports.
  const folder = await mkdtemp(join(import.meta.dirname, 'peers', 'node_modules', '.fill-'));
  try {
    const outfile = join(folder, 'store.mjs');
    await build({
      stdin: {
        contents: `export { openLmdbDisk } from './lmdb-disk.ts'; export * from './keys.ts';`,
        resolveDir: join(import.meta.dirname, '..', 'src', 'store'),
      },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['lmdb'],
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
