import { AddressBook } from './address-book.ts';
import type { Limits } from './limits.ts';
import type { Line } from './line.ts';
import type { Passes } from './passes.ts';
import { Session, type Shared } from './session.ts';
import type { Store } from './store/store.ts';
import type { Tally, TurnedAway } from './tally.ts';
import { Tray } from './tray.ts';
import type { TurnIssuer } from './turn-issuer.ts';
import { Turnstile } from './turnstile.ts';
import type { WordBook } from './words/word-book.ts';

export interface OfficeOptions {
  readonly store: Store;
  readonly words: WordBook;
  readonly limits: Limits;
  readonly tally: Tally;
  readonly turn: TurnIssuer | undefined;
  readonly passes: Passes | undefined;
  /** Seconds that an envelope is kept. */
  readonly retention: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds since a moment that is not long ago (see `bucket.ts`), by a clock that is never put back. */
  readonly clock: () => number;
}

/** How often sessions are looked after: first words that never came, stores to be asked again. Milliseconds. */
const LOOK_EVERY_MS = 1000;

/** Between two handfuls of goodbyes in a drain. Milliseconds. */
const GOODBYE_EVERY_MS = 50;

/** All sessions of a server, from the first socket to the last goodbye. */
export class Office {
  readonly #options: OfficeOptions;
  readonly #shared: Shared;
  readonly #sessions = new Set<Session>();
  /** Those that have not said a word yet, oldest first. */
  readonly #silent = new Map<Session, number>();
  readonly #tray = new Tray();
  #toFlush: Session[] = [];
  readonly #toRetry = new Set<Session>();
  readonly #timer: NodeJS.Timeout;
  #state: 'open' | 'draining' = 'open';

  constructor(options: OfficeOptions) {
    this.#options = options;
    this.#shared = {
      ...options,
      spoke: (session) => this.#silent.delete(session),
      addresses: new AddressBook(options.limits),
      turnstile: new Turnstile({
        sliceMs: options.limits.openingsSliceMs,
        most: options.limits.openingsWaiting,
        clock: options.clock,
      }),
      tray: this.#tray,
      flushAll: () => this.#flushAll(),
      flushSoon: (session) => this.#flushSoon(session),
      retrySoon: (session) => this.#toRetry.add(session),
    };
    this.#timer = setInterval(() => this.lookAfter(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  get draining(): boolean {
    return this.#state === 'draining';
  }

  get sockets(): number {
    return this.#sessions.size;
  }

  /** Mailboxes that sockets of this office read. */
  get mailboxes(): number {
    let count = 0;
    for (const session of this.#sessions) count += session.mailboxes;
    return count;
  }

  /** Whether one more socket of this address may come in, and counts it: {@link connect} or {@link dismiss} follows. */
  admit(address: string): 'welcome' | TurnedAway {
    const { addresses, tally, clock } = this.#shared;
    const refused = this.#state === 'draining' ? 'draining' : addresses.enter(address, clock());
    if (refused !== undefined) tally.turnedAway(refused);
    return refused ?? 'welcome';
  }

  /** Whether one more plain request of this address gets a page, and counts it. Also in a drain. */
  admitRequest(address: string): 'welcome' | TurnedAway {
    const { addresses, tally, clock } = this.#shared;
    const refused = addresses.ask(address, clock());
    if (refused !== undefined) tally.turnedAway(refused);
    return refused ?? 'welcome';
  }

  /** An admitted socket that never became a session, being of another version, is gone. */
  dismiss(address: string): void {
    this.#shared.tally.ended('wrong-version');
    this.#shared.addresses.leave(address);
  }

  /** An admitted socket is there. `address` is the group that its limits count for. */
  connect(line: Line, address: string): Session {
    const session = new Session(line, address, this.#shared);
    this.#sessions.add(session);
    this.#silent.set(session, this.#options.clock());
    return session;
  }

  /** The socket of this session is gone. */
  disconnect(session: Session): void {
    if (!session.over) this.#shared.tally.ended('gone');
    session.ended();
    if (!this.#sessions.delete(session)) return;
    this.#silent.delete(session);
    this.#toRetry.delete(session);
    this.#shared.addresses.leave(session.address);
  }

  /** Sends everybody away within seconds, a few at a time, and then lets the store finish. */
  async drain(): Promise<void> {
    this.#state = 'draining';
    const sessions = [...this.#sessions];
    const steps = Math.max(1, this.#options.limits.drainSpreadMs / GOODBYE_EVERY_MS);
    const handful = Math.max(1, Math.ceil(sessions.length / steps));
    for (let at = 0; at < sessions.length; at += handful) {
      if (at > 0) await new Promise((resolve) => setTimeout(resolve, GOODBYE_EVERY_MS));
      for (const session of sessions.slice(at, at + handful)) session.end('draining');
    }
    clearInterval(this.#timer);
    await this.#options.store.stop();
  }

  #flushSoon(session: Session): void {
    if (this.#toFlush.push(session) > 1) return;
    setImmediate(() => this.#flushAll());
  }

  #flushAll(): void {
    const sessions = this.#toFlush;
    this.#toFlush = [];
    for (const one of sessions) one.flush();
    this.#tray.clear();
  }

  /** Ends those that never spoke and asks the stores again; called every second. */
  lookAfter(): void {
    const deadline = this.#options.clock() - this.#options.limits.firstFrameMs;
    for (const [session, since] of this.#silent) {
      if (since > deadline) break;
      this.#silent.delete(session);
      session.end('idle');
    }
    const sessions = [...this.#toRetry];
    this.#toRetry.clear();
    let waiting = 0;
    for (const session of sessions) {
      waiting += session.backlog;
      if (waiting > this.#options.limits.backPressureTotalBytes) session.lineDropped();
      else session.retry();
    }
  }
}
