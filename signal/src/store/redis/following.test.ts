import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nameOf } from '../../mailbox-name.ts';
import { envelopeIn, parcelFromStore } from '../../parcel.ts';
import { Following, type FollowingStore } from './following.ts';

/** A reader under epoch 100 who has been told of everything up to sequence 10. */
function following() {
  const id = randomBytes(32);
  const told: string[] = [];
  let taken = 0;
  const asked: string[] = [];
  const store: FollowingStore = {
    read: async (_, after) => {
      asked.push(`read after ${after}`);
      return { parcels: [{ sequence: after + 1, parcel: parcel('missed') }], more: false };
    },
    over: () => asked.push('over'),
    forgotten: () => asked.push('forgotten'),
  };
  const parcel = (words: string) => parcelFromStore(id, Buffer.from(words));
  const reader = {
    arrived: (sequence: number, what: ReturnType<typeof parcel>) =>
      void told.push(`${sequence} ${Buffer.from(envelopeIn(what)).toString()}`),
    live: () => true,
    taken: () => {
      taken++;
    },
  };
  const one = new Following(nameOf(id), reader, store);
  one.begin(100, 10);
  return { one, told, asked, parcel, taken: () => taken };
}

describe('a notice', () => {
  it('of what follows the last one is handed on, once', () => {
    const { one, told, asked, parcel } = following();
    one.notice(11, 10, 100, parcel('next'));
    one.notice(11, 10, 100, parcel('next'));
    expect(told).toEqual(['11 next']);
    expect(asked).toEqual([]);
  });

  it('that leaves something out has the mailbox read instead', async () => {
    const { one, told, asked, parcel } = following();
    one.notice(12, 11, 100, parcel('after a gap'));
    expect(asked).toEqual(['read after 10']);
    await expect.poll(() => told).toEqual(['11 missed']);
  });

  it('for an earlier reader is nothing to this one', () => {
    const { one, told, asked, parcel, taken } = following();
    one.notice(11, 10, 99, parcel('old'));
    expect([told, asked, taken()]).toEqual([[], [], 0]);
  });

  it('for a later reader says that this one is over', () => {
    const { one, told, asked, parcel, taken } = following();
    one.notice(11, 10, 101, parcel('theirs'));
    expect([told, asked, taken(), one.over]).toEqual([[], ['over'], 1, true]);
  });
});
