import { readU32, requireLength, writeU32 } from './bytes.ts';
import { WireError } from './error.ts';
import { HEADER_BYTES, MAILBOX_ID_BYTES, MAX_FRAME_BYTES, SPOKEN_WORDS } from './limits.ts';

/** Where the parts of the header stand: type u8, request u32, mailbox id of 32 bytes, then the payload. */
export const REQUEST_AT = 1;
export const MAILBOX_AT = 5;
export const PAYLOAD_AT = HEADER_BYTES;

/** A frame of `payloadLength` more bytes with its header filled in. `undefined` stands for the mailbox of zeros. */
export function newFrame(
  type: number,
  request: number,
  mailbox: Uint8Array | undefined,
  payloadLength: number,
): Uint8Array {
  if (HEADER_BYTES + payloadLength > MAX_FRAME_BYTES)
    throw new WireError('too-large', 'frame over its limit');
  const frame = new Uint8Array(HEADER_BYTES + payloadLength);
  frame[0] = type;
  writeU32(frame, REQUEST_AT, request);
  if (mailbox !== undefined) {
    requireLength(mailbox, MAILBOX_ID_BYTES, 'a mailbox id');
    frame.set(mailbox, MAILBOX_AT);
  }
  return frame;
}

/** Throws unless the frame is long enough for a header and no longer than MAX_FRAME_BYTES. */
export function requireFrameLength(frame: Uint8Array): void {
  if (frame.length < HEADER_BYTES) throw new WireError('bad-length', 'a frame is shorter than its header');
  if (frame.length > MAX_FRAME_BYTES) throw new WireError('too-large', 'a frame is over its limit');
}

/** The request id of a frame that has at least a header. */
export function requestOf(frame: Uint8Array): number {
  return readU32(frame, REQUEST_AT);
}

/** The mailbox id of a frame that has at least a header: a view, not a copy. */
export function mailboxOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(MAILBOX_AT, PAYLOAD_AT);
}

/** Throws unless the header's mailbox field is all zeros, as in frames that are about no mailbox. */
export function requireNoMailbox(frame: Uint8Array): void {
  for (let at = MAILBOX_AT; at < PAYLOAD_AT; at++) {
    if (frame[at] !== 0) throw new WireError('bad-value', 'this frame names no mailbox');
  }
}

/** Throws unless the request field is zero, as in frames that answer no single request. */
export function requireNoRequest(frame: Uint8Array): void {
  if (requestOf(frame) !== 0) throw new WireError('bad-value', 'this frame answers no request');
}

/** Throws unless nothing follows `length` bytes of payload. */
export function requirePayload(frame: Uint8Array, length: number): void {
  requireLength(frame, HEADER_BYTES + length, 'this frame');
}

/** Throws unless an envelope has a byte at least and `most` bytes at most; its kind decides that. */
export function requireEnvelope(length: number, most: number): void {
  if (length < 1) throw new WireError('bad-length', 'an envelope has at least one byte');
  if (length > most) throw new WireError('too-large', `an envelope of this kind has at most ${most} bytes`);
}

/** Throws unless `word` is the number of one. */
export function requireWord(word: number): void {
  if (!(word < SPOKEN_WORDS)) throw new WireError('bad-value', 'no word has this number');
}
