import { encodeServerFrame, type Outcome, type Refusal, type ServerFrame } from '../protocol/index.ts';
import { Answers } from './answers.ts';
import type { Line, Sent } from './line.ts';
import type { BusyWith, Tally } from './tally.ts';
import type { Pile, Tray } from './tray.ts';

/** What a socket's way out reports to its session. */
export interface OutgoingEvents {
  /** Call `flush` at the end of this turn of the event loop. */
  flushSoon(): void;
  /** Call `flush` of every session now: there is no room on the tray. */
  flushAll(): void;
  /** The client does not keep up any more. */
  lineChoked(): void;
  /** The client keeps up so little that the line takes nothing more. */
  lineDropped(): void;
}

/** A longer frame is not worth a copy: it leaves at once. What uWebSockets.js writes at a time. Bytes. */
const LONGEST_LAID = 16 * 1024;

/** What one socket may get before it is seen whether it keeps up: far below `backPressureBytes`. */
const MOST_LAID = 64 * 1024;

/**
 * The way out of one session: frames at once, but live envelopes and answers gathered until the end of the turn; always
 * in the order in which they came; nothing after the end.
 */
export class Outgoing {
  readonly #line: Line;
  readonly #events: OutgoingEvents;
  readonly #tally: Tally;
  readonly #tray: Tray;
  /** Both only while something is gathered: most sockets are silent most of the time. */
  #answers: Answers | undefined;
  #pile: Pile | undefined;
  #owed = 0;
  #state: 'open' | 'choked' | 'over' = 'open';

  constructor(line: Line, events: OutgoingEvents, tally: Tally, tray: Tray) {
    this.#line = line;
    this.#events = events;
    this.#tally = tally;
    this.#tray = tray;
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

  /** Sends a frame whose bytes may be reused after the call, and before it what was laid down. */
  put(frame: Uint8Array): void {
    if (this.#pile !== undefined) this.#sendPile();
    if (this.#state === 'over') return;
    this.#tally.bytesOut += frame.length;
    this.#sent(this.#line.send(frame));
  }

  /** The same at the end of the turn, for a frame that is worth no buffer. Returns whether the client keeps up. */
  lay(frame: Uint8Array): boolean {
    if (this.#pile !== undefined && this.#pile.bytes + frame.length > MOST_LAID) this.#sendPile();
    if (frame.length <= LONGEST_LAID && !this.#tray.hasRoomFor(frame.length)) this.#events.flushAll();
    if (this.#state !== 'open') return false;
    if (frame.length > LONGEST_LAID) {
      this.put(frame);
      return true;
    }
    if (this.#pile === undefined && this.#answers === undefined) this.#events.flushSoon();
    this.#pile = this.#tray.lay(this.#pile, frame);
    return true;
  }

  say(frame: ServerFrame): void {
    if (this.#state !== 'over') this.put(encodeServerFrame(frame));
  }

  /** `counted`: the reason by which it is counted, where that says more than the client has to know. */
  refuse(
    request: number,
    mailbox: Uint8Array,
    reason: Refusal,
    retryAfter: number,
    counted: Refusal | BusyWith = reason,
  ): void {
    if (this.#state === 'over') return;
    this.#tally.refusals[counted]++;
    this.say({ type: 'refused', request, mailbox, reason, retryAfter });
  }

  answer(request: number, outcome: Outcome): void {
    if (this.#state === 'over') return;
    if (this.#answers === undefined) {
      if (this.#pile === undefined) this.#events.flushSoon();
      this.#answers = new Answers();
    }
    this.#answers.add(request, outcome);
  }

  /** Sends what was laid down and answered since the last time. */
  flush(): void {
    const answers = this.#answers;
    this.#answers = undefined;
    if (answers === undefined) this.#sendPile();
    else this.#sendPile(answers.take());
  }

  /** Looks whether a choked line has sent all that waited. Returns whether it takes frames now. */
  lookAgain(): boolean {
    if (this.#state === 'choked' && this.#line.backlog() === 0) this.#state = 'open';
    return this.#state === 'open';
  }

  /** Says nothing from now on. */
  stop(): void {
    this.#state = 'over';
    this.#answers = undefined;
    this.#pile = undefined;
  }

  #sendPile(then: readonly Uint8Array[] = NOTHING): void {
    const pile = this.#pile;
    this.#pile = undefined;
    if (this.#state === 'over') return;
    const frames = pile === undefined ? then : this.#tray.framesOf(pile).concat(then);
    if (frames.length === 0) return;
    for (const frame of frames) this.#tally.bytesOut += frame.length;
    this.#sent(frames.length === 1 ? this.#line.send(frames[0]!) : this.#line.sendAll(frames));
  }

  #sent(sent: Sent): void {
    switch (sent) {
      case 'sent':
        return;
      case 'buffered':
        // Only as it begins: who asks on and takes no answer gets no new time for what waits.
        if (this.#state === 'choked') return;
        this.#state = 'choked';
        this.#events.lineChoked();
        return;
      case 'dropped':
        this.#events.lineDropped();
    }
  }
}

const NOTHING: readonly Uint8Array[] = [];
