import { writeU32 } from '../../protocol/bytes.ts';
import type { Table } from './disk.ts';
import type { GuestRight } from './store.ts';

/**
 * What guest passes opened, in the embedded store. A key is when the pass is over (u32, seconds since the epoch), the
 * pass' name (16) and the mailbox' name under it (16): the keys of one pass stand together, those that are over first.
 * There is nothing in the value.
 */
const PASS_AT = 4;
const USE_AT = 20;
const KEY_BYTES = 36;

const NOTHING = Uint8Array.of(0);

/** Keys that one step of a sweep removes. */
const SLICE = 1000;

export class GuestUses {
  readonly #table: Table;
  readonly #whenDurable: () => Promise<boolean>;
  /** By pass, what the disk may not show yet. */
  readonly #underWay = new Map<string, Set<string>>();

  /** `whenDurable`: resolves when what was written in this turn is on the disk, or is known not to be. */
  constructor(table: Table, whenDurable: () => Promise<boolean>) {
    this.#table = table;
    this.#whenDurable = whenDurable;
  }

  /** Whether the right reaches to this mailbox: it is counted already, or something is left. */
  mayTake(right: GuestRight): boolean {
    const uses = this.#usesOf(right);
    return uses.has(textOf(right.use)) || uses.size < right.mailboxes;
  }

  /** Counts the mailbox. */
  take(right: GuestRight): void {
    const [pass, use] = [textOf(right.pass), textOf(right.use)];
    const underWay = this.#underWay.get(pass) ?? new Set();
    this.#underWay.set(pass, underWay.add(use));
    this.#table.put(keyOf(right, right.use), NOTHING);
    void this.#whenDurable().then(() => {
      underWay.delete(use);
      if (underWay.size === 0 && this.#underWay.get(pass) === underWay) this.#underWay.delete(pass);
    });
  }

  /** Forgets the passes that are over, in small slices; `breathe` says whether to go on. `now` in seconds. */
  async sweep(now: number, breathe: () => Promise<boolean>): Promise<void> {
    const end = new Uint8Array(PASS_AT);
    writeU32(end, 0, now);
    let start: Uint8Array = new Uint8Array(PASS_AT);
    for (;;) {
      const over = this.#table.keys(start, end, SLICE);
      for (const key of over) this.#table.remove(key);
      if (over.length < SLICE || !(await breathe())) return;
      start = over[over.length - 1]!;
    }
  }

  #usesOf(right: GuestRight): Set<string> {
    const start = keyOf(right, new Uint8Array(0));
    const end = keyOf(right, new Uint8Array(KEY_BYTES - USE_AT).fill(0xff));
    const stored = this.#table.keys(start, end, right.mailboxes).map((key) => textOf(key.subarray(USE_AT)));
    return new Set([...stored, ...(this.#underWay.get(textOf(right.pass)) ?? [])]);
  }
}

function keyOf({ pass, until }: GuestRight, use: Uint8Array): Uint8Array {
  const key = new Uint8Array(KEY_BYTES);
  writeU32(key, 0, until);
  key.set(pass, PASS_AT);
  key.set(use, USE_AT);
  return key;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
