import { ANSWER_RUN_BYTES, type AnswerRun, readRuns, writeRuns } from './answers.ts';
import { readU16, readU32, readU64, writeU16, writeU32, writeU64 } from './bytes.ts';
import { WireError } from './error.ts';
import {
  mailboxOf,
  newFrame,
  PAYLOAD_AT,
  requestOf,
  requireEnvelope,
  requireFrameLength,
  requireNoMailbox,
  requireNoRequest,
  requirePayload,
  requireWord,
} from './header.ts';
import { HEADER_BYTES, MAX_ENVELOPE_BYTES, MAX_LIVE_ENVELOPE_BYTES } from './limits.ts';
import { passField, readPass } from './pass.ts';
import { REFUSALS, type Refusal, refusalOf } from './refusals.ts';
import { readTurnPayload, type TurnCredentials, turnPayload } from './turn-credentials.ts';

/** First byte of the frames from server to client (WIRE.md, section 4). */
export const SERVER_TYPES = {
  opened: 0x81,
  refused: 0x82,
  deliver: 0x83,
  'deliver-live': 0x84,
  answers: 0x85,
  'turn-credentials': 0x86,
  pong: 0x87,
  taken: 0x88,
  'word-lent': 0x89,
  'word-found': 0x8a,
  'guest-pass': 0x8b,
} as const;

/** DELIVER's payload begins with the sequence. Bytes. */
export const SEQUENCE_BYTES = 8;

/** What a server says. Byte fields of a decoded frame are views into the frame. */
export type ServerFrame =
  /** This socket reads the mailbox. `waiting`: stored envelopes at this moment; `retention`: seconds that one is kept. */
  | {
      readonly type: 'opened';
      readonly request: number;
      readonly mailbox: Uint8Array;
      readonly waiting: number;
      readonly retention: number;
    }
  /** The request was not done. `retryAfter`: milliseconds, 0 where time alone changes nothing. `mailbox` is the request's (zeros for TURN and PING). */
  | {
      readonly type: 'refused';
      readonly request: number;
      readonly mailbox: Uint8Array;
      readonly reason: Refusal;
      readonly retryAfter: number;
    }
  /** A stored envelope. `sequence` counts the deliveries of this opening from 1 and means nothing after it. */
  | {
      readonly type: 'deliver';
      readonly mailbox: Uint8Array;
      readonly sequence: number;
      readonly envelope: Uint8Array;
    }
  /** A live envelope; it is not acknowledged. */
  | { readonly type: 'deliver-live'; readonly mailbox: Uint8Array; readonly envelope: Uint8Array }
  /** What became of requests since the last such frame. */
  | { readonly type: 'answers'; readonly runs: readonly AnswerRun[] }
  | { readonly type: 'turn-credentials'; readonly request: number; readonly credentials: TurnCredentials }
  | { readonly type: 'pong'; readonly request: number }
  /** Another socket opened this mailbox; this one does not read it any more. */
  | { readonly type: 'taken'; readonly mailbox: Uint8Array }
  /** The word stands for the mailbox for so many seconds, whether this socket stands or not. */
  | {
      readonly type: 'word-lent';
      readonly request: number;
      readonly mailbox: Uint8Array;
      readonly word: number;
      readonly seconds: number;
    }
  /** The word that was asked about stands for this mailbox. */
  | { readonly type: 'word-found'; readonly request: number; readonly mailbox: Uint8Array }
  /** A pass for somebody else: it opens a few mailboxes, for a while. `pass` has 1 to 255 bytes. */
  | { readonly type: 'guest-pass'; readonly request: number; readonly pass: Uint8Array };

/** The frame's bytes. Throws {@link WireError} for a field out of its range. */
export function encodeServerFrame(frame: ServerFrame): Uint8Array {
  switch (frame.type) {
    case 'opened': {
      const bytes = newFrame(SERVER_TYPES.opened, frame.request, frame.mailbox, 8);
      writeU32(bytes, PAYLOAD_AT, frame.waiting);
      writeU32(bytes, PAYLOAD_AT + 4, frame.retention);
      return bytes;
    }
    case 'refused': {
      const bytes = newFrame(SERVER_TYPES.refused, frame.request, frame.mailbox, 5);
      bytes[PAYLOAD_AT] = REFUSALS[frame.reason];
      writeU32(bytes, PAYLOAD_AT + 1, frame.retryAfter);
      return bytes;
    }
    case 'deliver': {
      requireEnvelope(frame.envelope.length, MAX_ENVELOPE_BYTES);
      const length = SEQUENCE_BYTES + frame.envelope.length;
      const bytes = newFrame(SERVER_TYPES.deliver, 0, frame.mailbox, length);
      writeU64(bytes, PAYLOAD_AT, frame.sequence);
      bytes.set(frame.envelope, PAYLOAD_AT + SEQUENCE_BYTES);
      return bytes;
    }
    case 'deliver-live': {
      requireEnvelope(frame.envelope.length, MAX_LIVE_ENVELOPE_BYTES);
      const bytes = newFrame(SERVER_TYPES['deliver-live'], 0, frame.mailbox, frame.envelope.length);
      bytes.set(frame.envelope, PAYLOAD_AT);
      return bytes;
    }
    case 'answers': {
      const bytes = newFrame(SERVER_TYPES.answers, 0, undefined, frame.runs.length * ANSWER_RUN_BYTES);
      writeRuns(bytes, PAYLOAD_AT, frame.runs);
      return bytes;
    }
    case 'turn-credentials': {
      const payload = turnPayload(frame.credentials);
      const bytes = newFrame(SERVER_TYPES['turn-credentials'], frame.request, undefined, payload.length);
      bytes.set(payload, PAYLOAD_AT);
      return bytes;
    }
    case 'pong':
      return newFrame(SERVER_TYPES.pong, frame.request, undefined, 0);
    case 'taken':
      return newFrame(SERVER_TYPES.taken, 0, frame.mailbox, 0);
    case 'word-lent': {
      requireWord(frame.word);
      const bytes = newFrame(SERVER_TYPES['word-lent'], frame.request, frame.mailbox, 6);
      writeU16(bytes, PAYLOAD_AT, frame.word);
      writeU32(bytes, PAYLOAD_AT + 2, frame.seconds);
      return bytes;
    }
    case 'word-found':
      return newFrame(SERVER_TYPES['word-found'], frame.request, frame.mailbox, 0);
    case 'guest-pass': {
      const pass = passField(frame.pass);
      const bytes = newFrame(SERVER_TYPES['guest-pass'], frame.request, undefined, pass.length);
      bytes.set(pass, PAYLOAD_AT);
      return bytes;
    }
  }
}

/** The frame that these bytes are, without copying an envelope. Throws {@link WireError} for all others. */
export function decodeServerFrame(bytes: Uint8Array): ServerFrame {
  requireFrameLength(bytes);
  const request = requestOf(bytes);
  const mailbox = mailboxOf(bytes);
  switch (bytes[0]) {
    case SERVER_TYPES.opened:
      requirePayload(bytes, 8);
      return {
        type: 'opened',
        request,
        mailbox,
        waiting: readU32(bytes, PAYLOAD_AT),
        retention: readU32(bytes, PAYLOAD_AT + 4),
      };
    case SERVER_TYPES.refused: {
      requirePayload(bytes, 5);
      const reason = refusalOf(bytes[PAYLOAD_AT]!);
      if (reason === undefined) throw new WireError('bad-value', 'no refusal has this code');
      return { type: 'refused', request, mailbox, reason, retryAfter: readU32(bytes, PAYLOAD_AT + 1) };
    }
    case SERVER_TYPES.deliver:
      requireNoRequest(bytes);
      requireEnvelope(bytes.length - HEADER_BYTES - SEQUENCE_BYTES, MAX_ENVELOPE_BYTES);
      return {
        type: 'deliver',
        mailbox,
        sequence: readU64(bytes, PAYLOAD_AT),
        envelope: bytes.subarray(PAYLOAD_AT + SEQUENCE_BYTES),
      };
    case SERVER_TYPES['deliver-live']:
      requireNoRequest(bytes);
      requireEnvelope(bytes.length - HEADER_BYTES, MAX_LIVE_ENVELOPE_BYTES);
      return { type: 'deliver-live', mailbox, envelope: bytes.subarray(PAYLOAD_AT) };
    case SERVER_TYPES.answers:
      requireNoRequest(bytes);
      requireNoMailbox(bytes);
      return { type: 'answers', runs: readRuns(bytes.subarray(PAYLOAD_AT)) };
    case SERVER_TYPES['turn-credentials']:
      requireNoMailbox(bytes);
      return { type: 'turn-credentials', request, credentials: readTurnPayload(bytes.subarray(PAYLOAD_AT)) };
    case SERVER_TYPES.pong:
      requireNoMailbox(bytes);
      requirePayload(bytes, 0);
      return { type: 'pong', request };
    case SERVER_TYPES.taken:
      requireNoRequest(bytes);
      requirePayload(bytes, 0);
      return { type: 'taken', mailbox };
    case SERVER_TYPES['word-lent']: {
      requirePayload(bytes, 6);
      const word = readU16(bytes, PAYLOAD_AT);
      requireWord(word);
      return { type: 'word-lent', request, mailbox, word, seconds: readU32(bytes, PAYLOAD_AT + 2) };
    }
    case SERVER_TYPES['word-found']:
      requirePayload(bytes, 0);
      return { type: 'word-found', request, mailbox };
    case SERVER_TYPES['guest-pass']:
      requireNoMailbox(bytes);
      return { type: 'guest-pass', request, pass: readPass(bytes.subarray(PAYLOAD_AT)) };
    default:
      throw new WireError('unknown-type', 'no server frame begins with this byte');
  }
}
