import { expect, it } from 'vitest';
import { READ_WINDOW_BYTES } from '../protocol/index.ts';
import { nameOf } from './mailbox-name.ts';
import { envelopeIn, parcelFromStore } from './parcel.ts';
import { Reading } from './reading.ts';
import type { ReadResult } from './store/store.ts';

it('goes on when all was acknowledged while a read was under way that found no room', async () => {
  const id = new Uint8Array(32);
  // One fits into the window, and the next does not.
  const large = parcelFromStore(id, Buffer.alloc(READ_WINDOW_BYTES - 100));
  const stored = [large, parcelFromStore(id, Buffer.alloc(1000))].map((parcel, at) => ({
    sequence: at + 1,
    parcel,
  }));
  const reads: (() => void)[] = [];
  const delivered: number[] = [];
  const line = {
    choked: false,
    deliver: () => void delivered.push(delivered.length + 1),
    passLive: () => true,
    waitFor: () => {},
    taken: () => {},
  };
  const reading = new Reading(line, nameOf(id));
  reading.begin({
    waiting: 2,
    read: (after, _most, mostBytes) => {
      const next = stored.find(({ sequence }) => sequence > after);
      const fits = next !== undefined && envelopeIn(next.parcel).length <= mostBytes;
      const found: ReadResult = { parcels: fits ? [next] : [], more: next !== undefined };
      return new Promise((resolve) => reads.push(() => resolve(found)));
    },
    remove: async () => 'removed',
    close: () => {},
  });
  const answer = async () => {
    reads.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  await answer();
  expect(delivered).toEqual([1]);
  expect(reads).toHaveLength(1);
  await reading.acknowledge(1);
  await answer();
  await answer();
  expect(delivered).toEqual([1, 2]);
});

it('says that an acknowledged envelope is gone only when the store has removed it, however often it is asked', async () => {
  const id = new Uint8Array(32);
  const parcels = [1, 2].map((sequence) => ({ sequence, parcel: parcelFromStore(id, Buffer.alloc(10)) }));
  const reading = new Reading(
    { choked: false, deliver: () => {}, passLive: () => true, waitFor: () => {}, taken: () => {} },
    nameOf(id),
  );
  const removals: { upTo: number; end(failed?: Error): void }[] = [];
  reading.begin({
    waiting: 2,
    read: async () => ({ parcels, more: false }),
    remove: (upTo) =>
      new Promise((resolve, reject) =>
        removals.push({ upTo, end: (failed) => (failed ? reject(failed) : resolve('removed')) }),
      ),
    close: () => {},
  });
  await new Promise((resolve) => setImmediate(resolve));
  const away = new Error('the store is away');
  const [first, again] = [reading.acknowledge(2), reading.acknowledge(2)];
  removals[0]?.end(away);
  await expect(first).rejects.toBe(away);
  await expect(again).rejects.toBe(away);
  const later = reading.acknowledge(2);
  expect(removals.map(({ upTo }) => upTo)).toEqual([2, 2]);
  removals[1]?.end();
  expect(await later).toBe(2);
  // Gone: there is nothing more to ask for.
  expect(await reading.acknowledge(1)).toBe(0);
  expect(removals).toHaveLength(2);
});
