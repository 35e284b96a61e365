/**
 * The connection with one contact over its life: knocking, connecting, restarting, rebuilding. It exists as long as
 * the contact does; a {@link Peer} inside it comes and goes with each attempt.
 */
import type { TurnCredentials } from '@aside/signal/protocol';
import type { ConnectionView } from '../../bridge/types/snapshots.ts';
import { backoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { detach, report } from '../report.ts';
import { FRAME } from './frames.ts';
import { NoRelay, Peer, type PeerOptions, type PeerState } from './peer.ts';
import { Pings } from './pings.ts';
import { encodeSignal, type LocalSignal, type Signal } from './signals.ts';

/** A disconnection often mends itself; after this long it is helped. Milliseconds. */
const BEFORE_RESTART = 2500;
/**
 * What the polite side leaves the other to begin a restart by itself: both see a connection fail in one moment, and where
 * both begin to restart it at once, Firefox has DTLS fail at both ends. Milliseconds.
 */
const HEAD_START = 1000;
/** What a restart may take before the connection is built anew. Milliseconds. */
const BEFORE_REBUILD = 10_000;
/** Knocks on one connection before it makes room for another: addresses change while one waits. */
const KNOCKS_MAX = 4;
/**
 * A connection that the contact has answered is under way for so long, and nothing else is begun: with a slow line and a
 * relay over TLS the next would take as long, and each side's next one would end the other's. Milliseconds.
 */
const UNDER_WAY_MAX = 15_000;
/** How often the open connection is timed while somebody looks at it. Milliseconds. */
const PING_EVERY = 15_000;
/** An open connection that nobody looks at and that carries nothing is closed after this long. Milliseconds. */
const IDLE_MAX = 300_000;
/** A connection that stood for so long was a good one: the next is tried at once. Milliseconds. */
const STABLE = 10_000;
/** Signals of the contact that wait for the browser: more than any negotiation has, and no memory worth naming. */
const SIGNALS_MAX = 64;
const ATTEMPT_MAX = 2 ** 32 - 1;
/** Those behind this are left to be counted one by one. */
const ATTEMPT_OF_CLOCK_MAX = ATTEMPT_MAX - 2 ** 28;
/** An attempt that was made before and goes on rising: enough are left. */
export const ATTEMPT_KEPT_MAX = ATTEMPT_MAX - 2 ** 27;
/** Attempts are tenths of seconds since 2026, so that they rise over restarts and last 13 years in 32 bits. */
const ATTEMPT_EPOCH = Date.UTC(2026, 0, 1);

export interface LinkOptions {
  readonly clock: Clock;
  readonly polite: boolean;
  relayOnly(): boolean;
  /** The highest attempt before this link, and who is told of every new one. */
  readonly lastAttempt: number;
  attempted(attempt: number): void;
  turn(): Promise<TurnCredentials | undefined>;
  /** Seals a live envelope and passes it on; tells whether somebody was there. */
  pass(attempt: number, payload: Uint8Array): Promise<'passed' | 'nobody' | 'unsent'>;
  /** An envelope came over the connection. */
  envelope(envelope: Uint8Array): void;
  /** The connection opened, closed, or its view changed. */
  changed(): void;
  /** Makes the connection; tests bring their own. */
  readonly makePeer?: (options: PeerOptions) => Peer;
}

type State =
  | { readonly kind: 'idle' }
  /** Asking for relay credentials, before there is a connection. */
  | { readonly kind: 'preparing'; readonly attempt: number }
  /** `knocks` on this connection; `answeredAt`: when the contact did. */
  | {
      readonly kind: 'connecting';
      readonly attempt: number;
      readonly peer: Peer;
      readonly knocks: number;
      readonly answeredAt?: number;
    }
  | { readonly kind: 'open'; readonly attempt: number; readonly peer: Peer; readonly since: number }
  /** Open, but nothing comes through: it may mend itself, and until then nothing is entrusted to it. */
  | { readonly kind: 'shaky'; readonly attempt: number; readonly peer: Peer; readonly since: number };

export class Link {
  readonly #options: LinkOptions;
  #state: State = { kind: 'idle' };
  #wanted = false;
  #theirAttempt = 0;
  #lastAttempt: number;
  #knocks = 0;
  #cancelKnock: () => void = () => {};
  #cancelRepair: () => void = () => {};
  /**
   * `due`: a restart begins after a while. One that has `begun`, on either side, has its time, whatever the browser says of
   * it on the way: only what comes through ends that.
   */
  #repair: 'none' | 'due' | 'begun' = 'none';
  #cancelPing: () => void = () => {};
  #cancelIdle: () => void = () => {};
  #usedAt = 0;
  /** Connections in a row that fell soon after they came. */
  #falls = 0;
  #lacksRelay = false;
  #signals = 0;
  #path: 'direct' | 'relayed' | undefined;
  readonly #pings: Pings;
  /** Signals are handled one after the other: each may wait for the browser. */
  #queue: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#lastAttempt = options.lastAttempt;
    this.#pings = new Pings({
      clock: options.clock,
      send: async (frame) => (await this.#peer?.send(frame)) ?? false,
      answered: () => options.changed(),
      // The channel says that it is open, and nobody is at its other end: a computer that slept, a network that changed.
      silent: () => {
        if (this.#state.kind === 'open') this.#peerState(this.#state.attempt, 'failed');
      },
    });
  }

  get isOpen(): boolean {
    return this.#state.kind === 'open' && this.#state.peer.isOpen;
  }

  /** Only a relay may be used, and there is none: the link waits until there is. */
  get lacksRelay(): boolean {
    return this.#lacksRelay;
  }

  get #peer(): Peer | undefined {
    return this.#state.kind === 'idle' || this.#state.kind === 'preparing' ? undefined : this.#state.peer;
  }

  /** How bytes go to the contact over this link, or `undefined` where it carries none. */
  get view(): ConnectionView | undefined {
    if (this.#state.kind === 'open' && this.#path !== undefined) {
      const { roundTrip } = this.#pings;
      return { state: this.#path, ...(roundTrip === undefined ? {} : { roundTrip }) };
    }
    if (this.#state.kind === 'idle' || this.#knocks > 1) return undefined;
    return { state: 'connecting' };
  }

  /** Somebody wants the connection: a conversation is on a screen. */
  want(wanted: boolean): void {
    if (this.#wanted === wanted) return;
    this.#wanted = wanted;
    if (wanted) {
      this.#knocks = 0;
      if (this.#state.kind === 'idle') this.#begin();
      else if (this.#state.kind === 'open') void this.ping();
    } else {
      this.#cancelPing();
      this.#usedAt = this.#options.clock.now();
      if (this.#state.kind !== 'open' && this.#state.kind !== 'shaky') this.#rest();
    }
  }

  /** The contact gave a sign of life: a knock now may find them. */
  encourage(): void {
    if (!this.#wanted || this.#state.kind === 'open' || this.#knocks <= 1 || this.#isUnderWay) return;
    this.#knocks = 0;
    this.#rest();
    this.#begin();
  }

  /** Builds the connection anew, because what it may use has changed. */
  rebuild(): void {
    const used = this.#state.kind !== 'idle';
    this.#rest();
    if (used || this.#wanted) this.#begin();
  }

  /** Takes a signal of the contact's; `from` is their attempt. */
  receive(from: number, signal: Signal): void {
    if (this.#signals >= SIGNALS_MAX || from > ATTEMPT_MAX) return;
    this.#signals++;
    this.#queue = this.#queue
      .then(() => this.#take(from, signal))
      .catch(report)
      .finally(() => {
        this.#signals--;
      });
  }

  /** Sends a sealed envelope over the open connection; `false` where it is not open (any more). */
  async send(envelope: Uint8Array): Promise<boolean> {
    if (this.#state.kind !== 'open') return false;
    const frame = new Uint8Array(1 + envelope.length);
    frame[0] = FRAME.envelope;
    frame.set(envelope, 1);
    this.#usedAt = this.#options.clock.now();
    return this.#state.peer.send(frame);
  }

  /** Milliseconds there and back over the open connection, or `undefined` where it is not open. */
  async ping(): Promise<number | undefined> {
    if (this.#state.kind !== 'open') return undefined;
    this.#cancelPing();
    const roundTrip = await this.#pings.ping();
    if (this.#wanted && this.isOpen) {
      this.#cancelPing();
      this.#cancelPing = this.#options.clock.after(PING_EVERY, () => void this.ping());
    }
    return roundTrip;
  }

  end(): void {
    this.#ended = true;
    this.#wanted = false;
    this.#rest();
  }

  #newAttempt(): number {
    const now = Math.floor((this.#options.clock.now() - ATTEMPT_EPOCH) / 100);
    // A clock that is far ahead would use up all that there are, and the contact hear of none that comes after it.
    this.#lastAttempt = Math.max(this.#lastAttempt + 1, now <= ATTEMPT_OF_CLOCK_MAX ? now : 0);
    this.#options.attempted(this.#lastAttempt);
    return this.#lastAttempt;
  }

  #begin(): void {
    detach(this.#prepare());
  }

  /** Tries again after a pause that grows while connections fall as soon as they come, or do not even begin. */
  #beginLater(): void {
    this.#cancelKnock();
    this.#cancelKnock = this.#options.clock.after(backoff(++this.#falls, Math.random()), () => {
      if (this.#wanted && this.#state.kind === 'idle') this.#begin();
    });
  }

  /** Makes a new peer once the relay's credentials are there; it then offers by itself. */
  async #prepare(): Promise<Peer | undefined> {
    if (this.#ended) return undefined;
    const attempt = this.#newAttempt();
    this.#state = { kind: 'preparing', attempt };
    this.#options.changed();
    // Without credentials there may be a direct connection all the same; an error is reported where it happened.
    const turn = await this.#options.turn().catch(() => undefined);
    if (this.#state.kind !== 'preparing' || this.#state.attempt !== attempt) return undefined;
    const relayOnly = this.#options.relayOnly();
    this.#lacksRelay = relayOnly && turn === undefined;
    const peer = this.#lacksRelay ? undefined : this.#newPeer(attempt, turn, relayOnly);
    if (peer === undefined) {
      this.#rest();
      this.#beginLater();
      return undefined;
    }
    this.#state = { kind: 'connecting', attempt, peer, knocks: 0 };
    this.#knockLater();
    return peer;
  }

  /** `undefined` where the browser makes none: it counts connections, and may use none of the relays. */
  #newPeer(attempt: number, turn: TurnCredentials | undefined, relayOnly: boolean): Peer | undefined {
    const make = this.#options.makePeer ?? ((options: PeerOptions) => new Peer(options));
    try {
      return make({
        turn,
        relayOnly,
        polite: this.#options.polite,
        clock: this.#options.clock,
        signal: (signal) => detach(this.#pass(attempt, signal)),
        state: (state) => this.#peerState(attempt, state),
        open: () => detach(this.#opened(attempt)),
        closed: () => this.#down(attempt),
        frame: (bytes) => this.#frame(attempt, bytes),
      });
    } catch (error) {
      if (error instanceof NoRelay) this.#lacksRelay = true;
      else report(error);
      return undefined;
    }
  }

  async #pass(attempt: number, signal: LocalSignal): Promise<void> {
    const answer = await this.#options.pass(attempt, encodeSignal(signal, this.#theirAttempt));
    if (signal.kind === 'offer' && answer !== 'passed' && this.#isCurrent(attempt)) {
      // Nobody there: what the person sees is the mailbox, while knocking goes on quietly.
      this.#knocks = Math.max(this.#knocks, 2);
      this.#options.changed();
    }
  }

  #knockLater(): void {
    this.#cancelKnock();
    const wait = backoff(this.#knocks + 2, Math.random());
    this.#cancelKnock = this.#options.clock.after(wait, () => {
      if (this.#state.kind !== 'connecting') return;
      this.#knocks++;
      this.#options.changed();
      if (!this.#wanted && this.#knocks > 3 && !this.#isUnderWay) {
        this.#rest();
        return;
      }
      this.#state = { ...this.#state, knocks: this.#state.knocks + 1 };
      if (this.#state.knocks >= KNOCKS_MAX && !this.#isUnderWay) {
        this.#rest();
        this.#begin();
        return;
      }
      this.#state.peer.repeat();
      this.#knockLater();
    });
  }

  async #take(from: number, signal: Signal): Promise<void> {
    if (this.#ended || from < this.#theirAttempt) return;
    const mine = this.#state.kind === 'idle' ? 0 : this.#state.attempt;
    if (from > this.#theirAttempt) {
      // Whoever built a new connection may not have heard of mine: an offer counts wherever it is addressed.
      if (signal.kind === 'candidates' || (signal.kind === 'answer' && signal.to !== mine)) return;
      this.#theirAttempt = from;
      const restarted = this.#peer?.hasRemote === true;
      if (signal.kind === 'offer') this.#leaveEarlier();
      else if (restarted) {
        // A restart of mine was answered by a connection that is not the one it was meant for: that one is gone.
        this.rebuild();
        return;
      }
    } else if (signal.kind !== 'candidates' && signal.to !== 0 && signal.to !== mine) return;
    let peer = this.#peer;
    // The contact restarts it: to begin as well would undo that.
    if (signal.kind === 'offer' && this.#repair === 'due') this.#repairBegun(mine);
    // In a glare the polite side gives way. Not by taking its offer back: of a connection that did so while it looked for
    // its first addresses, Chromium finds none any more.
    if (signal.kind === 'offer' && this.#options.polite && peer?.hasRemote === false) {
      this.#rest();
      peer = undefined;
    }
    if (peer === undefined) {
      if (signal.kind !== 'offer') return;
      peer = await this.#prepare();
    }
    // It does so once it hears my offer; the first time may have reached nobody.
    if ((await peer?.accept(signal)) === 'ignored') peer?.repeat();
    if (peer?.hasRemote !== true || this.#state.kind !== 'connecting' || this.#state.peer !== peer) return;
    const { answeredAt = this.#options.clock.now() } = this.#state;
    this.#state = { ...this.#state, answeredAt };
  }

  get #isUnderWay(): boolean {
    if (this.#state.kind !== 'connecting' || this.#state.answeredAt === undefined) return false;
    return Math.abs(this.#options.clock.now() - this.#state.answeredAt) < UNDER_WAY_MAX;
  }

  /** Gives up a connection that met an earlier attempt of theirs; one that nobody has answered can take the new one. */
  #leaveEarlier(): void {
    if (this.#peer?.hasRemote === true) this.#rest();
  }

  #isCurrent(attempt: number): boolean {
    return this.#state.kind !== 'idle' && this.#state.attempt === attempt;
  }

  #peerState(attempt: number, state: PeerState): void {
    const peer = this.#peer;
    if (!this.#isCurrent(attempt) || peer === undefined) return;
    if (state === 'connected') this.#steady();
    if (this.#repair === 'begun') return;
    this.#endRepair();
    if (state !== 'disconnected' && state !== 'failed') return;
    if (this.#state.kind === 'open') {
      this.#state = { ...this.#state, kind: 'shaky' };
      this.#options.changed();
    }
    const restart = () => {
      this.#repairBegun(attempt);
      peer.restartIce();
    };
    const wait = (state === 'failed' ? 0 : BEFORE_RESTART) + (this.#options.polite ? HEAD_START : 0);
    if (wait === 0) restart();
    else {
      this.#repair = 'due';
      this.#cancelRepair = this.#options.clock.after(wait, restart);
    }
  }

  /** A restart is under way, mine or the contact's: it has its time. */
  #repairBegun(attempt: number): void {
    this.#cancelRepair();
    this.#repair = 'begun';
    this.#cancelRepair = this.#options.clock.after(BEFORE_REBUILD, () => this.#down(attempt));
  }

  /** Something comes through: a connection that was shaky is open again, and hears what it may have lost. */
  #steady(): void {
    this.#endRepair();
    if (this.#state.kind === 'shaky') {
      this.#state = { ...this.#state, kind: 'open' };
      // One that was due meanwhile was not sent, and each leads to the next.
      if (this.#wanted) detach(this.ping());
    }
    if (this.#state.kind === 'open') detach(this.#learnPath(this.#state.attempt));
  }

  #endRepair(): void {
    this.#cancelRepair();
    this.#repair = 'none';
  }

  async #opened(attempt: number): Promise<void> {
    if (this.#state.kind !== 'connecting' || this.#state.attempt !== attempt) return;
    this.#cancelKnock();
    this.#endRepair();
    this.#knocks = 0;
    const now = this.#options.clock.now();
    this.#state = { kind: 'open', attempt, peer: this.#state.peer, since: now };
    this.#usedAt = now;
    this.#closeWhenIdle(IDLE_MAX);
    // Before the path is known, which takes the browser its time: what is sent meanwhile is lost if it falls meanwhile.
    this.#options.changed();
    await this.#learnPath(attempt);
    // The first round trip of a connection pays for its beginning; the second is what a person should be told.
    await this.ping();
    await this.ping();
  }

  /** A contact who looks at the conversation pings, which is use enough to keep the connection. */
  #closeWhenIdle(wait: number): void {
    this.#cancelIdle = this.#options.clock.after(wait, () => {
      const left = this.#usedAt + IDLE_MAX - this.#options.clock.now();
      if (this.#wanted) this.#closeWhenIdle(IDLE_MAX);
      // More than that is left of nothing: the clock was put back.
      else if (left > 0 && left <= IDLE_MAX) this.#closeWhenIdle(left);
      else this.#rest();
    });
  }

  async #learnPath(attempt: number): Promise<void> {
    if (this.#state.kind !== 'open' || this.#state.attempt !== attempt) return;
    const path = await this.#state.peer.path();
    if (!this.#isCurrent(attempt)) return;
    this.#path = path ?? this.#path ?? 'direct';
    this.#options.changed();
  }

  #down(attempt: number): void {
    if (!this.#isCurrent(attempt)) return;
    // Also by a clock that was put back meanwhile.
    const stood = 'since' in this.#state ? Math.abs(this.#options.clock.now() - this.#state.since) : 0;
    if (stood >= STABLE) this.#falls = 0;
    this.#rest();
    if (this.#wanted) this.#beginLater();
  }

  #rest(): void {
    this.#cancelKnock();
    this.#endRepair();
    this.#cancelPing();
    this.#cancelIdle();
    this.#peer?.close();
    this.#state = { kind: 'idle' };
    this.#path = undefined;
    this.#pings.forget();
    this.#options.changed();
  }

  #frame(attempt: number, bytes: Uint8Array): void {
    if (!this.#isCurrent(attempt)) return;
    this.#usedAt = this.#options.clock.now();
    this.#pings.heard();
    if (this.#state.kind === 'shaky') this.#steady();
    if (bytes[0] === FRAME.envelope && bytes.length > 1) this.#options.envelope(bytes.subarray(1));
    else this.#pings.take(bytes);
  }
}
