import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { LIMITS, type Limits } from '../limits.ts';
import { type MailboxName, nameOf } from '../mailbox-name.ts';
import { envelopeIn, type Parcel, parcelFromStore } from '../parcel.ts';
import type { GuestRight, LiveOutcome, Reader, Right, Store } from './store.ts';

/** What a store's test gives to the contract. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Moves the store's clock. Milliseconds. */
  advance(ms: number): void;
  /** Stops the store and opens another one on what it left behind. */
  reopen(): Promise<StoreUnderTest>;
}

export const CONTRACT_RETENTION = 3600;

/** Small enough to reach in a test. */
export const CONTRACT_LIMITS: Limits = {
  ...LIMITS,
  mailboxEnvelopes: 20,
  mailboxBytes: 2000,
  mailboxes: 30,
  accountsInMemory: 4,
};

/** Later than any clock of a test's, or of a Redis's, which has one of its own. Seconds since the epoch. */
const CONTRACT_GUESTS_UNTIL = 4_000_000_000;

const DAY_MS = 24 * 3600 * 1000;

class Recorder implements Reader {
  readonly arrivals: { sequence: number; envelope: string }[] = [];
  readonly lives: string[] = [];
  takenTimes = 0;
  takesLive = true;

  arrived(sequence: number, parcel: Parcel): void {
    this.arrivals.push({ sequence, envelope: textIn(parcel) });
  }

  live(frame: Uint8Array): boolean {
    this.lives.push(Buffer.from(frame).toString());
    return this.takesLive;
  }

  taken(): void {
    this.takenTimes++;
  }
}

function textIn(parcel: Parcel): string {
  return Buffer.from(envelopeIn(parcel)).toString();
}

/** Hands a live frame over and waits for what becomes of it. */
export function passLive(store: Store, mailbox: MailboxName, frame: Uint8Array): Promise<LiveOutcome> {
  return new Promise((resolve) => {
    const sender = { liveOutcome: (_: number, outcome: LiveOutcome) => resolve(outcome) };
    const outcome = store.live(mailbox, frame, sender, 1);
    if (outcome !== 'later') resolve(outcome);
  });
}

/** Every store passes this. */
export function storeContract(name: string, create: () => Promise<StoreUnderTest>): void {
  const newMailbox = () => {
    const id = randomBytes(32);
    const mailbox = nameOf(id);
    return { mailbox, parcel: (text: string) => parcelFromStore(id, Buffer.from(text)) };
  };

  /** What a pass for so many mailboxes gives, for each of them. */
  const newGuest = (mailboxes: number) => {
    const pass = randomBytes(16);
    const uses = new Map<MailboxName, Uint8Array>();
    return (mailbox: MailboxName): GuestRight => {
      const use = uses.get(mailbox) ?? randomBytes(16);
      uses.set(mailbox, use);
      return { pass, use, mailboxes, until: CONTRACT_GUESTS_UNTIL };
    };
  };

  async function readAll(store: Store, mailbox: MailboxName): Promise<string[]> {
    const opening = await store.open(mailbox, new Recorder());
    const { parcels } = await opening.read(0, 1000, 1_000_000);
    opening.close();
    return parcels.map(({ parcel }) => textIn(parcel));
  }

  describe(`${name} keeps the contract of stores`, () => {
    it('stores for a mailbox that was opened, in order, and for no other', async () => {
      const { store } = await create();
      const { mailbox, parcel } = newMailbox();
      expect(await store.put(mailbox, parcel('early'))).toBe('mailbox-unknown');
      const opening = await store.open(mailbox, new Recorder());
      expect(opening.waiting).toBe(0);
      opening.close();
      const outcomes = await Promise.all(['a', 'b', 'c'].map((text) => store.put(mailbox, parcel(text))));
      expect(outcomes).toEqual(['stored', 'stored', 'stored']);
      expect(await store.put(newMailbox().mailbox, parcel('other'))).toBe('mailbox-unknown');
      expect(await readAll(store, mailbox)).toEqual(['a', 'b', 'c']);
      expect(await readAll(store, mailbox)).toEqual(['a', 'b', 'c']);
      await store.stop();
    });

    it('opens what is registered whatever the right, and by none registers nothing', async () => {
      const { store, advance } = await create();
      const { mailbox, parcel } = newMailbox();
      const byNone = () => store.open(mailbox, new Recorder(), 'nobody');
      for (const _ of [1, 2]) await expect(byNone()).rejects.toMatchObject({ code: 'pass-needed' });
      expect(await store.put(mailbox, parcel('early'))).toBe('mailbox-unknown');
      (await store.open(mailbox, new Recorder())).close();
      expect(await store.put(mailbox, parcel('a'))).toBe('stored');
      const opening = await byNone();
      expect(opening.waiting).toBe(1);
      opening.close();
      advance((CONTRACT_LIMITS.lapseDays + 1) * DAY_MS);
      await store.sweep();
      await expect(byNone()).rejects.toMatchObject({ code: 'pass-needed' });
      await store.stop();
    });

    it('registers as many mailboxes as a guest has, each counted once, and takes none for what is refused', async () => {
      const { store } = await create();
      const [one, other] = [newGuest(2), newGuest(1)];
      const [a, b, known, late] = [newMailbox(), newMailbox(), newMailbox(), newMailbox()];
      const open = (mailbox: MailboxName, guest: typeof one) =>
        store.open(mailbox, new Recorder(), guest(mailbox));
      (await store.open(known.mailbox, new Recorder())).close();
      for (const { mailbox } of [a, a, known, b]) await open(mailbox, one);
      await expect(open(late.mailbox, one)).rejects.toMatchObject({ code: 'pass-needed' });
      expect(await store.put(late.mailbox, late.parcel('x'))).toBe('mailbox-unknown');
      await open(late.mailbox, other);
      expect(await store.put(late.mailbox, late.parcel('x'))).toBe('stored');
      for (const { mailbox } of [a, b]) expect((await open(mailbox, one)).waiting).toBe(0);
      await store.stop();
    });

    it('lets no guest open more by opening all at once', async () => {
      const { store } = await create();
      const right = newGuest(3);
      const boxes = Array.from({ length: 10 }, () => newMailbox().mailbox);
      const openings = boxes.map((mailbox) => store.open(mailbox, new Recorder(), right(mailbox)));
      const outcomes = await Promise.allSettled(openings);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
      await store.stop();
    });

    it('knows after a restart what is left of a guest', async () => {
      const before = await create();
      const right = newGuest(2);
      const [a, b, c] = Array.from({ length: 3 }, () => newMailbox().mailbox);
      (await before.store.open(a!, new Recorder(), right(a!))).close();
      const { store } = await before.reopen();
      (await store.open(b!, new Recorder(), right(b!))).close();
      await expect(store.open(c!, new Recorder(), right(c!))).rejects.toMatchObject({ code: 'pass-needed' });
      expect((await store.open(a!, new Recorder(), right(a!))).waiting).toBe(0);
      await store.stop();
    });

    it('tells a guest who has something left that it is full, and takes nothing for it', async () => {
      const { store, advance } = await create();
      const [right, spent] = [newGuest(1), newGuest(1)];
      const [mine, another] = [newMailbox().mailbox, newMailbox().mailbox];
      const first = newMailbox().mailbox;
      (await store.open(first, new Recorder(), spent(first))).close();
      for (let n = 1; n < CONTRACT_LIMITS.mailboxes; n++) {
        (await store.open(newMailbox().mailbox, new Recorder())).close();
      }
      const open = (mailbox: MailboxName, by: Right) => store.open(mailbox, new Recorder(), by);
      await expect(open(mine, right(mine))).rejects.toMatchObject({ code: 'store-busy' });
      await expect(open(mine, spent(mine))).rejects.toMatchObject({ code: 'pass-needed' });
      await expect(open(mine, 'nobody')).rejects.toMatchObject({ code: 'pass-needed' });
      advance((CONTRACT_LIMITS.lapseDays + 1) * DAY_MS);
      await store.sweep();
      expect((await open(another, right(another))).waiting).toBe(0);
      await store.stop();
    });

    it('tells the reader of arrivals at once, in order, with rising sequences', async () => {
      const { store } = await create();
      const { mailbox, parcel } = newMailbox();
      const reader = new Recorder();
      await store.open(mailbox, reader);
      const outcomes = ['a', 'b', 'c'].map((text) => store.put(mailbox, parcel(text)));
      expect(await Promise.all(outcomes)).toEqual(['stored', 'stored', 'stored']);
      expect(reader.arrivals.map(({ envelope }) => envelope)).toEqual(['a', 'b', 'c']);
      const sequences = reader.arrivals.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
      await store.stop();
    });

    it('shows what is being stored to whoever reads meanwhile', async () => {
      const { store } = await create();
      const { mailbox, parcel } = newMailbox();
      const opening = await store.open(mailbox, new Recorder());
      await store.put(mailbox, parcel('durable'));
      const storing = store.put(mailbox, parcel('on its way'));
      const { parcels, more } = await opening.read(0, 10, 1000);
      expect(parcels.map((one) => textIn(one.parcel))).toEqual(['durable', 'on its way']);
      expect(more).toBe(false);
      expect(await storing).toBe('stored');
      await store.stop();
    });

    it('reads from a sequence on, as much as fits', async () => {
      const { store } = await create();
      const { mailbox, parcel } = newMailbox();
      const opening = await store.open(mailbox, new Recorder());
      for (const text of ['1111', '2222', '3333', '4444']) await store.put(mailbox, parcel(text));
      const two = await opening.read(0, 2, 1000);
      expect(two.parcels.map((one) => textIn(one.parcel))).toEqual(['1111', '2222']);
      expect(two.more).toBe(true);
      const byBytes = await opening.read(two.parcels[1]!.sequence, 10, 7);
      expect(byBytes.parcels.map((one) => textIn(one.parcel))).toEqual(['3333']);
      expect(byBytes.more).toBe(true);
      const rest = await opening.read(byBytes.parcels[0]!.sequence, 10, 1000);
      expect(rest.parcels.map((one) => textIn(one.parcel))).toEqual(['4444']);
      expect(rest.more).toBe(false);
      await store.stop();
    });

    it('removes up to a sequence, also what is only being stored', async () => {
      const { store } = await create();
      const { mailbox, parcel } = newMailbox();
      const reader = new Recorder();
      const opening = await store.open(mailbox, reader);
      await store.put(mailbox, parcel('a'));
      const storing = [store.put(mailbox, parcel('b')), store.put(mailbox, parcel('c'))];
      // At once where the store is in this process, otherwise before it says `stored`.
      await vi.waitFor(() => expect(reader.arrivals.length).toBeGreaterThan(1), { interval: 1 });
      expect(await opening.remove(reader.arrivals[1]!.sequence)).toBe('removed');
      await Promise.all(storing);
      expect(await opening.remove(reader.arrivals[1]!.sequence)).toBe('removed');
      const { parcels } = await opening.read(0, 10, 1000);
      expect(parcels.map((one) => textIn(one.parcel))).toEqual(['c']);
      expect(await readAll(store, mailbox)).toEqual(['c']);
      await store.stop();
    });

    it('lets a second reader take over and says so to the first, who can do nothing any more', async () => {
      const { store } = await create();
      const { mailbox, parcel } = newMailbox();
      const first = new Recorder();
      const second = new Recorder();
      const old = await store.open(mailbox, first);
      await store.put(mailbox, parcel('a'));
      const opening = await store.open(mailbox, second);
      expect(opening.waiting).toBe(1);
      expect(first.takenTimes).toBe(1);
      expect(await old.remove(Number.MAX_SAFE_INTEGER - 1)).toBe('not-open');
      expect((await old.read(0, 10, 1000)).parcels).toEqual([]);
      old.close();
      await store.put(mailbox, parcel('b'));
      expect(first.arrivals).toHaveLength(1);
      expect(second.arrivals.map(({ envelope }) => envelope)).toEqual(['b']);
      expect(second.takenTimes).toBe(0);
      expect((await opening.read(0, 10, 1000)).parcels).toHaveLength(2);
      await store.stop();
    });

    it('hands live envelopes to the reader, or says that there is nobody', async () => {
      const { store } = await create();
      const { mailbox } = newMailbox();
      expect(await passLive(store, mailbox, Buffer.from('hello'))).toBe('nobody');
      const reader = new Recorder();
      const opening = await store.open(mailbox, reader);
      expect(await passLive(store, mailbox, Buffer.from('hello'))).toBe('passed');
      expect(reader.lives).toEqual(['hello']);
      reader.takesLive = false;
      expect(await passLive(store, mailbox, Buffer.from('too much'))).toBe('nobody');
      opening.close();
      expect(await passLive(store, mailbox, Buffer.from('bye'))).toBe('nobody');
      expect((await store.open(mailbox, reader)).waiting).toBe(0);
      await store.stop();
    });

    it('refuses the newest where a mailbox is full, by count and by bytes, until something is taken out', async () => {
      const { store } = await create();
      const many = newMailbox();
      const reader = new Recorder();
      const opening = await store.open(many.mailbox, reader);
      for (let n = 0; n < CONTRACT_LIMITS.mailboxEnvelopes; n++) {
        expect(await store.put(many.mailbox, many.parcel('x'))).toBe('stored');
      }
      expect(await store.put(many.mailbox, many.parcel('x'))).toBe('mailbox-full');
      await opening.remove(reader.arrivals[0]!.sequence);
      expect(await store.put(many.mailbox, many.parcel('x'))).toBe('stored');

      const big = newMailbox();
      const heard = new Recorder();
      const full = await store.open(big.mailbox, heard);
      expect(await store.put(big.mailbox, big.parcel('y'.repeat(1500)))).toBe('stored');
      expect(await store.put(big.mailbox, big.parcel('y'.repeat(501)))).toBe('mailbox-full');
      expect(await store.put(big.mailbox, big.parcel('y'.repeat(500)))).toBe('stored');
      await full.remove(heard.arrivals[0]!.sequence);
      expect(await store.put(big.mailbox, big.parcel('y'.repeat(1501)))).toBe('mailbox-full');
      expect(await store.put(big.mailbox, big.parcel('y'.repeat(1500)))).toBe('stored');
      await store.stop();
    });

    it('refuses more mailboxes than it may have, and still opens those that it has', async () => {
      const { store } = await create();
      const known = newMailbox().mailbox;
      await store.open(known, new Recorder());
      for (let n = 1; n < CONTRACT_LIMITS.mailboxes; n++) {
        (await store.open(newMailbox().mailbox, new Recorder())).close();
      }
      await expect(store.open(newMailbox().mailbox, new Recorder())).rejects.toMatchObject({
        code: 'store-busy',
      });
      expect((await store.open(known, new Recorder())).waiting).toBe(0);
      await store.stop();
    });

    it('keeps counts and contents of more mailboxes than it has memory for', async () => {
      const { store } = await create();
      const boxes = Array.from({ length: 12 }, newMailbox);
      for (const { mailbox } of boxes) (await store.open(mailbox, new Recorder())).close();
      for (let round = 0; round < 3; round++) {
        for (const { mailbox, parcel } of boxes) await store.put(mailbox, parcel(`round ${round}`));
      }
      for (const { mailbox } of boxes) {
        expect(await readAll(store, mailbox)).toEqual(['round 0', 'round 1', 'round 2']);
      }
      await store.stop();
    });

    it('sweeps what is past its time and nothing younger', async () => {
      const { store, advance } = await create();
      const { mailbox, parcel } = newMailbox();
      (await store.open(mailbox, new Recorder())).close();
      await store.put(mailbox, parcel('old'));
      await store.put(mailbox, parcel('old too'));
      advance((CONTRACT_RETENTION * 1000) / 2);
      await store.put(mailbox, parcel('young'));
      expect(await store.sweep()).toEqual({ envelopes: 0, mailboxes: 0 });
      advance((CONTRACT_RETENTION * 1000) / 2 + 1000);
      expect(await store.sweep()).toEqual({ envelopes: 2, mailboxes: 0 });
      expect(await readAll(store, mailbox)).toEqual(['young']);
      await store.stop();
    });

    it('has room again where a sweep has made it', async () => {
      const { store, advance } = await create();
      const { mailbox, parcel } = newMailbox();
      (await store.open(mailbox, new Recorder())).close();
      expect(await store.put(mailbox, parcel('y'.repeat(1500)))).toBe('stored');
      advance(CONTRACT_RETENTION * 1000 + 1000);
      expect(await store.put(mailbox, parcel('y'.repeat(500)))).toBe('stored');
      expect(await store.put(mailbox, parcel('y'.repeat(1500)))).toBe('mailbox-full');
      expect(await store.sweep()).toEqual({ envelopes: 1, mailboxes: 0 });
      expect(await store.put(mailbox, parcel('y'.repeat(1501)))).toBe('mailbox-full');
      expect(await store.put(mailbox, parcel('y'.repeat(1500)))).toBe('stored');
      await store.stop();
    });

    it('forgets a mailbox that nobody read for long, but never one that is open', async () => {
      const { store, advance } = await create();
      const left = newMailbox();
      const held = newMailbox();
      (await store.open(left.mailbox, new Recorder())).close();
      await store.open(held.mailbox, new Recorder());
      advance((CONTRACT_LIMITS.lapseDays + 1) * DAY_MS);
      expect(await store.sweep()).toMatchObject({ mailboxes: 1 });
      expect(await store.put(left.mailbox, left.parcel('late'))).toBe('mailbox-unknown');
      expect(await store.put(held.mailbox, held.parcel('fine'))).toBe('stored');
      expect((await store.open(left.mailbox, new Recorder())).waiting).toBe(0);
      expect(await store.put(left.mailbox, left.parcel('again'))).toBe('stored');
      await store.stop();
    });

    it('has everything after a restart: mailboxes, envelopes, order, removals', async () => {
      const before = await create();
      const { mailbox, parcel } = newMailbox();
      const reader = new Recorder();
      const opening = await before.store.open(mailbox, reader);
      for (const text of ['a', 'b', 'c']) await before.store.put(mailbox, parcel(text));
      await opening.remove(reader.arrivals[0]!.sequence);
      const { store } = await before.reopen();
      expect(await store.put(mailbox, parcel('d'))).toBe('stored');
      expect(await readAll(store, mailbox)).toEqual(['b', 'c', 'd']);
      await store.stop();
    });

    it('ends a sweep when it is stopped, and fails at nothing', async () => {
      const { store, advance } = await create();
      for (let n = 0; n < CONTRACT_LIMITS.mailboxes; n++) {
        (await store.open(newMailbox().mailbox, new Recorder())).close();
      }
      advance((CONTRACT_LIMITS.lapseDays + 1) * DAY_MS);
      const sweeping = store.sweep();
      await Promise.all([expect(sweeping).resolves.toBeDefined(), store.stop()]);
    });

    it('takes nothing after it was stopped', async () => {
      const { store } = await create();
      const { mailbox, parcel } = newMailbox();
      await store.open(mailbox, new Recorder());
      expect(store.ready).toBe(true);
      const last = store.put(mailbox, parcel('last'));
      const stopped = store.stop();
      expect(store.ready).toBe(false);
      expect(await store.put(mailbox, parcel('late'))).toBe('server-busy');
      await expect(store.open(mailbox, new Recorder())).rejects.toMatchObject({ code: 'store-busy' });
      expect(await last).toBe('stored');
      await stopped;
    });
  });
}
