import type { MailboxName } from '../mailbox-name.ts';
import type { Parcel } from '../parcel.ts';
import type {
  LiveOutcome,
  LiveSender,
  Opening,
  PutRefusal,
  Reader,
  ReadResult,
  RemoveOutcome,
  Right,
  Store,
  Swept,
} from './store.ts';

/** What of a store is timed: the four that wait for it. */
export type StoreOperation = 'open' | 'put' | 'read' | 'remove';

/** Told how long an operation took that the store did. Seconds. */
export type ObserveStore = (operation: StoreOperation, seconds: number) => void;

/** Any store with a clock beside it. What a store refuses or fails at is not timed: refusals count those. */
export class MeasuredStore implements Store {
  readonly #store: Store;
  readonly #observe: ObserveStore;

  constructor(store: Store, observe: ObserveStore) {
    this.#store = store;
    this.#observe = observe;
  }

  get registered(): number | undefined {
    return this.#store.registered;
  }

  get ready(): boolean {
    return this.#store.ready;
  }

  async open(mailbox: MailboxName, reader: Reader, right?: Right): Promise<Opening> {
    const began = performance.now();
    const opening = await this.#store.open(mailbox, reader, right);
    this.#observe('open', since(began));
    return new MeasuredOpening(opening, this.#observe);
  }

  put(mailbox: MailboxName, parcel: Parcel): PutRefusal | Promise<'stored' | PutRefusal> {
    const began = performance.now();
    const outcome = this.#store.put(mailbox, parcel);
    if (typeof outcome === 'string') return outcome;
    return outcome.then((stored) => {
      if (stored === 'stored') this.#observe('put', since(began));
      return stored;
    });
  }

  live(mailbox: MailboxName, frame: Uint8Array, sender: LiveSender, request: number): LiveOutcome | 'later' {
    return this.#store.live(mailbox, frame, sender, request);
  }

  sweep(): Promise<Swept> {
    return this.#store.sweep();
  }

  stop(): Promise<void> {
    return this.#store.stop();
  }
}

class MeasuredOpening implements Opening {
  readonly #opening: Opening;
  readonly #observe: ObserveStore;

  constructor(opening: Opening, observe: ObserveStore) {
    this.#opening = opening;
    this.#observe = observe;
  }

  get waiting(): number {
    return this.#opening.waiting;
  }

  async read(after: number, most: number, mostBytes: number): Promise<ReadResult> {
    const began = performance.now();
    const result = await this.#opening.read(after, most, mostBytes);
    this.#observe('read', since(began));
    return result;
  }

  async remove(upTo: number): Promise<RemoveOutcome> {
    const began = performance.now();
    const outcome = await this.#opening.remove(upTo);
    if (outcome === 'removed') this.#observe('remove', since(began));
    return outcome;
  }

  close(): void {
    this.#opening.close();
  }
}

function since(began: number): number {
  return (performance.now() - began) / 1000;
}
