import { encodeServerFrame, type Outcome, type Refusal, type ServerFrame } from '../protocol/index.ts';
import { Answers } from './answers.ts';
import type { Line } from './line.ts';
import type { Tally } from './tally.ts';

/** What a socket's way out reports to its session. */
export interface OutgoingEvents {
  /** Call `flush` at the end of this turn of the event loop. */
  flushSoon(): void;
  /** The client does not keep up. */
  lineChoked(): void;
  /** The client keeps up so little that the line takes nothing more. */
  lineDropped(): void;
}

/** The way out of one session: frames at once, answers gathered until the end of the turn, nothing after the end. */
export class Outgoing {
  readonly #line: Line;
  readonly #events: OutgoingEvents;
  readonly #tally: Tally;
  readonly #answers = new Answers();
  #owed = 0;
  #flushing = false;
  #state: 'open' | 'choked' | 'over' = 'open';

  constructor(line: Line, events: OutgoingEvents, tally: Tally) {
    this.#line = line;
    this.#events = events;
    this.#tally = tally;
  }

  /** Requests that wait for the store and have no answer yet. */
  get owed(): number {
    return this.#owed;
  }

  /** An answer will come later. */
  owe(): void {
    this.#owed++;
  }

  /** An answer that was owed comes now. */
  settle(): void {
    this.#owed--;
  }

  /** `choked`: taken from us still, but not by the client. */
  get state(): 'open' | 'choked' | 'over' {
    return this.#state;
  }

  /** Sends a frame whose bytes may be reused after the call. */
  put(frame: Uint8Array): void {
    if (this.#state === 'over') return;
    this.#tally.bytesOut += frame.length;
    switch (this.#line.send(frame)) {
      case 'sent':
        return;
      case 'buffered':
        this.#state = 'choked';
        this.#events.lineChoked();
        return;
      case 'dropped':
        this.#events.lineDropped();
    }
  }

  say(frame: ServerFrame): void {
    if (this.#state !== 'over') this.put(encodeServerFrame(frame));
  }

  refuse(request: number, mailbox: Uint8Array, reason: Refusal, retryAfter: number): void {
    if (this.#state === 'over') return;
    this.#tally.refusals[reason]++;
    this.say({ type: 'refused', request, mailbox, reason, retryAfter });
  }

  answer(request: number, outcome: Outcome): void {
    if (this.#state === 'over') return;
    this.#answers.add(request, outcome);
    if (this.#flushing) return;
    this.#flushing = true;
    this.#events.flushSoon();
  }

  /** Sends what was answered since the last time. */
  flush(): void {
    this.#flushing = false;
    if (this.#state === 'over' || this.#answers.empty) return;
    for (const frame of this.#answers.take()) this.put(frame);
  }

  /** The line has sent what waited, or nearly. Returns whether it was choked. */
  drained(): boolean {
    if (this.#state !== 'choked') return false;
    this.#state = 'open';
    return true;
  }

  /** Looks whether a choked line has drained without telling. Returns whether it takes frames now. */
  lookAgain(): boolean {
    if (this.#state === 'choked' && this.#line.backlog() === 0) this.#state = 'open';
    return this.#state === 'open';
  }

  /** Says nothing from now on. */
  stop(): void {
    this.#state = 'over';
  }
}
