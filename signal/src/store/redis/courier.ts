import { steadyClock } from '../../clock.ts';
import type { Parcel } from '../../parcel.ts';
import type { LiveSender } from '../store.ts';
import { channelOf, type NodeName } from './names.ts';
import { Batch, type BatchReader, type LiveOutcomeThere, readBatch } from './post.ts';

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

/** Live envelopes on their way to one node that may be unanswered: past that they are not worth the memory. Bytes. */
const MOST_UNANSWERED = 4 * 1024 * 1024;

/** A node that says nothing for so long passes nothing on. Milliseconds. */
const PATIENCE_MS = 2000;

/** A node that nobody subscribes for is dead, or about to subscribe again: notices to it are spared so long. Milliseconds. */
const DEAF_MS = 1000;

/** Live frames of one batch, in order: who sent them, and where they lie in it. */
class Letters {
  readonly #senders: LiveSender[] = [];
  readonly #requests: number[] = [];
  readonly #places: number[] = [];
  readonly #attempts: Attempt[] = [];
  bytes = 0;
  since = 0;

  get count(): number {
    return this.#senders.length;
  }

  add(length: number, end: number, sender: LiveSender, request: number, attempt: Attempt): void {
    this.bytes += length;
    this.#senders.push(sender);
    this.#requests.push(request);
    // Both, since other parts may lie between two frames.
    this.#places.push(end - length, end);
    this.#attempts.push(attempt);
  }

  /** Tells every sender what became of its frame. */
  settle(
    batch: Buffer,
    outcome: (n: number) => LiveOutcomeThere,
    elsewhere: CourierOptions['elsewhere'],
  ): void {
    for (let n = 0; n < this.count; n++) {
      const [sender, request] = [this.#senders[n]!, this.#requests[n]!];
      const there = outcome(n);
      if (there === 'elsewhere') {
        const frame = batch.subarray(this.#places[2 * n], this.#places[2 * n + 1]);
        elsewhere(frame, sender, request, this.#attempts[n]!);
      } else {
        sender.liveOutcome(request, there);
      }
    }
  }
}

interface Waiting {
  readonly letters: Letters;
  readonly batch: Buffer;
}

/** Another node. */
interface Peer {
  batch: Batch | undefined;
  /** The live parts of `batch`. */
  letters: Letters;
  /** Batches whose live parts are unanswered, oldest first. */
  readonly waiting: Map<number, Waiting>;
  unanswered: number;
  lastLength: number;
  deafUntil: number;
}

/** Carries what nodes say to each other: all that one turn of the event loop has for a node leaves as one message. */
export class Courier {
  readonly #options: CourierOptions;
  readonly #peers = new Map<NodeName, Peer>();
  readonly #toSend = new Set<NodeName>();
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
    this.#timer = setInterval(() => this.#giveUp(), PATIENCE_MS / 4);
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
    const batch = this.#batchFor(node, peer);
    batch.live(frame);
    peer.letters.add(frame.length, batch.length, sender, request, attempt);
    if (batch.length > FULL) this.#send(node, peer);
    return 'later';
  }

  /** Tells the reader's node of an envelope that was stored. */
  notice(node: NodeName, sequence: number, before: number, epoch: number, parcel: Parcel): void {
    const peer = this.#peer(node);
    if (peer.deafUntil > 0 && peer.deafUntil > steadyClock()) return;
    this.#batchFor(node, peer).notice(sequence, before, epoch, parcel);
    if ((peer.batch?.length ?? 0) > FULL) this.#send(node, peer);
  }

  /** Tells a node that somebody else opened a mailbox that it reads. */
  taken(node: NodeName, mailbox: Uint8Array, epoch: number): void {
    this.#batchFor(node, this.#peer(node)).taken(mailbox, epoch);
  }

  /** Something was published for this node. */
  heard(bytes: Buffer): void {
    const heard = readBatch(bytes, this.#reader);
    if (heard === undefined || heard.outcomes.length === 0) return;
    this.#batchFor(heard.from, this.#peer(heard.from)).outcomes(heard.number, heard.outcomes);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const peer of this.#peers.values()) this.#forgetAnswers(peer);
    this.#peers.clear();
  }

  #peer(node: NodeName): Peer {
    let peer = this.#peers.get(node);
    if (peer === undefined) {
      peer = {
        batch: undefined,
        letters: new Letters(),
        waiting: new Map(),
        unanswered: 0,
        lastLength: 0,
        deafUntil: 0,
      };
      this.#peers.set(node, peer);
    }
    return peer;
  }

  #batchFor(node: NodeName, peer: Peer): Batch {
    if (peer.batch === undefined) {
      this.#lastNumber = (this.#lastNumber + 1) >>> 0;
      peer.batch = new Batch(this.#options.me, this.#lastNumber, peer.lastLength + 1024);
      this.#toSend.add(node);
      if (this.#toSend.size === 1) setImmediate(() => this.#sendAll());
    }
    return peer.batch;
  }

  #sendAll(): void {
    for (const node of this.#toSend) this.#send(node, this.#peer(node));
    this.#toSend.clear();
  }

  #send(node: NodeName, peer: Peer): void {
    const { batch, letters } = peer;
    if (batch === undefined) return;
    peer.batch = undefined;
    peer.lastLength = Math.min(batch.length, FULL);
    if (letters.count > 0) {
      letters.since = steadyClock();
      peer.letters = new Letters();
      peer.waiting.set(batch.number, { letters, batch: batch.bytes });
    }
    this.#options.publish(channelOf(node), batch.bytes).then(
      (listeners) => {
        if (listeners > 0) return;
        peer.deafUntil = steadyClock() + DEAF_MS;
        this.#settle(peer, batch.number, () => 'elsewhere');
      },
      () => this.#settle(peer, batch.number, () => 'nobody'),
    );
  }

  #answered(batch: number, outcomes: readonly LiveOutcomeThere[]): void {
    for (const peer of this.#peers.values()) {
      if (this.#settle(peer, batch, (n) => outcomes[n] ?? 'nobody')) return;
    }
  }

  #settle(peer: Peer, batch: number, outcome: (n: number) => LiveOutcomeThere): boolean {
    const waiting = peer.waiting.get(batch);
    if (waiting === undefined) return false;
    peer.waiting.delete(batch);
    peer.unanswered -= waiting.letters.bytes;
    waiting.letters.settle(waiting.batch, outcome, this.#options.elsewhere);
    return true;
  }

  /** Ends the waiting for nodes that do not answer, and forgets those that there is nothing to say to. */
  #giveUp(): void {
    const now = steadyClock();
    for (const [node, peer] of this.#peers) {
      for (const [number, { letters }] of peer.waiting) {
        if (letters.since > now - PATIENCE_MS) break;
        this.#settle(peer, number, () => 'nobody');
      }
      if (
        peer.batch === undefined &&
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
    peer.letters.settle(peer.batch?.bytes ?? Buffer.alloc(0), () => 'nobody', this.#options.elsewhere);
    peer.letters = new Letters();
  }
}
