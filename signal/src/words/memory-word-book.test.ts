import { beforeEach, describe, expect, it } from 'vitest';
import { SPOKEN_WORDS } from '../../protocol/index.ts';
import { LIMITS } from '../limits.ts';
import type { MailboxName } from '../mailbox-name.ts';
import { MemoryWordBook } from './memory-word-book.ts';

const box = (n: number) => `mailbox ${n}` as MailboxName;
const MINUTE = 60_000;

let now = 0;
let book: MemoryWordBook;

beforeEach(() => {
  now = 1_800_000_000_000;
  book = new MemoryWordBook(LIMITS, () => now);
});

async function lend(n: number, holder = `holder ${n}`, wish?: number) {
  const lent = await book.lend(box(n), holder, wish);
  if (lent === 'no-word') throw new Error('no word');
  return lent;
}

describe('the word book', () => {
  it('lends a word for ten minutes, the same to the same mailbox', async () => {
    const { word, seconds } = await lend(1);
    expect(seconds).toBe(600);
    expect(await book.find(word)).toBe(box(1));
    now += 4 * MINUTE;
    expect(await lend(1)).toEqual({ word, seconds: 360 });
    now += 6 * MINUTE - 1;
    expect(await book.find(word)).toBe(box(1));
    now += 1;
    expect(await book.find(word)).toBeUndefined();
    expect((await lend(1)).seconds).toBe(600);
  });

  it('grants a wish where it is free, and another word where it is not', async () => {
    expect((await lend(1, 'a', 77)).word).toBe(77);
    expect((await lend(2, 'b', 77)).word).not.toBe(77);
    await book.giveBack(box(1));
    expect(await book.find(77)).toBeUndefined();
    expect((await lend(3, 'c', 77)).word).toBe(77);
    // A mailbox that has a word keeps it, whatever it wishes for now.
    expect((await lend(3, 'c', 78)).word).toBe(77);
  });

  it('lends one address so many at a time', async () => {
    for (let n = 0; n < LIMITS.wordsPerAddress; n++) await lend(n, 'one');
    expect(await book.lend(box(99), 'one', undefined)).toBe('no-word');
    await lend(99, 'two');
    await book.giveBack(box(0));
    await lend(98, 'one');
    now += 11 * MINUTE;
    for (let n = 0; n < LIMITS.wordsPerAddress; n++) await lend(200 + n, 'one');
  });

  it('lends every word once and then none', async () => {
    const words = new Set<number>();
    for (let n = 0; n < SPOKEN_WORDS; n++) words.add((await lend(n)).word);
    expect(words.size).toBe(SPOKEN_WORDS);
    expect(await book.lend(box(-1), 'late', undefined)).toBe('no-word');
    expect(await book.lend(box(-1), 'late', 5)).toBe('no-word');
    await book.giveBack(box(1000));
    await lend(-1);
  });
});
