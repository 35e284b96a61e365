/**
 * The mailboxes that are read at one server: opened again on every socket, with the passes that the server asks for, and
 * acknowledged as far as whoever stores what comes says.
 */
import { mailboxIdOf } from '@aside/wasm-crypto';
import type { PassTrouble } from '../../bridge/types/snapshots.ts';
import { backoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { toHex } from '../encoding.ts';
import type { Answer, Request, Waiting } from './requests.ts';

/**
 * Removes an envelope, and those that came before it, from its mailbox. Deliveries are counted anew at every opening,
 * so a word about an earlier opening does nothing: what it meant is delivered again.
 */
export type Acknowledge = () => Promise<Answer>;

export interface MailboxEvents {
  /** A mailbox is read from now on; `waiting` envelopes were there at that moment. Ids are hexadecimal. */
  opened(mailbox: string, waiting: number): void;
  /** A stored envelope; it stays on the server until it is acknowledged. */
  envelope(mailbox: string, envelope: Uint8Array, acknowledge: Acknowledge): void;
  live(mailbox: string, envelope: Uint8Array): void;
  /** Another browser reads this mailbox now. */
  taken(mailbox: string): void;
  /** The server keeps it shut for want of a pass. */
  shut(mailbox: string): void;
}

/** What is shown to a server that asks for a pass, the first before the second. */
export interface ShownPasses {
  own(): Uint8Array | undefined;
  /** For a mailbox, whose id is hexadecimal. */
  guest(mailbox: string): Uint8Array | undefined;
}

/**
 * What was said over a connection that was given up may come to the server for so long after it: networks hold back, and
 * computers repeat. Milliseconds.
 */
const LATE_MAX = 15 * 60_000;

interface Mailbox {
  readonly id: Uint8Array;
  readonly key: Uint8Array;
  /** Counts the openings, so that deliveries and acknowledgements of an earlier one are known. */
  opening: number;
  /**
   * Whether the present opening was answered. What is delivered before that belongs to an earlier one, whose numbers
   * mean nothing any more: acknowledged, it could remove envelopes of the new one that nobody has read.
   */
  state: 'closed' | 'opening' | 'open';
  /**
   * Openings whose socket was given up before they were answered. The server may come to them later, and takes the mailbox
   * from the present socket for each: that is no other browser.
   */
  late: number;
  /** Nobody misses it while it is shut. */
  isSpare: boolean;
  /** Refused openings in a row. */
  refusals: number;
  /** Refused for want of a pass: time does not help, so that it is asked for again only when something has changed. */
  trouble: PassTrouble | undefined;
  /** The acknowledgement that leaves at the end of this turn: the highest, as they are cumulative. */
  pending: { sequence: number; readonly answer: Promise<Answer> } | undefined;
}

export interface MailboxesOptions {
  readonly events: MailboxEvents;
  readonly clock: Clock;
  readonly passes: ShownPasses;
  isOnline(): boolean;
  send(request: Request, waiting: Waiting): void;
  /** What is kept shut for want of a pass has changed. */
  troubled(): void;
}

export class Mailboxes {
  readonly #options: MailboxesOptions;
  readonly #mailboxes = new Map<string, Mailbox>();
  #retention: number | undefined;

  constructor(options: MailboxesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#mailboxes.size;
  }

  /** Seconds that the server keeps an envelope; known once a mailbox was opened there. */
  get retention(): number | undefined {
    return this.#retention;
  }

  /** Whether a mailbox that is missed is kept shut for want of a pass; a pass that is none tells more than none at all. */
  get trouble(): PassTrouble | undefined {
    const troubles = [...this.#mailboxes.values()].map(({ trouble, isSpare }) =>
      isSpare ? undefined : trouble,
    );
    return troubles.find((one) => one === 'refused') ?? troubles.find((one) => one !== undefined);
  }

  /** A socket stands. */
  openAll(): void {
    for (const [name, mailbox] of this.#mailboxes) this.#open(name, mailbox);
  }

  /** The socket is gone. */
  shutAll(): void {
    const late = [...this.#mailboxes.values()].filter(({ state }) => state === 'opening');
    for (const mailbox of late) mailbox.late++;
    if (late.length > 0)
      this.#options.clock.after(LATE_MAX, () => {
        for (const mailbox of late) mailbox.late = Math.max(0, mailbox.late - 1);
      });
    for (const mailbox of this.#mailboxes.values()) shut(mailbox);
  }

  /** Asks again for the mailboxes that were refused for want of a pass. */
  openRefused(): void {
    for (const [name, mailbox] of this.#mailboxes)
      if (mailbox.trouble !== undefined && mailbox.state === 'closed') this.#open(name, mailbox);
  }

  /** Reads a mailbox from now on, also after every reconnection; one that is spare is no trouble while it is refused. */
  add(key: Uint8Array, isSpare = false): void {
    const id = mailboxIdOf(key);
    const name = toHex(id);
    const present = this.#mailboxes.get(name);
    if (present !== undefined) {
      present.isSpare = isSpare;
      return;
    }
    const mailbox: Mailbox = {
      id,
      key,
      opening: 0,
      state: 'closed',
      late: 0,
      isSpare,
      refusals: 0,
      trouble: undefined,
      pending: undefined,
    };
    this.#mailboxes.set(name, mailbox);
    if (this.#options.isOnline()) this.#open(name, mailbox);
  }

  /** Stops reading a mailbox; what was not acknowledged stays on the server. */
  remove(name: string): void {
    const { isOnline, send, troubled } = this.#options;
    const mailbox = this.#mailboxes.get(name);
    if (mailbox === undefined) return;
    this.#mailboxes.delete(name);
    if (mailbox.trouble !== undefined) troubled();
    if (isOnline()) send({ type: 'close', mailbox: mailbox.id }, { for: 'close', answer: () => {} });
  }

  live(name: string, envelope: Uint8Array): void {
    if (this.#mailboxes.has(name)) this.#options.events.live(name, envelope);
  }

  /** Another browser reads it now, or what I said over a connection that I gave up has come. */
  taken(name: string): void {
    const mailbox = this.#mailboxes.get(name);
    if (mailbox?.state !== 'open') return;
    shut(mailbox);
    if (mailbox.late === 0) this.#options.events.taken(name);
    else {
      mailbox.late--;
      this.#open(name, mailbox);
    }
  }

  delivered(name: string, sequence: number, envelope: Uint8Array): void {
    const mailbox = this.#mailboxes.get(name);
    if (mailbox?.state !== 'open') return;
    const { opening } = mailbox;
    this.#options.events.envelope(name, envelope, () => {
      if (this.#mailboxes.get(name) !== mailbox || mailbox.opening !== opening) {
        return Promise.resolve({ kind: 'unsent' });
      }
      return this.#acknowledge(mailbox, sequence);
    });
  }

  /** Opens with the first pass that was not `refused` for this mailbox, or without any. */
  #open(name: string, mailbox: Mailbox, refused: readonly Uint8Array[] = []): void {
    const { events, clock, passes, isOnline, send } = this.#options;
    const { id, key } = mailbox;
    const opening = ++mailbox.opening;
    mailbox.state = 'opening';
    const isPresent = () => this.#mailboxes.get(name) === mailbox && mailbox.opening === opening;
    const next = () =>
      [passes.own(), passes.guest(name)].find((one) => one !== undefined && !tried.includes(one));
    let tried = refused;
    const pass = next();
    send(
      { type: 'open', mailbox: id, key, ...shown(pass) },
      {
        for: 'open',
        opened: (waiting, retention) => {
          this.#retention = retention;
          if (!isPresent()) return;
          mailbox.state = 'open';
          mailbox.refusals = 0;
          this.#note(mailbox, undefined);
          events.opened(name, waiting);
        },
        answer: (answer) => {
          if (answer.kind !== 'refused' || !isPresent()) return;
          mailbox.state = 'closed';
          if (answer.reason === 'pass-needed') {
            if (pass !== undefined) tried = [...refused, pass];
            // The guest's behind mine; or one that came meanwhile, when nothing was refused yet that it could be shown for.
            if (next() !== undefined) this.#open(name, mailbox, tried);
            else {
              this.#note(mailbox, passes.own() === undefined ? 'missing' : 'refused');
              events.shut(name);
            }
            return;
          }
          // Any other refusal is temporary (rate, busy) or a matter of quotas; either way, time is what helps.
          const wait = Math.max(answer.retryAfter, backoff(++mailbox.refusals + 1, Math.random()));
          clock.after(wait, () => {
            if (isOnline() && isPresent()) this.#open(name, mailbox);
          });
        },
      },
    );
  }

  #note(mailbox: Mailbox, trouble: PassTrouble | undefined): void {
    if (mailbox.trouble === trouble) return;
    mailbox.trouble = trouble;
    this.#options.troubled();
  }

  #acknowledge(mailbox: Mailbox, sequence: number): Promise<Answer> {
    if (mailbox.pending !== undefined) {
      mailbox.pending.sequence = Math.max(mailbox.pending.sequence, sequence);
      return mailbox.pending.answer;
    }
    const { opening } = mailbox;
    const answer = new Promise<Answer>((resolve) => {
      queueMicrotask(() => {
        const upTo = mailbox.pending?.sequence ?? sequence;
        mailbox.pending = undefined;
        if (mailbox.opening !== opening) resolve({ kind: 'unsent' });
        else
          this.#options.send(
            { type: 'ack', mailbox: mailbox.id, sequence: upTo },
            { for: 'ack', answer: resolve },
          );
      });
    });
    mailbox.pending = { sequence, answer };
    return answer;
  }
}

/** What comes and is said about the opening that was means nothing any more. */
function shut(mailbox: Mailbox): void {
  mailbox.opening++;
  mailbox.state = 'closed';
}

/** The field of a frame that shows a pass, where there is one. */
export function shown(pass: Uint8Array | undefined): { readonly pass?: Uint8Array } {
  return pass === undefined ? {} : { pass };
}
