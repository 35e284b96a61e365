import { steadyClock } from '../../clock.ts';
import type { Parcel } from '../../parcel.ts';
import type { LiveSender } from '../store.ts';
import { channelOf, type NodeName } from './names.ts';
import { Batch, type BatchReader, type LiveOutcomeThere, liveFramesIn, readBatch } from './post.ts';

export interface CourierOptions {
  readonly me: NodeName;
  /** Publishes on a channel. Resolves with how many listen there on that Redis process: 0 is nobody for certain. */
  readonly publish: (channel: string, bytes: Buffer) => Promise<number>;
  readonly reader: Omit<BatchReader, 'outcomes'>;
  /** A live frame came to a node that does not have its reader. The frame is valid during the call. */
  readonly elsewhere: (frame: Uint8Array, sender: LiveSender, request: number, attempt: Attempt) => void;
}

/** `first`: to where the reader was once. `last`: to where Redis says that it is. */
export type Attempt = 'first' | 'last';

/** A batch that is as large leaves before the turn ends. Bytes. */
const FULL = 256 * 1024;

/** Memory of a new batch; it grows. Bytes. */
const FIRST_ROOM = 4096;

/** Batches that are kept to be used again: what is under way at a time where much is. */
const MOST_SPARE = 8;

/** One that long envelopes made larger is not kept. Bytes. */
const MOST_ROOM = 2 * FULL;

/** Live envelopes on their way to one node that may be unanswered: past that they are not worth the memory. Bytes. */
const MOST_UNANSWERED = 4 * 1024 * 1024;

/** From one look for answers that are due to the next. Milliseconds. */
const LOOK_EVERY_MS = 500;

/**
 * A node that says nothing for so many looks passes nothing on: two seconds. Not by the clock, by which a process that
 * itself got no time, for a crowd or a busy machine, would take that for the other node's silence.
 */
const MOST_LOOKS = 5;

/** A node that nobody subscribes for is dead, or about to subscribe again: notices to it are spared so long. Milliseconds. */
const DEAF_MS = 1000;

/**
 * A batch, and in order who sent the live frames in it. When nothing needs it any more it is used again: batches live
 * for some milliseconds, which is long enough that collecting them costs as much as carrying them.
 */
class Mail {
  readonly batch: Batch;
  readonly #senders: LiveSender[] = [];
  readonly #requests: number[] = [];
  /** The places of those that go to where Redis says. */
  readonly #lasts = new Set<number>();
  /** Live frames in the batch. */
  count = 0;
  /** Their bytes. */
  bytes = 0;
  /** At so many looks it was unanswered. */
  looks = 0;
  /** What needs it still: Redis, and those who wait for answers. */
  uses = 0;

  constructor(me: NodeName) {
    this.batch = new Batch(me, FIRST_ROOM);
  }

  add(frame: Uint8Array, sender: LiveSender, request: number, attempt: Attempt): void {
    this.batch.live(frame);
    this.bytes += frame.length;
    if (attempt === 'last') this.#lasts.add(this.count);
    // Written over and not emptied: an array that is emptied asks for its memory anew.
    this.#senders[this.count] = sender;
    this.#requests[this.count] = request;
    this.count++;
  }

  /** Tells every sender what became of its frame. */
  settle(outcome: (n: number) => LiveOutcomeThere, elsewhere: CourierOptions['elsewhere']): void {
    // Looked for only where one is needed, which is rare.
    let frames: readonly Uint8Array[] | undefined;
    for (let n = 0; n < this.count; n++) {
      const sender = this.#senders[n]!;
      const request = this.#requests[n]!;
      const there = outcome(n);
      if (there === 'elsewhere') {
        frames ??= liveFramesIn(this.batch.bytes);
        elsewhere(frames[n]!, sender, request, this.#lasts.has(n) ? 'last' : 'first');
      } else {
        sender.liveOutcome(request, there);
      }
    }
  }

  /** Forgets who sent what, so that nobody who has left is remembered. */
  clear(): void {
    this.#senders.fill(NOBODY, 0, this.count);
    this.#lasts.clear();
    this.count = 0;
    this.bytes = 0;
  }
}

const NOBODY: LiveSender = { liveOutcome: () => {} };

/** Another node. */
interface Peer {
  /** What leaves at the end of this turn. */
  mail: Mail | undefined;
  /** What has left and has live frames that are unanswered, by its number, oldest first. */
  readonly waiting: Map<number, Mail>;
  unanswered: number;
  deafUntil: number;
}

/** Carries what nodes say to each other: all that one turn of the event loop has for a node leaves as one message. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #peers = new Map<NodeName, Peer>();
  readonly #toSend = new Set<NodeName>();
  readonly #spare: Mail[] = [];
  readonly #reader: BatchReader;
  #lastNumber = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#reader = {
      live: (frame) => options.reader.live(frame),
      notice: (...parts) => options.reader.notice(...parts),
      taken: (...parts) => options.reader.taken(...parts),
      outcomes: (batch, outcomes) => this.#answered(batch, outcomes),
    };
    // A timer that is late runs before what came meanwhile is read, and an immediate after it.
    this.#timer = setInterval(() => setImmediate(() => this.#giveUp()), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Hands a live frame to a node, and tells the sender later. The frame is copied. */
  live(
    node: NodeName,
    frame: Uint8Array,
    sender: LiveSender,
    request: number,
    attempt: Attempt,
  ): 'nobody' | 'later' {
    const peer = this.#peer(node);
    if (peer.unanswered + frame.length > MOST_UNANSWERED) return 'nobody';
    peer.unanswered += frame.length;
    const mail = this.#mailFor(node, peer);
    mail.add(frame, sender, request, attempt);
    if (mail.batch.length > FULL) this.#send(node, peer);
    return 'later';
  }

  /** Tells the reader's node of an envelope that was stored. */
  notice(node: NodeName, sequence: number, before: number, epoch: number, parcel: Parcel): void {
    const peer = this.#peer(node);
    if (peer.deafUntil > 0 && peer.deafUntil > steadyClock()) return;
    const { batch } = this.#mailFor(node, peer);
    batch.notice(sequence, before, epoch, parcel);
    if (batch.length > FULL) this.#send(node, peer);
  }

  /** Tells a node that somebody else opened a mailbox that it reads. */
  taken(node: NodeName, mailbox: Uint8Array, epoch: number): void {
    this.#mailFor(node, this.#peer(node)).batch.taken(mailbox, epoch);
  }

  /** Something was published for this node. */
  heard(bytes: Buffer): void {
    const heard = readBatch(bytes, this.#reader);
    if (heard === undefined || heard.outcomes.length === 0) return;
    this.#mailFor(heard.from, this.#peer(heard.from)).batch.outcomes(heard.number, heard.outcomes);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const peer of this.#peers.values()) this.#forgetAnswers(peer);
    this.#peers.clear();
  }

  #peer(node: NodeName): Peer {
    let peer = this.#peers.get(node);
    if (peer === undefined) {
      peer = { mail: undefined, waiting: new Map(), unanswered: 0, deafUntil: 0 };
      this.#peers.set(node, peer);
    }
    return peer;
  }

  #mailFor(node: NodeName, peer: Peer): Mail {
    if (peer.mail === undefined) {
      this.#lastNumber = (this.#lastNumber + 1) >>> 0;
      peer.mail = this.#spare.pop() ?? new Mail(this.#options.me);
      peer.mail.batch.begin(this.#lastNumber);
      this.#toSend.add(node);
      if (this.#toSend.size === 1) setImmediate(() => this.#sendAll());
    }
    return peer.mail;
  }

  #sendAll(): void {
    for (const node of this.#toSend) this.#send(node, this.#peer(node));
    this.#toSend.clear();
  }

  #send(node: NodeName, peer: Peer): void {
    const { mail } = peer;
    if (mail === undefined) return;
    peer.mail = undefined;
    const { number, bytes } = mail.batch;
    mail.uses = 1;
    if (mail.count > 0) {
      mail.uses++;
      mail.looks = 0;
      peer.waiting.set(number, mail);
    }
    this.#options
      .publish(channelOf(node), bytes)
      .then(
        (listeners) => {
          if (listeners > 0) return;
          peer.deafUntil = steadyClock() + DEAF_MS;
          this.#settle(peer, number, () => 'elsewhere');
        },
        () => void this.#settle(peer, number, () => 'nobody'),
      )
      // Not before: until it has answered, Redis may not have got all of it.
      .finally(() => this.#release(mail));
  }

  /** One need less; without any it is there for the next batch. */
  #release(mail: Mail): void {
    mail.uses--;
    if (mail.uses > 0 || this.#spare.length >= MOST_SPARE || mail.batch.room > MOST_ROOM) return;
    mail.clear();
    this.#spare.push(mail);
  }

  #answered(batch: number, outcomes: readonly LiveOutcomeThere[]): void {
    for (const peer of this.#peers.values()) {
      if (this.#settle(peer, batch, (n) => outcomes[n] ?? 'nobody')) return;
    }
  }

  #settle(peer: Peer, batch: number, outcome: (n: number) => LiveOutcomeThere): boolean {
    const mail = peer.waiting.get(batch);
    if (mail === undefined) return false;
    peer.waiting.delete(batch);
    peer.unanswered -= mail.bytes;
    mail.settle(outcome, this.#options.elsewhere);
    this.#release(mail);
    return true;
  }

  /** Ends the waiting for nodes that do not answer, and forgets those that there is nothing to say to. */
  #giveUp(): void {
    const now = steadyClock();
    for (const [node, peer] of this.#peers) {
      for (const [number, mail] of peer.waiting) {
        if (++mail.looks >= MOST_LOOKS) this.#settle(peer, number, () => 'nobody');
      }
      if (
        peer.mail === undefined &&
        peer.waiting.size === 0 &&
        peer.deafUntil < now &&
        !this.#toSend.has(node)
      ) {
        this.#peers.delete(node);
      }
    }
  }

  #forgetAnswers(peer: Peer): void {
    for (const number of [...peer.waiting.keys()]) this.#settle(peer, number, () => 'nobody');
    peer.mail?.settle(() => 'nobody', this.#options.elsewhere);
    peer.mail = undefined;
  }
}
