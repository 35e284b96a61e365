import { beforeEach, describe, expect, it } from 'vitest';
import { makePair } from '../testing/pair.ts';
import { Changes } from './changes.ts';

let changes: Changes;
let clock: Awaited<ReturnType<typeof makePair>>['clock'];
let id: string;

beforeEach(async () => {
  const { bob, clock: hand } = await makePair();
  clock = hand;
  id = bob.id;
  changes = new Changes({ contacts: bob.contacts, clock });
});

const note = (...messages: readonly number[]) =>
  changes.note(new Map(messages.map((n) => [`${id}/0001/${n}`, undefined])));
const since = (revision: number) => changes.since(revision)?.map(({ messageId }) => Number(messageId));

describe('changes', () => {
  it('are those behind a revision, each message once, the latest at the end', () => {
    const before = changes.revision;
    note(1, 2);
    const between = changes.revision;
    note(1);
    expect(since(before)).toEqual([2, 1]);
    expect(since(between)).toEqual([1]);
    expect(since(changes.revision)).toEqual([]);
  });

  it('are bounded, and not known beyond that', () => {
    const before = changes.revision;
    note(...Array.from({ length: 512 }, (_, n) => n));
    expect(since(before)).toHaveLength(512);
    note(512);
    expect(since(before)).toBeUndefined();
    expect(since(before + 1)).toHaveLength(512);
  });

  it('are not known behind a revision that another engine gave', () => {
    expect(since(changes.revision + 1)).toBeUndefined();
    expect(since(changes.revision - 1)).toBeUndefined();
    expect(since(0)).toBeUndefined();
  });
});
