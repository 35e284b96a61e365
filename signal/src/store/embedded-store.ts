import { writeU32 } from '../../protocol/bytes.ts';
import { SignalError } from '../error.ts';
import type { Limits } from '../limits.ts';
import { idOf, type MailboxName } from '../mailbox-name.ts';
import { envelopeIn, type Parcel, parcelFromStore } from '../parcel.ts';
import { Account, eachKey } from './account.ts';
import type { Disk } from './disk.ts';
import { GroupCommit } from './group-commit.ts';
import { GuestUses } from './guest-uses.ts';
import { envelopeKey, lengthIn, sequenceAt, sequenceIn } from './keys.ts';
import type {
  LiveOutcome,
  Opening,
  PutRefusal,
  Reader,
  ReadResult,
  RemoveOutcome,
  Right,
  Store,
  Swept,
} from './store.ts';
import { sweepMailboxes } from './sweep.ts';

export interface EmbeddedOptions {
  readonly disk: Disk;
  readonly limits: Limits;
  /** How long an envelope is kept. Seconds. */
  readonly retention: number;
  /** Bytes of disk after which nothing more is stored. */
  readonly mostBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of every failed commit, for the log. */
  readonly failed?: (cause: unknown) => void;
}

/** How often the size of the file is looked at. Milliseconds. */
const SIZE_EVERY_MS = 1000;

/** What an envelope takes of the disk beside its own bytes, at worst: the pages of the tree that lead to it are written anew. */
const COST_BYTES = 16 * 1024;

const MINUTE_MS = 60_000;

/** Accounts that one new one may push out: more than one, so that memory comes back after a peak. */
const ACCOUNTS_LOOKED_AT = 8;

/**
 * One process, one disk. Everything but the waiting for the disk happens at once, in one turn of the event loop, so
 * that nothing here can interleave.
 */
export class EmbeddedStore implements Store {
  readonly #options: EmbeddedOptions;
  readonly #disk: Disk;
  readonly #commit: GroupCommit;
  readonly #guests: GuestUses;
  readonly #accounts = new Map<MailboxName, Account>();
  #mailboxes: number;
  /** Bytes that were free at the last look, and those given out since or not yet on the disk then. */
  #room = 0;
  #givenOut = 0;
  #underWay = 0;
  /** Bytes of parcels that wait for the disk, each in memory until then. */
  #unstoredBytes = 0;
  #sizedAt = Number.NEGATIVE_INFINITY;
  /** The commit before which it was looked whether there is room for mailboxes, and what was seen. */
  #lookedFor = 0;
  #roomForMailboxes = false;
  #stopped = false;
  readonly #holder: Holder = {
    reads: (mailbox, reader) => this.#accounts.get(mailbox)?.reader === reader,
    read: (mailbox, after, most, mostBytes) => this.#read(mailbox, after, most, mostBytes),
    remove: async (mailbox, upTo) => {
      this.#requireRunning();
      this.#removeUpTo(mailbox, upTo);
      if (!(await this.#commit.whenDurable())) throw new SignalError('store-busy', 'not removed');
    },
    letGo: (mailbox, reader) => this.#letGo(mailbox, reader),
  };

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#disk = options.disk;
    this.#mailboxes = options.disk.mailboxes.count();
    this.#commit = new GroupCommit(
      () => this.#disk.flush(),
      () => this.#recount(),
      options.failed,
    );
    this.#guests = new GuestUses(this.#disk.guests, () => this.#commit.whenDurable());
  }

  get registered(): number {
    return this.#mailboxes;
  }

  get ready(): boolean {
    return !this.#stopped && !this.#commit.failing;
  }

  async open(mailbox: MailboxName, reader: Reader, right: Right = 'everybody'): Promise<Opening> {
    this.#requireRunning();
    const isNew = right !== 'everybody' && this.#accountIfRegistered(mailbox) === undefined;
    if (isNew && (right === 'nobody' || !this.#guests.mayTake(right))) {
      throw new SignalError('pass-needed', 'nothing is left of the right to a new mailbox');
    }
    const account = this.#account(mailbox);
    if (!account.registered) {
      if (this.#mailboxes >= this.#options.limits.mailboxes || !this.#hasRoomForMailboxes()) {
        throw new SignalError('store-busy', 'as many mailboxes as there is room for');
      }
      // In one commit with the registration, so that the one is never without the other.
      if (typeof right === 'object') this.#guests.take(right);
      account.registered = true;
      this.#mailboxes++;
    }
    const before = account.reader;
    account.reader = reader;
    before?.taken();
    // Written every time, known or not: it is the date of the last reading, and costs both the same time.
    this.#touch(mailbox);
    const waiting = account.count;
    const stored = await this.#commit.whenDurable(account);
    if (!stored) {
      this.#letGo(mailbox, reader);
      throw new SignalError('store-busy', 'the registration could not be stored');
    }
    return new EmbeddedOpening(this.#holder, mailbox, reader, waiting);
  }

  put(mailbox: MailboxName, parcel: Parcel): PutRefusal | Promise<'stored' | 'server-busy'> {
    if (this.#stopped || this.#commit.failing) return 'server-busy';
    const account = this.#accountIfRegistered(mailbox);
    if (account === undefined) return 'mailbox-unknown';
    const envelope = envelopeIn(parcel);
    const cost = envelope.length + COST_BYTES;
    const { mailboxEnvelopes, mailboxBytes, unstoredTotalBytes } = this.#options.limits;
    const heldBytes = this.#unstoredBytes + parcel.length;
    if (heldBytes > unstoredTotalBytes || !this.#hasRoomFor(cost)) return 'server-busy';
    if (account.count >= mailboxEnvelopes || account.bytes + envelope.length > mailboxBytes) {
      return 'mailbox-full';
    }
    const sequence = Math.max(account.last + 1, sequenceAt(this.#options.now()));
    this.#disk.envelopes.put(envelopeKey(idOf(mailbox), sequence, envelope.length), envelope);
    account.last = sequence;
    account.count++;
    account.bytes += envelope.length;
    account.store({ sequence, parcel, commit: this.#commit.number });
    this.#givenOut += cost;
    this.#underWay += cost;
    this.#unstoredBytes = heldBytes;
    const outcome = this.#commit.whenDurable(account).then((stored) => {
      this.#underWay -= cost;
      this.#unstoredBytes -= parcel.length;
      return stored ? 'stored' : 'server-busy';
    });
    account.reader?.arrived(sequence, parcel);
    return outcome;
  }

  live(mailbox: MailboxName, frame: Uint8Array): LiveOutcome {
    return this.#accounts.get(mailbox)?.reader?.live(frame) === true ? 'passed' : 'nobody';
  }

  async sweep(): Promise<Swept> {
    const now = this.#options.now();
    await this.#guests.sweep(Math.floor(now / 1000), () => this.#breathe());
    // Stopped meanwhile: the disk is closed, or about to be.
    if (this.#stopped) return { envelopes: 0, mailboxes: 0 };
    return sweepMailboxes({
      disk: this.#disk,
      envelopesBefore: sequenceAt(now - this.#options.retention * 1000),
      unreadSince: Math.floor(now / MINUTE_MS) - this.#options.limits.lapseDays * 24 * 60,
      hasReader: (mailbox) => this.#accounts.get(mailbox)?.reader !== undefined,
      touch: (mailbox) => this.#touch(mailbox),
      remove: (mailbox, before) => this.#removeUpTo(mailbox, before - 1),
      forget: (mailbox) => this.#forget(mailbox),
      breathe: () => this.#breathe(),
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#commit.idle();
    await this.#disk.close();
  }

  #read(mailbox: MailboxName, after: number, most: number, mostBytes: number): ReadResult {
    const account = this.#account(mailbox);
    const id = idOf(mailbox);
    const parcels: { sequence: number; parcel: Parcel }[] = [];
    let last = Math.max(after, account.removedUpTo);
    let bytes = 0;
    const fits = (length: number) => parcels.length < most && bytes + length <= mostBytes;
    for (const key of eachKey(this.#disk.envelopes, id, last + 1)) {
      if (!fits(lengthIn(key))) return { parcels, more: true };
      const envelope = this.#disk.envelopes.get(key);
      if (envelope === undefined) continue;
      last = sequenceIn(key);
      bytes += envelope.length;
      parcels.push({ sequence: last, parcel: parcelFromStore(id, envelope) });
    }
    for (const storing of account.storing) {
      if (storing.sequence <= last) continue;
      const length = envelopeIn(storing.parcel).length;
      if (!fits(length)) return { parcels, more: true };
      bytes += length;
      parcels.push(storing);
    }
    return { parcels, more: false };
  }

  #removeUpTo(mailbox: MailboxName, upTo: number): number {
    const account = this.#account(mailbox);
    const id = idOf(mailbox);
    let last = account.removedUpTo;
    let removed = 0;
    const remove = (key: Uint8Array) => {
      this.#disk.envelopes.remove(key);
      last = sequenceIn(key);
      account.count--;
      account.bytes -= lengthIn(key);
      removed++;
    };
    for (const key of eachKey(this.#disk.envelopes, id, last + 1)) {
      if (sequenceIn(key) > upTo) break;
      remove(key);
    }
    // Acknowledged before it was durable: the removal follows the storing, in this order, on the disk.
    for (const { sequence, parcel } of account.storing) {
      if (sequence > last && sequence <= upTo) remove(envelopeKey(id, sequence, envelopeIn(parcel).length));
    }
    account.removedUpTo = Math.max(last, Math.min(upTo, account.last));
    if (removed > 0) void this.#commit.whenDurable(account);
    return removed;
  }

  /** Lets others go on and waits for the disk; whether to go on afterwards. */
  async #breathe(): Promise<boolean> {
    await this.#commit.whenDurable();
    return !this.#stopped;
  }

  /** Forgets an unread mailbox with all that is in it. */
  #forget(mailbox: MailboxName): number {
    const removed = this.#removeUpTo(mailbox, Number.MAX_SAFE_INTEGER - 1);
    this.#disk.mailboxes.remove(idOf(mailbox));
    const account = this.#account(mailbox);
    account.registered = false;
    void this.#commit.whenDurable(account);
    this.#mailboxes--;
    return removed;
  }

  #touch(mailbox: MailboxName): void {
    const minutes = new Uint8Array(4);
    writeU32(minutes, 0, Math.floor(this.#options.now() / MINUTE_MS));
    this.#disk.mailboxes.put(idOf(mailbox), minutes);
  }

  #letGo(mailbox: MailboxName, reader: Reader): void {
    const account = this.#accounts.get(mailbox);
    if (account?.reader === reader) account.reader = undefined;
  }

  #account(mailbox: MailboxName): Account {
    const known = this.#accounts.get(mailbox);
    if (known !== undefined) return known;
    const id = idOf(mailbox);
    const account = new Account(this.#disk, id);
    // Before the new one is among them: it is about to get a reader, or something to store.
    if (this.#accounts.size >= this.#options.limits.accountsInMemory) this.#forgetOldAccounts();
    this.#accounts.set(mailbox, account);
    return account;
  }

  /** Nothing is remembered of a mailbox that nobody registered: a stranger's guesses take no memory. */
  #accountIfRegistered(mailbox: MailboxName): Account | undefined {
    const known = this.#accounts.get(mailbox);
    if (known !== undefined) return known.registered ? known : undefined;
    return this.#disk.mailboxes.get(idOf(mailbox)) === undefined ? undefined : this.#account(mailbox);
  }

  /** Drops a few of the oldest accounts, those that the disk can give back as they are. */
  #forgetOldAccounts(): void {
    let looked = 0;
    for (const [mailbox, account] of this.#accounts) {
      if (++looked > ACCOUNTS_LOOKED_AT) return;
      if (account.reader !== undefined || !this.#commit.isDone(account)) {
        // To the end of the line, or a thousand open mailboxes at its head would hold all the others.
        this.#accounts.delete(mailbox);
        this.#accounts.set(mailbox, account);
      } else {
        this.#accounts.delete(mailbox);
      }
    }
  }

  /** After a failed commit the counts are guesses: the disk is asked again. */
  #recount(): void {
    for (const [mailbox, account] of this.#accounts) {
      if (account.reader === undefined) this.#accounts.delete(mailbox);
      else account.recount(this.#disk, idOf(mailbox));
    }
    this.#mailboxes = this.#disk.mailboxes.count();
  }

  /** Whether so much more can be written and there is still room to remove it. */
  #hasRoomFor(bytes: number): boolean {
    const now = this.#options.now();
    if (Math.abs(now - this.#sizedAt) >= SIZE_EVERY_MS || this.#givenOut + bytes > this.#room) {
      this.#sizedAt = now;
      this.#givenOut = this.#underWay;
      const { mostBytes, limits } = this.#options;
      const { within, behind } = this.#disk.room();
      const reserve = limits.diskReserveBytes;
      const full = this.#disk.usedBytes() >= mostBytes;
      this.#room = full ? 0 : Math.min(within - reserve, behind - reserve / 2);
    }
    return this.#givenOut + bytes <= this.#room;
  }

  /**
   * Whether mailboxes can be registered and still be emptied. What one turn writes reaches the disk after it, so one look
   * is good for the turn: it costs more than all the rest of an opening.
   */
  #hasRoomForMailboxes(): boolean {
    const { number } = this.#commit;
    if (this.#lookedFor !== number) {
      this.#lookedFor = number;
      this.#roomForMailboxes = this.#disk.room().behind >= this.#options.limits.diskReserveBytes / 4;
    }
    return this.#roomForMailboxes;
  }

  #requireRunning(): void {
    if (this.#stopped || this.#commit.failing) throw new SignalError('store-busy', 'the store is not taking');
  }
}

/** What an opening needs of its store. */
interface Holder {
  reads(mailbox: MailboxName, reader: Reader): boolean;
  read(mailbox: MailboxName, after: number, most: number, mostBytes: number): ReadResult;
  remove(mailbox: MailboxName, upTo: number): Promise<void>;
  letGo(mailbox: MailboxName, reader: Reader): void;
}

class EmbeddedOpening implements Opening {
  readonly #holder: Holder;
  readonly #mailbox: MailboxName;
  readonly #reader: Reader;
  readonly waiting: number;

  constructor(holder: Holder, mailbox: MailboxName, reader: Reader, waiting: number) {
    this.#holder = holder;
    this.#mailbox = mailbox;
    this.#reader = reader;
    this.waiting = waiting;
  }

  async read(after: number, most: number, mostBytes: number): Promise<ReadResult> {
    if (!this.#mine) return { parcels: [], more: false };
    return this.#holder.read(this.#mailbox, after, most, mostBytes);
  }

  async remove(upTo: number): Promise<RemoveOutcome> {
    if (!this.#mine) return 'not-open';
    await this.#holder.remove(this.#mailbox, upTo);
    return 'removed';
  }

  close(): void {
    this.#holder.letGo(this.#mailbox, this.#reader);
  }

  get #mine(): boolean {
    return this.#holder.reads(this.#mailbox, this.#reader);
  }
}
