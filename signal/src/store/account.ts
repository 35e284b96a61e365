import type { Parcel } from '../parcel.ts';
import type { Disk, Table } from './disk.ts';
import type { Waiting } from './group-commit.ts';
import { keysEnd, keysFrom, lengthIn, sequenceIn } from './keys.ts';
import type { Reader } from './store.ts';

/** What the embedded store knows of a mailbox without asking the disk. */
export class Account implements Waiting {
  registered = false;
  /** Who reads it, at this moment. */
  reader: Reader | undefined;
  /** Envelopes and bytes in it, with those being stored and without those being removed. */
  count = 0;
  bytes = 0;
  /** The highest sequence given out, also to an envelope that was not stored then: its reader may have it, and acknowledge it. */
  last = 0;
  /** Everything up to this is removed, or about to be: the disk may still show it. */
  removedUpTo = 0;
  writtenIn = 0;
  /** Envelopes that the disk does not show yet, in order. */
  #storing: Storing[] | undefined;

  /** What is written is what {@link recount} finds. */
  constructor(disk: Disk, id: Uint8Array) {
    this.recount(disk, id);
  }

  get storing(): readonly Storing[] {
    return this.#storing ?? [];
  }

  /** An envelope is on its way to the disk. */
  store(storing: Storing): void {
    this.#storing ??= [];
    this.#storing.push(storing);
  }

  committed(upTo: number): void {
    const still = this.#storing?.findIndex((storing) => storing.commit > upTo) ?? -1;
    this.#storing = still === -1 ? undefined : this.#storing?.slice(still);
  }

  /** Forgets everything but the reader and what it may have been given, and counts the mailbox from its keys. */
  recount({ mailboxes, envelopes }: Disk, id: Uint8Array): void {
    this.registered = mailboxes.get(id) !== undefined;
    this.count = this.bytes = this.removedUpTo = this.writtenIn = 0;
    this.#storing = undefined;
    for (const key of eachKey(envelopes, id, 0)) {
      this.count++;
      this.bytes += lengthIn(key);
      this.last = Math.max(this.last, sequenceIn(key));
    }
  }
}

interface Storing {
  readonly sequence: number;
  readonly parcel: Parcel;
  /** Number of the commit that it is part of. */
  readonly commit: number;
}

/** Keys that one look at the disk brings: bounds memory, not the mailbox. */
const KEYS_AT_ONCE = 1024;

/** The committed keys of a mailbox from a sequence on, in order. */
export function* eachKey(envelopes: Table, id: Uint8Array, from: number): Generator<Uint8Array> {
  const end = keysEnd(id);
  let next = from;
  for (;;) {
    const keys = envelopes.keys(keysFrom(id, next), end, KEYS_AT_ONCE);
    yield* keys;
    if (keys.length < KEYS_AT_ONCE) return;
    next = sequenceIn(keys[keys.length - 1]!) + 1;
  }
}
