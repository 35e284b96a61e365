/**
 * One RTCPeerConnection with its chat channel, and the only module that touches either. Negotiation follows the
 * "perfect negotiation" pattern of the WebRTC specification (section 10.7): the polite side gives way in a glare, but for
 * one of first offers, where its link does with a new connection. The channel is negotiated by number on both sides, so
 * that it needs no announcement.
 */
import type { TurnCredentials } from '@aside/signal/protocol';
import type { Clock } from '../clock.ts';
import { CANDIDATES_MAX, type Candidate, type LocalSignal, withoutCandidates } from './signals.ts';

/** Candidates that come within this time travel together (PROTOCOL 4). */
const CANDIDATE_BATCH = 50;
const CHAT_CHANNEL = 0;
/** Above the high mark a sender waits for the low one: more in flight was slower (PLATFORM). */
const HIGH_MARK = 256 * 1024;
const LOW_MARK = 128 * 1024;

/** Addresses of relays that are used of a server's: the browser tries each of them on every network it has. */
const RELAYS_MAX = 8;
/**
 * Candidates of the contact's until they begin anew to look for ways; each costs the browser checks with every one of its
 * own.
 */
const THEIR_CANDIDATES_MAX = 64;

export type PeerState = 'connecting' | 'connected' | 'disconnected' | 'failed';

export interface PeerOptions {
  readonly turn: TurnCredentials | undefined;
  /** Offer and use relayed candidates only: the contact never learns an address of mine. */
  readonly relayOnly: boolean;
  readonly polite: boolean;
  readonly clock: Clock;
  signal(signal: LocalSignal): void;
  state(state: PeerState): void;
  open(): void;
  closed(): void;
  frame(bytes: Uint8Array): void;
}

/** Nothing but a relay may be used, and this browser uses none of those that there are. */
export class NoRelay extends Error {
  override readonly name = 'NoRelay';
  readonly code = 'no-relay';
}

export class Peer {
  readonly #options: PeerOptions;
  readonly #connection: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  #makingOffer = false;
  #ignoringOffer = false;
  #candidates: Candidate[] = [];
  /** All since I began to look for ways, and that time's mark in them. */
  #everyCandidate: Candidate[] = [];
  #myFragment: string | null = null;
  #cancelBatch: (() => void) | undefined;
  /** Those that were taken since they began to look for ways. */
  readonly #theirCandidates = new Set<string>();
  #end: () => void = () => {};
  readonly #ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });
  #drained: (() => void)[] = [];

  /** Throws {@link NoRelay}, and what the browser throws that makes no connection. */
  constructor(options: PeerOptions) {
    this.#options = options;
    this.#connection = connect(options);
    this.#connection.onnegotiationneeded = () => void this.#offer();
    this.#connection.onicecandidate = ({ candidate }) => this.#gathered(candidate);
    this.#connection.onconnectionstatechange = () => {
      const state = this.#connection.connectionState;
      if (state === 'closed') return;
      options.state(state === 'new' ? 'connecting' : state);
    };
    this.#channel = this.#connection.createDataChannel('chat', { negotiated: true, id: CHAT_CHANNEL });
    // The contact opens no channel of their own: what came in there would be kept for a reader that never is.
    this.#connection.ondatachannel = ({ channel }) => channel.close();
    this.#channel.binaryType = 'arraybuffer';
    this.#channel.bufferedAmountLowThreshold = LOW_MARK;
    this.#channel.onopen = () => options.open();
    this.#channel.onclose = () => {
      this.#release();
      options.closed();
    };
    this.#channel.onbufferedamountlow = () => this.#release();
    this.#channel.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) options.frame(new Uint8Array(data));
    };
  }

  get isOpen(): boolean {
    return this.#channel.readyState === 'open';
  }

  /** Whether the contact has described themselves to this connection. */
  get hasRemote(): boolean {
    return this.#connection.remoteDescription !== null;
  }

  /**
   * Takes the contact's offer, answer or candidates. Never throws: what makes no sense is dropped. `ignored` is the
   * impolite side's answer to an offer that crossed its own. A browser never settles what a connection was doing when
   * it was closed (WebRTC 4.4.1.2); here that is over then, or whoever takes turns would wait for ever.
   */
  async accept(signal: LocalSignal): Promise<'taken' | 'ignored'> {
    const taken = signal.kind === 'candidates' ? this.#addCandidates(signal.list) : this.#describe(signal);
    // A stale or foreign description may fail; the repeated offer or the rebuild repairs what it left.
    await Promise.race([taken.catch(() => {}), this.#ended]);
    return signal.kind === 'offer' && this.#ignoringOffer ? 'ignored' : 'taken';
  }

  /** Says the present description and every candidate again, because the first time may have reached nobody. */
  repeat(): void {
    const description = this.#connection.localDescription;
    if (description === null || (description.type !== 'offer' && description.type !== 'answer')) return;
    this.#options.signal({ kind: description.type, sdp: withoutCandidates(description.sdp) });
    this.#send(this.#everyCandidate);
  }

  restartIce(): void {
    this.#connection.restartIce();
  }

  /** Sends a frame, first waiting while too much is under way; `false` where the channel is not open. */
  async send(bytes: Uint8Array): Promise<boolean> {
    while (this.isOpen && this.#channel.bufferedAmount > HIGH_MARK) {
      await new Promise<void>((resolve) => this.#drained.push(resolve));
    }
    if (!this.isOpen) return false;
    try {
      this.#channel.send(bytes as Uint8Array<ArrayBuffer>);
      return true;
    } catch {
      return false;
    }
  }

  /** Whether the selected pair of candidates goes through a relay; `undefined` while there is none. */
  async path(): Promise<'direct' | 'relayed' | undefined> {
    const report = await this.#connection.getStats().catch(() => undefined);
    if (report === undefined) return undefined;
    const stats = new Map<string, Record<string, unknown>>();
    report.forEach((entry: Record<string, unknown>) => {
      stats.set(entry.id as string, entry);
    });
    let pair: Record<string, unknown> | undefined;
    for (const entry of stats.values()) {
      // Chromium names the pair in its transport; Firefox marks the pair itself.
      if (entry.type === 'transport') pair ??= stats.get(entry.selectedCandidatePairId as string);
      if (entry.type === 'candidate-pair' && entry.selected === true) pair = entry;
    }
    if (pair === undefined) return undefined;
    const ends = [pair.localCandidateId, pair.remoteCandidateId].map((id) => stats.get(id as string));
    return ends.some((end) => end?.candidateType === 'relay') ? 'relayed' : 'direct';
  }

  close(): void {
    this.#cancelBatch?.();
    this.#connection.onnegotiationneeded = null;
    this.#connection.onicecandidate = null;
    this.#connection.onconnectionstatechange = null;
    this.#channel.onopen = this.#channel.onclose = this.#channel.onmessage = null;
    this.#release();
    this.#connection.close();
    this.#end();
  }

  async #offer(): Promise<void> {
    try {
      this.#makingOffer = true;
      await this.#connection.setLocalDescription();
      this.#describeMyself();
    } catch {
      // Closed meanwhile, or overtaken by an offer of the other side.
    } finally {
      this.#makingOffer = false;
    }
  }

  async #describe({ kind: type, sdp }: Exclude<LocalSignal, { kind: 'candidates' }>): Promise<void> {
    const collision = type === 'offer' && (this.#makingOffer || this.#connection.signalingState !== 'stable');
    if (type === 'offer') this.#ignoringOffer = !this.#options.polite && collision;
    if (type === 'offer' && this.#ignoringOffer) return;
    if (type === 'answer' && this.#connection.signalingState !== 'have-local-offer') return;
    const present = this.#connection.remoteDescription;
    // What answers an offer to begin anew begins anew as well (RFC 8839, 4.4.3.1.1): this answered an earlier one, and would
    // leave each side with what the other has given up.
    if (type === 'answer' && present !== null && fragmentOf(present.sdp) === fragmentOf(sdp)) return;
    if (type === 'offer' && present?.type === 'offer' && withoutCandidates(present.sdp) === sdp) {
      // The offer that is answered already was repeated: the answer got lost.
      this.repeat();
      return;
    }
    await this.#connection.setRemoteDescription({ type, sdp });
    if (present === null || fragmentOf(present.sdp) !== fragmentOf(sdp)) this.#theirCandidates.clear();
    if (type === 'offer') {
      await this.#connection.setLocalDescription();
      this.#describeMyself();
    }
  }

  #describeMyself(): void {
    const description = this.#connection.localDescription;
    if (description === null || (description.type !== 'offer' && description.type !== 'answer')) return;
    this.#options.signal({ kind: description.type, sdp: withoutCandidates(description.sdp) });
  }

  async #addCandidates(list: readonly Candidate[]): Promise<void> {
    // Nothing can be done with them yet; they come again with the description.
    if (!this.hasRemote) return;
    for (const { candidate, mid } of list) {
      const mark = `${mid} ${candidate}`;
      // Each comes again whenever the contact repeats what they said.
      if (this.#theirCandidates.has(mark)) continue;
      if (this.#theirCandidates.size === THEIR_CANDIDATES_MAX) return;
      this.#theirCandidates.add(mark);
      try {
        await this.#connection.addIceCandidate({ candidate, sdpMid: mid });
      } catch {
        // One of an offer that I ignored, or of a kind that this browser does not know; the others may fit.
      }
    }
  }

  #gathered(candidate: RTCIceCandidate | null): void {
    if (candidate === null || candidate.candidate === '') return;
    const entry = { candidate: candidate.candidate, mid: candidate.sdpMid ?? '0' };
    if (candidate.usernameFragment !== this.#myFragment) this.#everyCandidate = [];
    this.#myFragment = candidate.usernameFragment;
    this.#candidates.push(entry);
    this.#everyCandidate.push(entry);
    this.#cancelBatch ??= this.#options.clock.after(CANDIDATE_BATCH, () => {
      this.#cancelBatch = undefined;
      this.#send(this.#candidates);
      this.#candidates = [];
    });
  }

  #send(candidates: readonly Candidate[]): void {
    for (let i = 0; i < candidates.length; i += CANDIDATES_MAX) {
      this.#options.signal({ kind: 'candidates', list: candidates.slice(i, i + CANDIDATES_MAX) });
    }
  }

  #release(): void {
    const waiting = this.#drained;
    this.#drained = [];
    for (const go of waiting) go();
  }
}

/** What marks the time since which a description's maker looks for ways (RFC 8839, 5.4). */
function fragmentOf(sdp: string): string | undefined {
  return /^a=ice-ufrag:(.*)$/m.exec(sdp)?.[1];
}

/** With the relays that the browser takes: for one that it refuses, it would make no connection at all. */
function connect({ turn, relayOnly }: PeerOptions): RTCPeerConnection {
  const relays = turn === undefined ? [] : relaysOf(turn);
  const make = (iceServers: RTCIceServer[]) => {
    if (relayOnly && iceServers.length === 0) throw new NoRelay();
    return new RTCPeerConnection({ iceServers, iceTransportPolicy: relayOnly ? 'relay' : 'all' });
  };
  try {
    return make(relays);
  } catch (error) {
    const taken = takenOf(relays);
    if (taken.length === relays.length) throw error;
    return make(taken);
  }
}

/** Firefox refuses ports of other services (those of the Fetch standard), and each browser what it cannot read. */
function takenOf(relays: readonly RTCIceServer[]): RTCIceServer[] {
  const probe = new RTCPeerConnection();
  const isTaken = (relay: RTCIceServer) => {
    try {
      probe.setConfiguration({ iceServers: [relay] });
      return true;
    } catch {
      return false;
    }
  };
  const taken = relays.filter(isTaken);
  probe.close();
  return taken;
}

/** The relays among a server's addresses. */
function relaysOf({ urls, username, credential }: TurnCredentials): RTCIceServer[] {
  return urls
    .filter((url) => /^turns?:[^\s?#]+(\?transport=(udp|tcp))?$/.test(url))
    .slice(0, RELAYS_MAX)
    .map((url) => ({ urls: url, username, credential }));
}
