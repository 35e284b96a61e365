import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nameOf } from '../mailbox-name.ts';
import { parcelFromStore } from '../parcel.ts';
import { CONTRACT_LIMITS, CONTRACT_RETENTION, type StoreUnderTest, storeContract } from './contract.ts';
import type { Disk, Table } from './disk.ts';
import { EmbeddedStore } from './embedded-store.ts';
import { openLmdbDisk } from './lmdb-disk.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { GuestRight, Reader } from './store.ts';

const directory = mkdtempSync(join(tmpdir(), 'aside-store-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A clock that only tests move, so that sequences and times are theirs. */
function onDisk(openDisk: () => Disk, from = 1_800_000_000_000): StoreUnderTest {
  let now = from;
  const store = new EmbeddedStore({
    disk: openDisk(),
    limits: CONTRACT_LIMITS,
    retention: CONTRACT_RETENTION,
    mostBytes: 1024 * 1024 * 1024,
    now: () => now,
  });
  return {
    store,
    advance: (ms) => {
      now += ms;
    },
    reopen: async () => {
      await store.stop();
      return onDisk(openDisk, now);
    },
  };
}

storeContract('the embedded store on lmdb', async () => {
  const path = mkdtempSync(join(directory, 'lmdb-'));
  return onDisk(() => openLmdbDisk(path));
});

storeContract('the embedded store in memory', async () => {
  const disk = new MemoryDisk();
  return onDisk(() => disk);
});

const nobody: Reader = { arrived: () => {}, live: () => true, taken: () => {} };

function held(limits = CONTRACT_LIMITS, now = () => 1_800_000_000_000) {
  const disk = new MemoryDisk();
  const failures: unknown[] = [];
  const store = new EmbeddedStore({
    disk,
    limits,
    retention: CONTRACT_RETENTION,
    mostBytes: 1000,
    now,
    failed: (cause) => failures.push(cause),
  });
  const id = new Uint8Array(32).fill(7);
  return { disk, store, failures, mailbox: nameOf(id), parcel: () => parcelFromStore(id, Buffer.from('x')) };
}

/** Everything that is ready to run has run: three turns of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('durability', () => {
  it('says stored, opened and removed when the flush is over and not before', async () => {
    const { disk, store, mailbox, parcel } = held();
    disk.hold();
    const said: string[] = [];
    const opening = store.open(mailbox, nobody).then((done) => {
      said.push('opened');
      return done;
    });
    await settle();
    expect(disk.flushesHeld).toBe(1);
    expect(said).toEqual([]);
    disk.release();
    const opened = await opening;

    disk.hold();
    const put = Promise.resolve(store.put(mailbox, parcel())).then((outcome) => said.push(outcome));
    await settle();
    expect(disk.flushesHeld).toBe(1);
    expect(said).toEqual(['opened']);
    disk.release();
    await put;

    disk.hold();
    const removed = opened.remove(Number.MAX_SAFE_INTEGER - 1).then(() => said.push('removed'));
    await settle();
    expect(said).toEqual(['opened', 'stored']);
    disk.release();
    await removed;
    expect(said).toEqual(['opened', 'stored', 'removed']);
  });

  it('takes no more than it may hold while the disk is slow, whoever sends it', async () => {
    const { disk, store } = held({ ...CONTRACT_LIMITS, unstoredTotalBytes: 300 });
    const ids = [1, 2, 3].map((n) => new Uint8Array(32).fill(n));
    for (const id of ids) await store.open(nameOf(id), nobody);
    const put = (id: Uint8Array) => store.put(nameOf(id), parcelFromStore(id, new Uint8Array(100)));
    disk.hold();
    const [first, second] = ids.map(put);
    expect(ids.map(put)).toEqual(['server-busy', 'server-busy', 'server-busy']);
    await settle();
    disk.release();
    expect(await Promise.all([first, second])).toEqual(['stored', 'stored']);
    expect(await put(ids[2]!)).toBe('stored');
    // What the disk loses is held no more either.
    disk.hold();
    const lost = ids.map(put);
    await settle();
    disk.fail();
    expect(await Promise.all(lost)).toEqual(['server-busy', 'server-busy', 'server-busy']);
    expect(await put(ids[0]!)).toBe('stored');
  });

  it('waits once for all that came in one turn', async () => {
    const { disk, store, mailbox, parcel } = held();
    await store.open(mailbox, nobody);
    disk.hold();
    const puts = Array.from({ length: 20 }, () => store.put(mailbox, parcel()));
    await settle();
    expect(disk.flushesHeld).toBe(1);
    disk.release();
    expect(await Promise.all(puts)).toEqual(Array.from({ length: 20 }, () => 'stored'));
  });

  it('says server-busy for what a failed flush had, and knows what the disk has afterwards', async () => {
    const { disk, store, failures, mailbox, parcel } = held();
    await store.open(mailbox, nobody);
    expect(await store.put(mailbox, parcel())).toBe('stored');
    disk.hold();
    const lost = store.put(mailbox, parcel());
    await settle();
    disk.fail();
    expect(await lost).toBe('server-busy');
    expect(failures).toHaveLength(1);
    const opening = await store.open(mailbox, nobody);
    expect(opening.waiting).toBe(1);
    expect((await opening.read(0, 10, 1000)).parcels).toHaveLength(1);
    expect(await store.put(mailbox, parcel())).toBe('stored');
    expect((await opening.read(0, 10, 1000)).parcels).toHaveLength(2);
  });

  it('says stored of nothing that lies on a registration which was lost', async () => {
    const { disk, store, mailbox, parcel } = held();
    disk.hold();
    const opened = store.open(mailbox, nobody).catch((error: unknown) => error);
    await settle();
    // Written in the turn in which the flush with the registration fails, and flushed by itself.
    const put = store.put(mailbox, parcel());
    disk.fail();
    expect(await opened).toMatchObject({ code: 'store-busy' });
    expect(await put).toBe('server-busy');
    expect(await store.put(mailbox, parcel())).toBe('mailbox-unknown');
  });

  it('never gives a sequence twice to one reader, who would remove another envelope than the one that was lost', async () => {
    const { disk, store, mailbox, parcel } = held();
    const arrived: number[] = [];
    const reader: Reader = { ...nobody, arrived: (sequence) => arrived.push(sequence) };
    const opening = await store.open(mailbox, reader);
    disk.hold();
    const lost = store.put(mailbox, parcel());
    await settle();
    disk.fail();
    expect(await lost).toBe('server-busy');
    expect(await store.put(mailbox, parcel())).toBe('stored');
    await opening.remove(arrived[0] ?? 0);
    expect((await opening.read(0, 10, 1000)).parcels.map(({ sequence }) => sequence)).toEqual([arrived[1]]);
  });

  it('stores no more when the disk has what it may have', async () => {
    const { disk, store, mailbox, parcel } = held();
    disk.used = 1000;
    await store.open(mailbox, nobody);
    expect(await store.put(mailbox, parcel())).toBe('server-busy');
  });

  it('looks at the disk again though the time of day was put back', async () => {
    let now = 1_800_000_000_000;
    const { disk, store, mailbox, parcel } = held(CONTRACT_LIMITS, () => now);
    await store.open(mailbox, nobody);
    expect(await store.put(mailbox, parcel())).toBe('stored');
    now -= 3600_000;
    disk.free = 0;
    expect(await store.put(mailbox, parcel())).toBe('server-busy');
  });

  it('leaves room for removals, counts what is under way, and takes again when something is removed', async () => {
    const { disk, store, mailbox, parcel } = held();
    const reserve = CONTRACT_LIMITS.diskReserveBytes;
    const opening = await store.open(mailbox, nobody);
    disk.free = reserve + 20_000;
    disk.hold();
    const first = store.put(mailbox, parcel());
    // It would fit by itself.
    expect(await store.put(mailbox, parcel())).toBe('server-busy');
    disk.release();
    expect(await first).toBe('stored');
    expect(await store.put(mailbox, parcel())).toBe('stored');
    disk.free = reserve;
    expect(await store.put(mailbox, parcel())).toBe('server-busy');
    await opening.remove(Number.MAX_SAFE_INTEGER - 1);
    disk.free = reserve + 20_000;
    expect(await store.put(mailbox, parcel())).toBe('stored');
    disk.free = reserve / 8;
    await expect(store.open(nameOf(new Uint8Array(32).fill(9)), nobody)).rejects.toMatchObject({
      code: 'store-busy',
    });
    await store.open(mailbox, nobody);
  });
});

describe('a crowd of new mailboxes', () => {
  it('looks at the disk once a turn', async () => {
    const { disk, store } = held({ ...CONTRACT_LIMITS, mailboxes: 50 });
    let looks = 0;
    const { room } = disk;
    disk.room = () => {
      looks++;
      return room.call(disk);
    };
    const names = Array.from({ length: 50 }, (_, n) => nameOf(new Uint8Array(32).fill(n)));
    await Promise.all(names.map((name) => store.open(name, nobody)));
    expect(looks).toBe(1);
  });
});

describe('a guest', () => {
  const [one, other] = [7, 8].map((fill) => nameOf(new Uint8Array(32).fill(fill)));
  const right = (use: number, until = 1_900_000_000): GuestRight => ({
    pass: new Uint8Array(16).fill(1),
    use: new Uint8Array(16).fill(use),
    mailboxes: 1,
    until,
  });

  it('has a mailbox and its count from one flush, or neither', async () => {
    const { disk, store } = held();
    disk.hold();
    const lost = store.open(one!, nobody, right(1));
    await settle();
    expect(disk.flushesHeld).toBe(1);
    disk.fail();
    await expect(lost).rejects.toMatchObject({ code: 'store-busy' });
    await store.open(other!, nobody, right(2));
    expect([disk.mailboxes.count(), disk.guests.count()]).toEqual([1, 1]);
    await expect(store.open(one!, nobody, right(1))).rejects.toMatchObject({ code: 'pass-needed' });
  });

  it('is forgotten when the pass is over, and not before', async () => {
    const { disk, store } = held();
    const now = 1_800_000_000;
    await store.open(one!, nobody, right(1, now));
    await store.open(other!, nobody, { ...right(2, now - 1), pass: new Uint8Array(16).fill(2) });
    expect(disk.guests.count()).toBe(2);
    await store.sweep();
    expect(disk.guests.count()).toBe(1);
    await expect(store.open(nameOf(new Uint8Array(32)), nobody, right(3, now))).rejects.toMatchObject({
      code: 'pass-needed',
    });
  });

  it('holds up no stop by being forgotten, and what is closed is touched no more', async () => {
    const disk = openLmdbDisk(mkdtempSync(join(directory, 'lmdb-')));
    // More than a sweep takes in one step, and all of them over.
    for (let n = 0; n < 3000; n++) {
      const key = Buffer.alloc(36);
      key.writeUInt32BE(1_700_000_000);
      key.writeUInt32BE(n, 4);
      disk.guests.put(key, Uint8Array.of(0));
    }
    await disk.flush();
    const failures: unknown[] = [];
    let isClosed = false;
    const afterwards: string[] = [];
    const watched = (name: 'envelopes' | 'mailboxes' | 'guests') =>
      new Proxy(disk[name], {
        get: (table, part: keyof Table) => {
          if (isClosed) afterwards.push(`${name}.${part}`);
          return table[part];
        },
      });
    const store = new EmbeddedStore({
      disk: {
        ...disk,
        envelopes: watched('envelopes'),
        mailboxes: watched('mailboxes'),
        guests: watched('guests'),
        close: () => {
          isClosed = true;
          return disk.close();
        },
      },
      limits: CONTRACT_LIMITS,
      retention: CONTRACT_RETENTION,
      mostBytes: 1024 * 1024 * 1024,
      now: () => 1_800_000_000_000,
      failed: (cause) => failures.push(cause),
    });
    const sweeping = store.sweep();
    await store.stop();
    expect(await sweeping).toEqual({ envelopes: 0, mailboxes: 0 });
    expect([afterwards, failures]).toEqual([[], []]);
  });
});

describe('the file', () => {
  it('is refused where something else lies at its place', () => {
    expect(() => openLmdbDisk('/dev/null/not-a-directory')).toThrowError(
      expect.objectContaining({ code: 'bad-store' }),
    );
  });
});
