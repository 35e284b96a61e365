import { PAYLOAD_AT, requestOf } from '../protocol/header.ts';
import {
  CLIENT_TYPES,
  type ClientFrame,
  type CloseReason,
  decodeServerFrame,
  encodeClientFrame,
  HEADER_BYTES,
  MAILBOX_ID_BYTES,
  MAX_FRAME_BYTES,
  type ServerFrame,
} from '../protocol/index.ts';
import type { Line, Sent } from '../src/line.ts';
import type { Session } from '../src/session.ts';

/** A property of the server that does not hold. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** What was said by whom: envelopes as texts, the mailbox's id before them. */
interface Witnessed {
  readonly said: Set<string>;
  /** Answered `stored`. */
  readonly stored: Set<string>;
  /** Acknowledged, whatever was said to that. */
  readonly acknowledged: Set<string>;
}

type WithoutRequest<Frame> = Frame extends { readonly request: number } ? Omit<Frame, 'request'> : never;

const TYPES: ReadonlySet<number | undefined> = new Set(Object.values(CLIENT_TYPES));

/**
 * One socket at the door, whatever it says. Holds the server to its word: every frame can be read, every request has one
 * answer, nothing comes after the end, and every envelope is one that somebody sent to that mailbox.
 */
export class Caller implements Line {
  session!: Session;
  /** What becomes of the frames that the server sends. */
  takes: Sent = 'sent';
  /** Types, outcomes and refusals that this socket was told. */
  readonly kinds = new Set<string>();
  readonly delivered = new Set<string>();
  lastKind = 'nothing';
  ended: CloseReason | undefined;
  guestPass: Uint8Array | undefined;
  readonly #world: Witnessed;
  #next = 1;
  /** Requests without an answer: of a `send`, what it would have stored. */
  readonly #owed = new Map<number, string | undefined>();
  /** What this opening of a mailbox delivered, by number. */
  readonly #deliveries = new Map<string, string[]>();

  constructor(world: Witnessed) {
    this.#world = world;
  }

  /** How many requests have no answer. A socket that ended gets none. */
  get owed(): number {
    return this.ended === undefined && !this.session.over ? this.#owed.size : 0;
  }

  /** The request that is due. */
  get next(): number {
    return this.#next;
  }

  say(frame: WithoutRequest<ClientFrame>): void {
    this.receive(encodeClientFrame({ ...frame, request: this.#next } as ClientFrame));
  }

  /** Says any bytes. */
  receive(bytes: Uint8Array): void {
    if (this.session.over) return;
    // What the gate takes for a request: it has an answer, or is the last one.
    const counts = bytes.length >= HEADER_BYTES && bytes.length <= MAX_FRAME_BYTES && TYPES.has(bytes[0]);
    if (counts && requestOf(bytes) === this.#next) this.#note(bytes);
    this.session.receive(bytes.slice());
  }

  send(bytes: Uint8Array): Sent {
    if (this.ended !== undefined) throw new Finding('something is said after the end');
    if (this.takes !== 'dropped') this.#hear(decodeServerFrame(bytes.slice()));
    return this.takes;
  }

  sendAll(frames: readonly Uint8Array[]): Sent {
    for (const frame of frames) if (this.send(frame) === 'dropped') return 'dropped';
    return this.takes;
  }

  backlog(): number {
    return this.takes === 'sent' ? 0 : 1;
  }

  end(reason: CloseReason): void {
    if (this.ended !== undefined) throw new Finding('a socket ends twice');
    this.ended = reason;
  }

  #note(bytes: Uint8Array): void {
    const request = this.#next++;
    const mailbox = latin1(bytes.subarray(PAYLOAD_AT - MAILBOX_ID_BYTES, PAYLOAD_AT));
    const sealed = bytes[0] === CLIENT_TYPES.send || bytes[0] === CLIENT_TYPES.live;
    const envelope = sealed ? mailbox + latin1(bytes.subarray(PAYLOAD_AT)) : undefined;
    if (envelope !== undefined) this.#world.said.add(envelope);
    this.#owed.set(request, bytes[0] === CLIENT_TYPES.send ? envelope : undefined);
    if (bytes[0] !== CLIENT_TYPES.ack || bytes.length < PAYLOAD_AT + 8) return;
    const upTo = Number(Buffer.from(bytes).readBigUInt64BE(PAYLOAD_AT));
    for (const one of (this.#deliveries.get(mailbox) ?? []).slice(0, upTo)) this.#world.acknowledged.add(one);
  }

  #hear(frame: ServerFrame): void {
    this.#told(frame.type);
    switch (frame.type) {
      case 'answers':
        for (const { first, count, outcome } of frame.runs) {
          for (let request = first; request < first + count; request++) this.#answered(request, outcome);
        }
        return;
      case 'deliver': {
        const envelope = this.#known(frame);
        const opening = latin1(frame.mailbox);
        const before = frame.sequence === 1 ? [] : (this.#deliveries.get(opening) ?? []);
        if (frame.sequence !== before.length + 1) throw new Finding('a delivery is out of order');
        before.push(envelope);
        this.#deliveries.set(opening, before);
        this.delivered.add(envelope);
        return;
      }
      case 'deliver-live':
        this.#known(frame);
        return;
      case 'taken':
        return;
      default:
        this.#answered(frame.request, frame.type === 'refused' ? frame.reason : frame.type);
        if (frame.type === 'guest-pass') this.guestPass = frame.pass.slice();
    }
  }

  #known({ mailbox, envelope }: { mailbox: Uint8Array; envelope: Uint8Array }): string {
    const whole = latin1(mailbox) + latin1(envelope);
    if (!this.#world.said.has(whole)) throw new Finding('an envelope is not what anybody sent');
    return whole;
  }

  #answered(request: number, kind: string): void {
    const envelope = this.#owed.get(request);
    if (!this.#owed.delete(request)) throw new Finding(`request ${request} is answered twice, or was none`);
    this.#told(kind);
    if (kind === 'stored' && envelope !== undefined) this.#world.stored.add(envelope);
  }

  #told(kind: string): void {
    this.kinds.add(kind);
    this.lastKind = kind;
  }
}

/** Bytes as a text, one by one: to be compared and kept in sets. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
