import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabaseOptions } from 'lmdb';
import { afterAll, expect, it, vi } from 'vitest';
import { openLmdbDisk } from './lmdb-disk.ts';

const asked = vi.hoisted(() => [] as RootDatabaseOptions[]);

// The real one, which notes how it was opened.
vi.mock('lmdb', async (original) => {
  const lmdb = await original<typeof import('lmdb')>();
  const open = (options: RootDatabaseOptions) => {
    asked.push(options);
    return lmdb.open(options);
  };
  return { ...lmdb, open };
});

const directory = mkdtempSync(join(tmpdir(), 'aside-lmdb-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What leaves a sync of lmdb out, or puts it off. No kill shows it: that takes a computer without power. */
const NEVER = ['noSync', 'noMetaSync', 'mapAsync', 'useWritemap', 'overlappingSync'];

it('asks lmdb to leave no sync out', async () => {
  const disk = openLmdbDisk(directory);
  await disk.close();
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ overlappingSync: false });
  const left = Object.entries(asked[0] ?? {}).filter(([name, value]) => NEVER.includes(name) && value);
  expect(left).toEqual([]);
});

it('keeps a place among the readers of its file, by which another server sees that one runs', async () => {
  const folder = join(directory, 'placed');
  const disk = openLmdbDisk(folder);
  // The same file in this process: one table of readers.
  const look = open({ path: join(folder, 'mailboxes.mdb') });
  expect(look.readerList()).toMatch(new RegExp(`^\\s*${process.pid} `, 'm'));
  await disk.flush();
  expect(look.readerList()).toMatch(new RegExp(`^\\s*${process.pid} `, 'm'));
  await disk.close();
});
