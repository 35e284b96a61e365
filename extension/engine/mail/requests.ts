/**
 * What was asked of a server and is not answered yet. An answer that does not fit what was asked breaks the format, and
 * one to nothing is dropped.
 */
import type { ClientFrame, Outcome, Refusal, TurnCredentials } from '@aside/signal/protocol';

/** A server's word about when to come back counts up to this; its field would hold 49 days. */
export const RETRY_AFTER_MAX = 300_000;

/** What became of a request, with `retryAfter` in milliseconds within {@link RETRY_AFTER_MAX}; `unsent` means that the socket went away before an answer, so nothing is known. */
export type Answer =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly retryAfter: number }
  | { readonly kind: 'unsent' };

/** What became of asking for a word, or about one (`mailbox` is an id). */
export type WordAnswer =
  | { readonly kind: 'lent'; readonly word: number }
  | { readonly kind: 'found'; readonly mailbox: Uint8Array }
  | Exclude<Answer, { kind: 'done' }>;

/** A frame of mine before it has its number. */
export type Request = ClientFrame extends infer F
  ? F extends ClientFrame
    ? Omit<F, 'request'>
    : never
  : never;

/** An answer fits the request that it is for, or the server breaks the format. */
export type Waiting =
  | { readonly for: 'send' | 'live' | 'ack' | 'close'; answer(answer: Answer): void }
  | { readonly for: 'open'; answer(answer: Answer): void; opened(waiting: number, retention: number): void }
  | { readonly for: 'turn'; answer(answer: Answer): void; turn(credentials: TurnCredentials): void }
  | { readonly for: 'word'; answer(answer: Answer): void; word(answer: WordAnswer): void }
  | { readonly for: 'mint'; answer(answer: Answer): void; minted(pass: Uint8Array): void }
  | { readonly for: 'ping'; answer(answer: Answer): void };

const OUTCOMES_OF: Readonly<Record<Waiting['for'], readonly Outcome[]>> = {
  send: ['stored'],
  live: ['passed', 'nobody'],
  ack: ['removed'],
  close: ['closed'],
  open: [],
  turn: [],
  mint: [],
  word: [],
  ping: [],
};

/** A server that does not keep to the format. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

export class Requests {
  /** In the order of asking, so that the first is the one that waits longest. */
  readonly #waiting = new Map<number, Waiting & { readonly since: number }>();
  #last = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** When the one was asked that waits longest; milliseconds since the epoch. */
  get oldest(): number | undefined {
    const [oldest] = this.#waiting.values();
    return oldest?.since;
  }

  /** A socket begins: its requests are numbered from one. */
  begin(): void {
    this.#last = 0;
  }

  /** Returns the number of a request that waits from `now` on. */
  add(waiting: Waiting, now: number): number {
    this.#last++;
    this.#waiting.set(this.#last, { ...waiting, since: now });
    return this.#last;
  }

  /** A socket is gone: of what it was asked nothing is known. */
  end(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const request of waiting) request.answer({ kind: 'unsent' });
  }

  /**
   * Takes the request that an answer is for. Throws a {@link FormatError} where it was another kind of
   * request, which would otherwise be forgotten with somebody waiting for it.
   */
  take<K extends Waiting['for']>(request: number, kind?: K): Extract<Waiting, { for: K }> | undefined {
    const waiting = this.#waiting.get(request);
    if (waiting === undefined) return undefined;
    if (kind !== undefined && waiting.for !== kind) throw new FormatError();
    this.#waiting.delete(request);
    return waiting as unknown as Extract<Waiting, { for: K }>;
  }

  /** Settles a run of requests, going through what waits rather than through the run: a frame may name millions. */
  answered(first: number, count: number, outcome: Outcome): void {
    const settle = (request: number) => {
      const waiting = this.#waiting.get(request);
      if (waiting === undefined) return;
      if (!OUTCOMES_OF[waiting.for].includes(outcome)) throw new FormatError();
      this.#waiting.delete(request);
      waiting.answer({ kind: 'done', outcome });
    };
    if (count <= this.#waiting.size) for (let i = 0; i < count; i++) settle(first + i);
    else
      for (const request of [...this.#waiting.keys()])
        if (request >= first && request < first + count) settle(request);
  }
}
