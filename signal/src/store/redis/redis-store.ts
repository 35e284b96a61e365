import { steadyClock } from '../../clock.ts';
import { SignalError } from '../../error.ts';
import type { Limits } from '../../limits.ts';
import { idOf, type MailboxName, nameInFrame, nameOf } from '../../mailbox-name.ts';
import { envelopeIn, type Parcel, parcelFromStore } from '../../parcel.ts';
import type { WordBook } from '../../words/word-book.ts';
import { sequenceAt } from '../keys.ts';
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
} from '../store.ts';
import { type Attempt, Courier } from './courier.ts';
import { Fleet } from './fleet.ts';
import { Following, type FollowingStore } from './following.ts';
import { takeFromGuest } from './guests.ts';
import { COUNT_KEY, channelOf, envelopesKey, mailboxKey, type NodeName, newNodeName } from './names.ts';
import type { Access, Address, Reply } from './redis-link.ts';
import { RedisWordBook } from './redis-word-book.ts';
import { listOf, numberOf, textOf } from './replies.ts';
import { SCRIPTS } from './scripts.ts';
import { sweepRedis } from './sweep.ts';

export interface RedisOptions {
  /** A Redis, or some processes of a cluster. */
  readonly seeds: readonly Address[];
  readonly access: Access;
  readonly limits: Limits;
  /** How long an envelope is kept. Seconds. */
  readonly retention: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How often every open mailbox is looked at, whether or not anything was heard. Milliseconds, 30,000 if absent. */
  readonly lookEveryMs?: number;
  /** Told of what an operator has to see to, for the log. */
  readonly failed?: (cause: unknown) => void;
}

/** Milliseconds: what a lost notice costs at most. A look is one read in Redis, a million readers 33,000 of them a second. */
const LOOK_EVERY_MS = 30_000;

/** A look at all mailboxes is spread over this many parts. */
const LOOKS = 30;

/** How long a mailbox is known to be read by a node that says no more. Seconds; renewed at half of it. */
const LEASE = 600;

/** Live envelopes between two sockets of this node pass without Redis; nobody can say for longer that it still reads. Milliseconds. */
const ALONE_MS = LOOK_EVERY_MS;

/** Openings of one mailbox at the same moment that one of them gives way to. */
const MOST_RIVALS = 5;

/** Live envelopes that wait to hear where their reader is, of all sockets: past that they are not worth the memory. Bytes. */
const MOST_SEEKING = 16 * 1024 * 1024;

const MINUTE_MS = 60_000;

/**
 * Any number of nodes over one Redis, Valkey or cluster of them. What is here of a mailbox is what its reader on this
 * node needs to be told; everything else is in Redis, and all that happens to a mailbox is one script (`lua/`).
 */
export class RedisStore implements Store {
  readonly words: WordBook;
  readonly #options: RedisOptions;
  readonly #me: NodeName = newNodeName();
  readonly #fleet: Fleet;
  readonly #courier: Courier;
  readonly #open = new Map<MailboxName, Following>();
  /** Where live envelopes went last; asked anew when that is wrong. */
  readonly #routes = new Map<MailboxName, NodeName>();
  readonly #following: FollowingStore;
  #underWay = 0;
  #idle: () => void = () => {};
  readonly #timer: NodeJS.Timeout;
  #looks: IterableIterator<Following> = [][Symbol.iterator]();
  #mailboxes = 0;
  /** Bytes of live envelopes that wait for Redis to say where their reader is. */
  #seeking = 0;
  #lastReady = 0;
  #stopped = false;

  private constructor(options: RedisOptions) {
    this.#options = options;
    this.#fleet = new Fleet({
      seeds: options.seeds,
      access: options.access,
      channel: channelOf(this.#me),
      message: (message) => this.#courier.heard(message),
      back: () => this.#lookAtAll(),
      failed: (cause) => options.failed?.(cause),
    });
    this.words = new RedisWordBook(this.#fleet, options.limits, steadyClock);
    this.#courier = new Courier({
      me: this.#me,
      publish: async (channel, bytes) => Number(await this.#fleet.send(channel, 'SPUBLISH', channel, bytes)),
      reader: {
        live: (frame) => {
          const following = this.#open.get(nameInFrame(frame));
          if (following === undefined) return 'elsewhere';
          return following.reader.live(frame) ? 'passed' : 'nobody';
        },
        notice: (sequence, before, epoch, parcel) =>
          this.#open.get(nameInFrame(parcel))?.notice(sequence, before, epoch, parcel),
        taken: (mailbox, epoch) => this.#open.get(nameOf(mailbox))?.superseded(epoch),
      },
      elsewhere: (...letter) => this.#wasElsewhere(...letter),
    });
    this.#following = {
      read: (following, after, most, mostBytes) => this.#read(following, after, most, mostBytes),
      over: (following) => this.#forget(following),
      forgotten: (following) => void this.#register(following, 'everybody').catch(() => {}),
    };
    this.#timer = setInterval(() => this.#lookAtSome(), (options.lookEveryMs ?? LOOK_EVERY_MS) / LOOKS);
    this.#timer.unref();
  }

  /** Connects. Rejects with SignalError `bad-store` where Redis is not there, or not durable. */
  static async connect(options: RedisOptions): Promise<RedisStore> {
    const store = new RedisStore(options);
    try {
      await store.#fleet.start();
      store.#lastReady = steadyClock();
      await store.#count();
    } catch (cause) {
      await store.stop();
      throw cause;
    }
    return store;
  }

  get ready(): boolean {
    return this.#fleet.ready && !this.#stopped;
  }

  get registered(): number {
    return this.#mailboxes;
  }

  async open(mailbox: MailboxName, reader: Reader, right: Right = 'everybody'): Promise<Opening> {
    // Without the channel nobody could tell this node of anything: it subscribes before it reads.
    if (!this.ready) throw new SignalError('store-busy', 'Redis does not answer');
    const following = new Following(mailbox, reader, this.#following);
    return this.#whileUnderWay(async () => {
      const waiting = await this.#register(following, right).catch((cause: unknown) => {
        if (cause instanceof SignalError) throw cause;
        throw new SignalError('store-busy', 'not opened', { cause });
      });
      return this.#opening(following, waiting);
    });
  }

  put(mailbox: MailboxName, parcel: Parcel): PutRefusal | Promise<'stored' | PutRefusal> {
    if (this.#stopped) return 'server-busy';
    return this.#whileUnderWay(() => this.#put(mailbox, parcel).catch(() => 'server-busy' as const));
  }

  live(mailbox: MailboxName, frame: Uint8Array, sender: LiveSender, request: number): LiveOutcome | 'later' {
    const following = this.#open.get(mailbox);
    if (following !== undefined) {
      if (!this.#fleet.ready && steadyClock() - this.#lastReady > ALONE_MS) return 'nobody';
      return following.reader.live(frame) ? 'passed' : 'nobody';
    }
    if (this.#stopped) return 'nobody';
    const route = this.#routes.get(mailbox);
    if (route !== undefined) return this.#courier.live(route, frame, sender, request, 'first');
    return this.#find(mailbox, frame, sender, request);
  }

  sweep(): Promise<Swept> {
    const now = this.#options.now();
    // Under way, so that a stop waits for its end: what it holds is given back before the connections go.
    const sweep = () =>
      sweepRedis({
        fleet: this.#fleet,
        me: this.#me,
        envelopesBefore: sequenceAt(now - this.#options.retention * 1000),
        unreadSince: this.#minutes() - this.#options.limits.lapseDays * 24 * 60,
        minutes: this.#minutes(),
        goOn: () => !this.#stopped,
        counted: (mailboxes) => {
          this.#mailboxes = mailboxes;
        },
      });
    return this.#whileUnderWay(sweep);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    // So that nobody looks for this node's readers before their lease is over.
    const closing = [...this.#open.values()].map((following) => this.#close(following));
    await Promise.allSettled(closing);
    this.#courier.stop();
    this.#fleet.close();
  }

  #opening(following: Following, waiting: number): Opening {
    return {
      waiting,
      read: async (after, most, mostBytes) => {
        if (following.over) return NOTHING;
        const found = await this.#read(following, after, most, mostBytes);
        if (typeof found === 'number') {
          following.holds(found);
          if (following.over) return NOTHING;
          throw new SignalError('store-busy', 'a fail-over forgot who reads');
        }
        const last = found.parcels.at(-1);
        if (last !== undefined) following.wasRead(last.sequence);
        return found;
      },
      remove: (upTo) => this.#whileUnderWay(() => this.#remove(following, upTo)),
      close: () => {
        if (following.over) return;
        following.end();
        this.#forget(following);
        void this.#whileUnderWay(() => this.#close(following));
      },
    };
  }

  /** Makes this node the mailbox's reader. Returns how many envelopes wait. Rejects where that can't be. */
  async #register(following: Following, right: Right): Promise<number> {
    const { key } = following;
    let seen = textOf(await this.#fleet.send(key, 'HGET', key, 'e')) || '0';
    for (let rivals = 0; rivals < MOST_RIVALS; rivals++) {
      const may = this.#mailboxes < this.#options.limits.mailboxes;
      if (seen === '0' && right !== 'everybody') {
        const reaches = right !== 'nobody' && (await takeFromGuest(this.#fleet, right, may));
        if (!reaches) throw new SignalError('pass-needed', 'nothing is left of the right to a new mailbox');
      }
      const reply = listOf(
        await this.#fleet.run(
          seen === '0' ? SCRIPTS.register : SCRIPTS.open,
          key,
          envelopesKey(key),
          seen,
          this.#me,
          String(LEASE),
          String(this.#minutes()),
          may ? '1' : '0',
        ),
      );
      const said = textOf(reply[0]);
      if (said === 'full') throw new SignalError('store-busy', 'as many mailboxes as there may be');
      if (said === 'opened') return this.#opened(following, reply);
      seen = textOf(reply[1]);
    }
    throw new SignalError('store-busy', 'others open it at this moment');
  }

  #opened(following: Following, [, epochText, waiting, last, before, created]: readonly Reply[]): number {
    const { mailbox } = following;
    const epoch = numberOf(epochText);
    if (numberOf(created) === 1) {
      this.#mailboxes++;
      this.#fleet.run(SCRIPTS.count, COUNT_KEY, '1').catch(() => {});
    }
    const node = textOf(before) as NodeName;
    if (node !== '' && node !== this.#me) this.#courier.taken(node, idOf(mailbox), epoch);
    const current = this.#open.get(mailbox);
    if (current !== undefined && current !== following) {
      if (current.epoch > epoch) {
        following.superseded(current.epoch);
        return numberOf(waiting);
      }
      current.superseded(epoch);
    }
    if (following.over) return numberOf(waiting);
    this.#routes.delete(mailbox);
    this.#open.set(mailbox, following);
    following.begin(epoch, numberOf(last));
    return numberOf(waiting);
  }

  async #put(mailbox: MailboxName, parcel: Parcel): Promise<'stored' | PutRefusal> {
    const { limits, now } = this.#options;
    const key = mailboxKey(mailbox);
    const envelope = envelopeIn(parcel);
    const reply = await this.#fleet.run(
      SCRIPTS.put,
      key,
      envelopesKey(key),
      String(sequenceAt(now())),
      Buffer.from(envelope.buffer, envelope.byteOffset, envelope.length),
      String(limits.mailboxEnvelopes),
      String(limits.mailboxBytes),
    );
    if (!Array.isArray(reply)) {
      const refusal = textOf(reply);
      return refusal === 'mailbox-full' || refusal === 'mailbox-unknown' ? refusal : 'server-busy';
    }
    const [sequence, before, node, epoch] = listOf(reply);
    this.#tell(mailbox, textOf(node), [numberOf(sequence), numberOf(before), numberOf(epoch)], parcel);
    return 'stored';
  }

  #tell(
    mailbox: MailboxName,
    node: string,
    [sequence, before, epoch]: readonly [number, number, number],
    parcel: Parcel,
  ): void {
    if (node === this.#me) this.#open.get(mailbox)?.notice(sequence, before, epoch, parcel);
    else if (node !== '') this.#courier.notice(node as NodeName, sequence, before, epoch, parcel);
  }

  async #read(
    { key, epoch, mailbox }: Following,
    after: number,
    most: number,
    mostBytes: number,
  ): Promise<ReadResult | number> {
    const args = [String(epoch), String(after + 1), String(most), String(mostBytes)];
    const [holder, more, ...entries] = listOf(
      await this.#fleet.run(SCRIPTS.read, key, envelopesKey(key), ...args),
    );
    if (numberOf(holder) !== epoch) return numberOf(holder);
    const id = idOf(mailbox);
    const parcels: { sequence: number; parcel: Parcel }[] = [];
    for (let at = 0; at + 1 < entries.length; at += 2) {
      const envelope = entries[at + 1];
      if (!Buffer.isBuffer(envelope)) continue;
      // An id's first half is the sequence.
      const sequence = Number.parseInt(textOf(entries[at]), 10);
      parcels.push({ sequence, parcel: parcelFromStore(id, envelope) });
    }
    return { parcels, more: numberOf(more) === 1 };
  }

  async #remove(following: Following, upTo: number): Promise<RemoveOutcome> {
    if (following.over) return 'not-open';
    const { key, epoch } = following;
    const args = [String(epoch), String(upTo), String(upTo + 1)];
    const reply = await this.#fleet
      .run(SCRIPTS.remove, key, envelopesKey(key), ...args)
      .catch((cause: unknown) => {
        throw new SignalError('store-busy', 'not removed', { cause });
      });
    const holder = numberOf(reply);
    if (holder === epoch) return 'removed';
    following.holds(holder);
    if (following.over) return 'not-open';
    throw new SignalError('store-busy', 'a fail-over forgot who reads');
  }

  async #close({ key, epoch }: Following): Promise<void> {
    // What does not come through ends with the lease.
    await this.#fleet.run(SCRIPTS.close, key, String(epoch)).catch(() => {});
  }

  /** Passes a live frame on to where Redis says that its reader is. */
  #find(mailbox: MailboxName, frame: Uint8Array, sender: LiveSender, request: number): 'nobody' | 'later' {
    if (this.#seeking + frame.length > MOST_SEEKING) return 'nobody';
    // The frame is only valid now.
    void this.#findAndPass(mailbox, Buffer.from(frame), sender, request);
    return 'later';
  }

  async #findAndPass(
    mailbox: MailboxName,
    frame: Buffer,
    sender: LiveSender,
    request: number,
  ): Promise<void> {
    const key = mailboxKey(mailbox);
    this.#seeking += frame.length;
    const node = textOf(await this.#fleet.run(SCRIPTS.find, key).catch(() => null)) as NodeName;
    this.#seeking -= frame.length;
    if (node === '' || node === this.#me) {
      sender.liveOutcome(request, 'nobody');
      return;
    }
    this.#routes.set(mailbox, node);
    if (this.#routes.size > this.#options.limits.accountsInMemory) this.#forgetOldestRoute();
    const outcome = this.#courier.live(node, frame, sender, request, 'last');
    if (outcome !== 'later') sender.liveOutcome(request, outcome);
  }

  /** A live frame came to a node that does not have its reader any more. */
  #wasElsewhere(frame: Uint8Array, sender: LiveSender, request: number, attempt: Attempt): void {
    const mailbox = nameInFrame(frame);
    this.#routes.delete(mailbox);
    if (attempt === 'last') sender.liveOutcome(request, 'nobody');
    else if (this.#find(mailbox, frame, sender, request) === 'nobody') sender.liveOutcome(request, 'nobody');
  }

  #forgetOldestRoute(): void {
    for (const mailbox of this.#routes.keys()) {
      this.#routes.delete(mailbox);
      return;
    }
  }

  /** Looks at the next part of the open mailboxes: whether they are still ours, and whether anything was missed. */
  #lookAtSome(): void {
    if (!this.#fleet.ready) return;
    this.#lastReady = steadyClock();
    void this.#count().catch(() => {});
    for (let left = Math.ceil(this.#open.size / LOOKS); left > 0; left--) {
      const next = this.#looks.next();
      if (next.done === true) {
        this.#looks = this.#open.values();
        return;
      }
      void this.#lookAt(next.value);
    }
  }

  /** After an absence: what was published meanwhile was not heard. */
  #lookAtAll(): void {
    for (const following of this.#open.values()) void this.#lookAt(following);
  }

  async #lookAt(following: Following): Promise<void> {
    const { key, epoch } = following;
    try {
      const args = [String(epoch), String(LEASE), String(this.#minutes())];
      const [holder, last] = listOf(await this.#fleet.run(SCRIPTS.renew, key, ...args));
      if (following.epoch === epoch && following.holds(numberOf(holder))) following.look(numberOf(last));
    } catch {
      // Redis is away: all are looked at when it is back.
    }
  }

  async #count(): Promise<void> {
    this.#mailboxes = Number(textOf(await this.#fleet.send(COUNT_KEY, 'GET', COUNT_KEY)) || '0');
  }

  #forget(following: Following): void {
    if (this.#open.get(following.mailbox) === following) this.#open.delete(following.mailbox);
  }

  #minutes(): number {
    return Math.floor(this.#options.now() / MINUTE_MS);
  }

  async #whileUnderWay<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#underWay++;
    try {
      return await work();
    } finally {
      if (--this.#underWay === 0) this.#idle();
    }
  }
}

const NOTHING: ReadResult = { parcels: [], more: false };
