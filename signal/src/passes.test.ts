import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guestRight, mintGuestPass, readGuestPass } from './guest-pass.ts';
import { LIMITS } from './limits.ts';
import { PassList, readPasses, readPassFile } from './pass-list.ts';
import { Passes } from './passes.ts';

/** What clocks and full books do to passes; what a client sees of them is in e2e/passes.test.ts. */
const [ONE, TWO] = ['pass-number-one-of-two', 'pass-number-two-of-two'];
const encoder = new TextEncoder();

describe('a guest pass', () => {
  const pass = mintGuestPass(TWO, { expiry: 1000, mailboxes: 2 });

  it('is read by whoever has the pass that it was made with, until its time is over', () => {
    expect(readGuestPass(pass, [ONE, TWO], 999)).toMatchObject({ expiry: 1000, mailboxes: 2 });
    expect(readGuestPass(pass, [ONE], 999)).toBeUndefined();
    expect(readGuestPass(pass, [ONE, TWO], 1000)).toBeUndefined();
  });

  it('is good for as long as limits.ts says, and no longer', () => {
    let now = 1_800_000_000_000;
    const passes = new Passes({ list: () => [ONE], limits: LIMITS, now: () => now });
    const minted = passes.mint(encoder.encode(ONE));
    now += LIMITS.guestDays * 24 * 3600 * 1000 - 1000;
    const box = new Uint8Array(32);
    expect(passes.rightTo(box, minted)).toMatchObject({ mailboxes: LIMITS.guestMailboxes });
    now += 1000;
    expect(passes.rightTo(box, minted)).toBe('nobody');
  });

  it('is named in a store so that neither it nor a mailbox can be told from the names', () => {
    const terms = { expiry: 1000, mailboxes: 2 };
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const [toA, again, toB] = [a, a, b].map((mailbox) => guestRight(pass, terms, mailbox));
    expect(again).toEqual(toA);
    expect(toB?.pass).toEqual(toA?.pass);
    expect(toB?.use).not.toEqual(toA?.use);
    const other = guestRight(mintGuestPass(TWO, terms), terms, a);
    expect(other.pass).not.toEqual(toA?.pass);
    expect(other.use).not.toEqual(toA?.use);
    for (const name of [toA?.pass, toA?.use]) {
      expect(name).toHaveLength(16);
      expect(Buffer.from(pass).includes(Buffer.from(name!))).toBe(false);
    }
  });
});

describe('a list of passes', () => {
  it('is separated by lines or commas, with remarks', () => {
    expect(readPasses(`# both\n${ONE} # the first\n\n ${TWO} ,${ONE}`)).toEqual({
      passes: [ONE, TWO],
      mistakes: [],
    });
  });

  it('is not read where it is a file of another kind', () => {
    const directory = mkdtempSync(join(tmpdir(), 'aside-passes-'));
    const file = join(directory, 'passes');
    writeFileSync(file, `${ONE} # ${'x'.repeat(64 * 1024)}`);
    expect(readPassFile(file)).toEqual({ passes: [], mistakes: ['the file has more than 64 KiB'] });
    rmSync(directory, { recursive: true });
  });

  it('is looked at again a while after its file changed, without anybody saying so', () => {
    const directory = mkdtempSync(join(tmpdir(), 'aside-pass-list-'));
    const file = join(directory, 'passes');
    let now = 0;
    const notes: (readonly string[])[] = [];
    writeFileSync(file, ONE);
    const list = new PassList(
      { file, list: [ONE] },
      () => now,
      (mistakes) => notes.push(mistakes),
    );
    writeFileSync(file, `${ONE}\n${TWO}`);
    expect(list.current()).toEqual([ONE]);
    now += 10_000;
    expect(list.current()).toEqual([ONE, TWO]);
    rmSync(directory, { recursive: true });
    now += 10_000;
    expect(list.current()).toEqual([ONE, TWO]);
    now += 10_000;
    expect(list.current()).toEqual([ONE, TWO]);
    expect(notes).toEqual([[], ['the file cannot be read']]);
  });
});
