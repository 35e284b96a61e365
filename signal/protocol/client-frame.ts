import { readU16, readU64, requireLength, writeU16, writeU64 } from './bytes.ts';
import { WireError } from './error.ts';
import {
  mailboxOf,
  newFrame,
  PAYLOAD_AT,
  requestOf,
  requireEnvelope,
  requireFrameLength,
  requireNoMailbox,
  requirePayload,
  requireWord,
} from './header.ts';
import { HEADER_BYTES, MAILBOX_KEY_BYTES, MAX_ENVELOPE_BYTES, MAX_LIVE_ENVELOPE_BYTES } from './limits.ts';
import { passField, readOptionalPass, readPass } from './pass.ts';

const NO_PASS = new Uint8Array(0);

/** First byte of the frames from client to server (WIRE.md, section 3). */
export const CLIENT_TYPES = {
  open: 0x01,
  close: 0x02,
  send: 0x03,
  live: 0x04,
  ack: 0x05,
  turn: 0x06,
  ping: 0x07,
  'lend-word': 0x08,
  'resolve-word': 0x09,
  mint: 0x0a,
} as const;

/**
 * What a client says. `request` rises by one per frame on a socket, from 1. `mailbox` is the id of 32 bytes.
 * Byte fields of a decoded frame are views into the frame.
 */
export type ClientFrame =
  /** Read this mailbox from now on. `key` has 32 bytes and `mailbox` is its BLAKE2b-256. `pass`, of 1 to 255 bytes: for a mailbox that the server may not know. */
  | {
      readonly type: 'open';
      readonly request: number;
      readonly mailbox: Uint8Array;
      readonly key: Uint8Array;
      readonly pass?: Uint8Array;
    }
  /** Let go: stop reading. What is not acknowledged stays. */
  | { readonly type: 'close'; readonly request: number; readonly mailbox: Uint8Array }
  /** Store `envelope` (1 to MAX_ENVELOPE_BYTES bytes) for the mailbox's reader. */
  | SealedFrame<'send'>
  /** Pass `envelope` (1 to MAX_LIVE_ENVELOPE_BYTES bytes) to whoever reads the mailbox now. */
  | SealedFrame<'live'>
  /** Remove everything up to and including `sequence` of this opening. */
  | {
      readonly type: 'ack';
      readonly request: number;
      readonly mailbox: Uint8Array;
      readonly sequence: number;
    }
  /** Ask for TURN credentials; needs an open mailbox on this socket. */
  | { readonly type: 'turn'; readonly request: number; readonly pass?: Uint8Array }
  | { readonly type: 'ping'; readonly request: number }
  /** Lend a word that stands for this mailbox, which this socket reads. `wish`: this one if it is free. */
  | {
      readonly type: 'lend-word';
      readonly request: number;
      readonly mailbox: Uint8Array;
      readonly wish?: number;
    }
  /** Which mailbox does this word stand for? */
  | { readonly type: 'resolve-word'; readonly request: number; readonly word: number }
  /** Ask for a guest pass, to be given to somebody else; `pass` is one of the operator's. */
  | { readonly type: 'mint'; readonly request: number; readonly pass: Uint8Array };

interface SealedFrame<Type extends 'send' | 'live'> {
  readonly type: Type;
  readonly request: number;
  readonly mailbox: Uint8Array;
  readonly envelope: Uint8Array;
}

/** In the place of a wish where there is none. */
const NO_WISH = 0xffff;

/**
 * The frame's bytes. Throws `bad-length` where a field has the wrong length, `bad-value` for a number out of range,
 * `too-large` for an envelope over its limit.
 */
export function encodeClientFrame(frame: ClientFrame): Uint8Array {
  if (frame.request === 0) throw new WireError('bad-value', 'request ids begin at 1');
  switch (frame.type) {
    case 'open': {
      requireLength(frame.key, MAILBOX_KEY_BYTES, 'a mailbox key');
      const pass = frame.pass === undefined ? NO_PASS : passField(frame.pass);
      const length = MAILBOX_KEY_BYTES + pass.length;
      const bytes = newFrame(CLIENT_TYPES.open, frame.request, frame.mailbox, length);
      bytes.set(frame.key, PAYLOAD_AT);
      bytes.set(pass, PAYLOAD_AT + MAILBOX_KEY_BYTES);
      return bytes;
    }
    case 'close':
      return newFrame(CLIENT_TYPES.close, frame.request, frame.mailbox, 0);
    case 'send':
    case 'live': {
      requireEnvelope(frame.envelope.length, mostFor(frame.type));
      const bytes = newFrame(CLIENT_TYPES[frame.type], frame.request, frame.mailbox, frame.envelope.length);
      bytes.set(frame.envelope, PAYLOAD_AT);
      return bytes;
    }
    case 'ack': {
      const bytes = newFrame(CLIENT_TYPES.ack, frame.request, frame.mailbox, 8);
      writeU64(bytes, PAYLOAD_AT, frame.sequence);
      return bytes;
    }
    case 'turn':
    case 'mint': {
      const pass = frame.pass === undefined ? NO_PASS : passField(frame.pass);
      const bytes = newFrame(CLIENT_TYPES[frame.type], frame.request, undefined, pass.length);
      bytes.set(pass, PAYLOAD_AT);
      return bytes;
    }
    case 'ping':
      return newFrame(CLIENT_TYPES.ping, frame.request, undefined, 0);
    case 'lend-word': {
      if (frame.wish !== undefined) requireWord(frame.wish);
      const bytes = newFrame(CLIENT_TYPES['lend-word'], frame.request, frame.mailbox, 2);
      writeU16(bytes, PAYLOAD_AT, frame.wish ?? NO_WISH);
      return bytes;
    }
    case 'resolve-word': {
      requireWord(frame.word);
      const bytes = newFrame(CLIENT_TYPES['resolve-word'], frame.request, undefined, 2);
      writeU16(bytes, PAYLOAD_AT, frame.word);
      return bytes;
    }
  }
}

/** The frame that these bytes are, without copying. Throws {@link WireError} for all others. */
export function decodeClientFrame(bytes: Uint8Array): ClientFrame {
  requireFrameLength(bytes);
  const request = requestOf(bytes);
  if (request === 0) throw new WireError('bad-value', 'request ids begin at 1');
  const mailbox = mailboxOf(bytes);
  switch (bytes[0]) {
    case CLIENT_TYPES.open: {
      const key = bytes.subarray(PAYLOAD_AT, PAYLOAD_AT + MAILBOX_KEY_BYTES);
      requireLength(key, MAILBOX_KEY_BYTES, 'a mailbox key');
      const pass = readOptionalPass(bytes.subarray(PAYLOAD_AT + MAILBOX_KEY_BYTES));
      return { type: 'open', request, mailbox, key, ...pass };
    }
    case CLIENT_TYPES.close:
      requirePayload(bytes, 0);
      return { type: 'close', request, mailbox };
    case CLIENT_TYPES.send:
      requireEnvelope(bytes.length - HEADER_BYTES, MAX_ENVELOPE_BYTES);
      return { type: 'send', request, mailbox, envelope: bytes.subarray(PAYLOAD_AT) };
    case CLIENT_TYPES.live:
      requireEnvelope(bytes.length - HEADER_BYTES, MAX_LIVE_ENVELOPE_BYTES);
      return { type: 'live', request, mailbox, envelope: bytes.subarray(PAYLOAD_AT) };
    case CLIENT_TYPES.ack:
      requirePayload(bytes, 8);
      return { type: 'ack', request, mailbox, sequence: readU64(bytes, PAYLOAD_AT) };
    case CLIENT_TYPES.turn:
      requireNoMailbox(bytes);
      return { type: 'turn', request, ...readOptionalPass(bytes.subarray(PAYLOAD_AT)) };
    case CLIENT_TYPES.ping:
      requireNoMailbox(bytes);
      requirePayload(bytes, 0);
      return { type: 'ping', request };
    case CLIENT_TYPES['lend-word']: {
      requirePayload(bytes, 2);
      const wish = readU16(bytes, PAYLOAD_AT);
      if (wish === NO_WISH) return { type: 'lend-word', request, mailbox };
      requireWord(wish);
      return { type: 'lend-word', request, mailbox, wish };
    }
    case CLIENT_TYPES['resolve-word']: {
      requireNoMailbox(bytes);
      requirePayload(bytes, 2);
      const word = readU16(bytes, PAYLOAD_AT);
      requireWord(word);
      return { type: 'resolve-word', request, word };
    }
    case CLIENT_TYPES.mint:
      requireNoMailbox(bytes);
      return { type: 'mint', request, pass: readPass(bytes.subarray(PAYLOAD_AT)) };
    default:
      throw new WireError('unknown-type', 'no client frame begins with this byte');
  }
}

function mostFor(type: 'send' | 'live'): number {
  return type === 'send' ? MAX_ENVELOPE_BYTES : MAX_LIVE_ENVELOPE_BYTES;
}
