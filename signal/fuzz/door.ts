import { steadyClock } from '../src/clock.ts';
import { LIMITS, type Limits } from '../src/limits.ts';
import { Office } from '../src/office.ts';
import { Passes } from '../src/passes.ts';
import { EmbeddedStore } from '../src/store/embedded-store.ts';
import { MemoryDisk } from '../src/store/memory-disk.ts';
import type { Store } from '../src/store/store.ts';
import { Tally } from '../src/tally.ts';
import { TurnIssuer } from '../src/turn-issuer.ts';
import { MemoryWordBook } from '../src/words/memory-word-book.ts';
import { Caller, Finding, latin1 } from './caller.ts';
import { MAILBOXES, mailboxOf } from './mailboxes.ts';

/** A store that keeps the mail in the place of the embedded one, and the time that it goes by. */
export interface Behind {
  readonly store: Store;
  readonly time: Time;
}

/** Milliseconds since the epoch. */
export interface Time {
  now: number;
}

/** What an operator would have configured. */
export interface DoorOptions {
  readonly limits?: Limits;
  /** The operator's pass; absent: everybody may open new mailboxes. */
  readonly pass?: string;
  readonly turn?: boolean;
  /** Absent: the embedded store, with {@link Door.disk} as its disk. */
  readonly behind?: Behind;
}

export const BEGINNING = 1_800_000_000_000;

/** Seconds that an envelope is kept. */
export const RETENTION = 3600;

/** What the honest one is told. */
const SERVED = ['answers', 'deliver', 'deliver-live', 'opened', 'passed', 'removed', 'stored'].join();

/** Turns of the event loop until everything is answered: more than any request takes. */
const MOST_TURNS = 100;

/** The same where answers come from another process. Milliseconds. */
const PATIENCE_MS = 10_000;

/** Everything behind a server's door, with its disk in memory and its clock in our hands, and somebody honest inside. */
export class Door {
  readonly disk = new MemoryDisk();
  readonly office: Office;
  readonly #time: Time;
  readonly #store: Store;
  /** Whether answers come from another process. */
  readonly #far: boolean;
  readonly #callers = new Set<Caller>();
  /** Has a mailbox of their own, and says nothing until the others are gone. */
  readonly #witness: Caller;
  readonly #box = mailboxOf(99);
  readonly #pass: Uint8Array | undefined;
  /** Every envelope that anybody ever sent, and those that have to be there still. */
  readonly said = new Set<string>();
  readonly stored = new Set<string>();
  readonly acknowledged = new Set<string>();
  #work = 0;

  constructor({ limits = LIMITS, pass, turn = false, behind }: DoorOptions = {}) {
    this.#time = behind?.time ?? { now: BEGINNING };
    const now = () => this.now;
    const began = this.now;
    const common = { limits, retention: RETENTION, now, clock: () => this.now - began };
    this.#far = behind !== undefined;
    this.#store = behind?.store ?? new EmbeddedStore({ ...common, disk: this.disk, mostBytes: 1e9 });
    this.#pass = pass === undefined ? undefined : new TextEncoder().encode(pass);
    const keys = { secret: 'secret of a relay', users: 'key of its users' };
    this.office = new Office({
      ...common,
      store: this.#store,
      // Always the same words, so that an input means the same.
      words: this.#store.words ?? new MemoryWordBook(limits, now, () => 7),
      tally: new Tally(),
      turn: turn ? new TurnIssuer({ keys: () => keys, urls: ['turn:relay.example:3478'] }) : undefined,
      passes: pass === undefined ? undefined : new Passes({ list: () => [pass], limits, now }),
    });
    this.#witness = this.enter('198.51.100.7');
    this.#witness.say({ type: 'open', ...this.#box, ...(this.#pass && { pass: this.#pass }) });
  }

  /** Milliseconds since the epoch. */
  get now(): number {
    return this.#time.now;
  }

  set now(now: number) {
    this.#time.now = now;
  }

  /** A new socket of an address. */
  enter(address: string): Caller {
    if (this.office.admit(address) !== 'welcome') throw new Finding('nobody is let in');
    const caller = new Caller(this);
    caller.session = this.office.connect(caller, address);
    this.#callers.add(caller);
    return caller;
  }

  /** A socket is gone. */
  leave(caller: Caller): void {
    if (this.#callers.delete(caller)) this.office.disconnect(caller.session);
  }

  /** Removes what is past its time: nothing that was said until its end has to be there any more. */
  sweep(): void {
    const excuse = () => {
      for (const envelope of this.said) this.acknowledged.add(envelope);
    };
    excuse();
    this.#work++;
    const over = () => {
      excuse();
      this.#work--;
    };
    // A disk that fails is the log's matter.
    this.#store.sweep().then(over, over);
  }

  /** Until everything that was asked is answered. Throws a Finding where that does not come about. */
  settle(): Promise<void> {
    this.disk.release();
    const settled = () => this.#work === 0 && [...this.#callers].every(({ owed }) => owed === 0);
    return this.#until(settled, 'a request is never answered');
  }

  async #until(reached: () => boolean, otherwise: string): Promise<void> {
    const deadline = steadyClock() + PATIENCE_MS;
    for (let turns = 0; this.#far ? steadyClock() < deadline : turns < MOST_TURNS; turns++) {
      await nextTurn();
      if (reached()) return;
    }
    throw new Finding(otherwise);
  }

  /** Everybody but the honest one leaves, who is served as ever, and nothing is held or lost of the others. */
  async close(): Promise<void> {
    await this.settle();
    for (const caller of [...this.#callers]) if (caller !== this.#witness) this.leave(caller);
    await this.settle();
    if (this.office.sockets !== 1 || this.office.mailboxes !== 1) throw new Finding('something is held');
    const { mailbox } = this.#box;
    this.#witness.say({ type: 'send', mailbox, envelope: Uint8Array.of(1) });
    this.#witness.say({ type: 'live', mailbox, envelope: Uint8Array.of(2) });
    await this.settle();
    // It may come after the answer to who sent it.
    await this.#until(() => this.#witness.kinds.has('deliver'), 'somebody honest is not served as ever');
    this.#witness.say({ type: 'ack', mailbox, sequence: 1 });
    await this.settle();
    if (this.#witness.ended !== undefined || [...this.#witness.kinds].sort().join() !== SERVED) {
      throw new Finding('somebody honest is not served as ever');
    }
    await this.#findStored();
    this.leave(this.#witness);
    await this.office.drain();
  }

  /** What was answered `stored`, and nobody removed, is read by who has the key. */
  async #findStored(): Promise<void> {
    const due = [...this.stored].filter((envelope) => !this.acknowledged.has(envelope));
    for (const box of MAILBOXES) {
      const id = latin1(box.mailbox);
      const here = due.filter((envelope) => envelope.startsWith(id));
      if (here.length === 0) continue;
      const reader = this.enter('198.51.100.8');
      reader.say({ type: 'open', ...box, ...(this.#pass && { pass: this.#pass }) });
      await this.settle();
      await this.#until(() => here.every((one) => reader.delivered.has(one)), 'an envelope is lost');
      this.leave(reader);
    }
  }
}

export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
