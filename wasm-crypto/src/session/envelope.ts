/**
 * One envelope's bytes (SPEC 6.4): version, nonce, sealed header, preamble, sealed body, tag. One random nonce serves
 * header and body, which have different keys. The header is bound to the body's tag, the body to the header: nobody
 * without the header key can make a known number appear on other bytes.
 *
 * Envelopes are put together and taken apart on the desk. Its layout: the chain key and what one step makes of it, the
 * header key, the associated data of the header, that of the body, which ends with the plain header, the chain's own
 * preamble to compare with, and the envelope, so that the preamble in it lies on eight bytes.
 */
import { CryptoError } from '../errors.ts';
import { padInto, unpad } from '../padding.ts';
import { fillRandom } from '../random.ts';
import { FIRST_PREAMBLE_BYTES, HEADER_BYTES, PROTOCOL_VERSION, SEALED_HEADER_BYTES } from '../sizes.ts';
import { CHAIN_CONTEXT, deskAt, openAt, type SealAt, sealAt, stepAt, takeDesk } from '../sodium/desk.ts';
import { clean, desk, SHALLOW, sameMemory } from '../sodium/memory.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, checkKey } from '../sodium.ts';
import type { SendingChain } from './state.ts';

/** In an envelope. */
const NONCE_AT = 1;
const HEADER_AT = NONCE_AT + AEAD_NONCE_BYTES;
const PREAMBLE_AT = HEADER_AT + SEALED_HEADER_BYTES;

/** On the desk. */
const CHAIN_KEY = 0;
const CONTEXT = 32;
const NEXT_KEY = 40;
const MESSAGE_KEY = NEXT_KEY + 32;
const HEADER_KEY = MESSAGE_KEY + 32;
const HEADER_DATA = HEADER_KEY + 32;
const HEADER_DATA_BYTES = 1 + AEAD_TAG_BYTES;
const BODY_DATA = 160;
const BODY_DATA_BYTES = 32 + HEADER_BYTES;
const HEADER = BODY_DATA + 32;
const SECRETS_END = BODY_DATA + BODY_DATA_BYTES;
const PREAMBLE = SECRETS_END;
const ENVELOPE = ((PREAMBLE + FIRST_PREAMBLE_BYTES + 7) & ~7) + 8 - (PREAMBLE_AT & 7);

export interface Header {
  readonly number: number;
  /** How many messages the maker's chain before this one had. */
  readonly previous: number;
}

/** What an envelope carries that can be told without a key. */
export interface Parsed {
  readonly bytes: Uint8Array;
  /** The first four bytes of the body's tag, as a signed number; authenticated by the header. */
  readonly tag: number;
}

/** Throws `malformed` for bytes too short for any message, `wrong-version` for another version. */
export function parseEnvelope(bytes: Uint8Array): Parsed {
  if (bytes.length < PREAMBLE_AT + AEAD_TAG_BYTES) throw new CryptoError('malformed', 'envelope');
  if (bytes[0] !== PROTOCOL_VERSION) throw new CryptoError('wrong-version', 'envelope');
  return { bytes, tag: readU32(bytes, bytes.length - AEAD_TAG_BYTES) | 0 };
}

/** Lays an envelope out; {@link openHeader} and {@link openBody} work on what lies there. */
export function layOut({ bytes }: Parsed): void {
  const sodium = takeDesk(ENVELOPE + bytes.length);
  const at = deskAt();
  const heap = sodium.heap;
  const end = at + ENVELOPE + bytes.length;
  heap.set(bytes, at + ENVELOPE);
  heap[at + HEADER_DATA] = PROTOCOL_VERSION;
  heap.copyWithin(at + HEADER_DATA + 1, end - AEAD_TAG_BYTES, end);
}

/** Overwrites whatever of an envelope of so many bytes, and of its keys, is on the desk. */
export function clear(bytes: number): void {
  const sodium = takeDesk(0);
  const at = deskAt();
  clean(sodium, desk, SECRETS_END, SHALLOW);
  sodium.heap.fill(0, at + ENVELOPE, at + ENVELOPE + bytes);
}

/** The first bytes behind the header. Throws `malformed` where there are fewer, or none left for a body. */
export function preambleOf(envelope: Parsed, length: number): Uint8Array {
  checkPreambleLength(envelope, length);
  return envelope.bytes.subarray(PREAMBLE_AT, PREAMBLE_AT + length);
}

/** Whether the envelope that is laid out has this preamble. Throws as {@link preambleOf} does. */
export function hasPreamble(envelope: Parsed, preamble: Uint8Array): boolean {
  checkPreambleLength(envelope, preamble.length);
  const sodium = takeDesk(0);
  const at = deskAt();
  sodium.heap.set(preamble, at + PREAMBLE);
  return sameMemory(sodium, at + PREAMBLE, at + ENVELOPE + PREAMBLE_AT, preamble.length);
}

function checkPreambleLength(envelope: Parsed, length: number): void {
  if (envelope.bytes.length < PREAMBLE_AT + length + AEAD_TAG_BYTES) {
    throw new CryptoError('malformed', 'envelope');
  }
}

/** Of the envelope that is laid out; `undefined` where its header was not sealed under this key. */
export function openHeader(headerKey: Uint8Array): Header | undefined {
  checkKey(headerKey);
  const sodium = takeDesk(0);
  const at = deskAt();
  const heap = sodium.heap;
  heap.set(headerKey, at + HEADER_KEY);
  const sealed = at + ENVELOPE + HEADER_AT;
  if (!openAt(sodium, at + HEADER, sealed, SEALED_HEADER_BYTES, headerSeal(at))) return undefined;
  return { number: readU32(heap, at + HEADER), previous: readU32(heap, at + HEADER + 4) };
}

/** Steps a chain; what comes of it stays on the desk, for {@link openBody} and {@link nextChainKey}. */
export function takeStep(chainKey: Uint8Array): void {
  checkKey(chainKey);
  const sodium = takeDesk(0);
  const at = deskAt();
  const heap = sodium.heap;
  heap.set(chainKey, at + CHAIN_KEY);
  heap.set(CHAIN_CONTEXT, at + CONTEXT);
  stepAt(sodium, at + NEXT_KEY, at + CHAIN_KEY, at + CONTEXT);
}

/** What {@link takeStep} made of a chain's key. To be asked for last: an envelope that does not open leaves no copy. */
export function nextChainKey(): Uint8Array {
  const at = deskAt() + NEXT_KEY;
  return takeDesk(0).heap.slice(at, at + 32);
}

/** Puts a message key that was kept on the desk for {@link openBody}. */
export function takeMessageKey(messageKey: Uint8Array): void {
  checkKey(messageKey);
  takeDesk(0).heap.set(messageKey, deskAt() + MESSAGE_KEY);
}

/** What is to be given out of a body: all of it, or the text that was padded. */
export type Whole = 'body' | 'text';

/**
 * Opens what is laid out, whose header was opened before, under the message key on the desk. Throws `forged` where the
 * body does not fit, `malformed` where its padding has no sense.
 */
export function openBody(
  envelope: Parsed,
  preambleBytes: number,
  chainData: Uint8Array,
  whole: Whole,
): Uint8Array {
  checkKey(chainData);
  const sodium = takeDesk(0);
  const at = deskAt();
  const heap = sodium.heap;
  heap.set(chainData, at + BODY_DATA);
  const sealed = PREAMBLE_AT + preambleBytes;
  const body = at + ENVELOPE + sealed;
  const bytes = envelope.bytes.length - sealed;
  if (!openAt(sodium, body, body, bytes, bodySeal(at))) throw new CryptoError('forged', 'envelope');
  const end = body + bytes - AEAD_TAG_BYTES;
  return whole === 'body' ? heap.slice(body, end) : unpad(heap, body, end);
}

/**
 * Puts a chain's next message together, and steps the chain. The body is the given bytes, or where `padded` is given
 * these padded to so many.
 */
export function makeEnvelope(
  chain: SendingChain,
  text: Uint8Array,
  padded?: number,
): { envelope: Uint8Array; chainKey: Uint8Array } {
  checkKey(chain.headerKey);
  checkKey(chain.chainKey);
  checkKey(chain.associatedData);
  const { preamble } = chain;
  const bodyBytes = padded ?? text.length;
  const bytes = PREAMBLE_AT + preamble.length + bodyBytes + AEAD_TAG_BYTES;
  const sodium = takeDesk(ENVELOPE + bytes);
  const at = deskAt();
  const heap = sodium.heap;
  const start = at + ENVELOPE;
  const body = start + PREAMBLE_AT + preamble.length;
  // What can throw comes before what is secret.
  fillRandom(heap, start + NONCE_AT, AEAD_NONCE_BYTES);
  if (padded === undefined) heap.set(text, body);
  else padInto(heap, body, text, padded);
  heap[start] = PROTOCOL_VERSION;
  heap.set(preamble, start + PREAMBLE_AT);
  takeStep(chain.chainKey);
  const chainKey = nextChainKey();
  heap.set(chain.associatedData, at + BODY_DATA);
  writeU32(heap, at + HEADER, chain.next);
  writeU32(heap, at + HEADER + 4, chain.previous);
  sealAt(sodium, body, body, bodyBytes, bodySeal(at));
  heap.set(chain.headerKey, at + HEADER_KEY);
  heap[at + HEADER_DATA] = PROTOCOL_VERSION;
  heap.copyWithin(at + HEADER_DATA + 1, body + bodyBytes, body + bodyBytes + AEAD_TAG_BYTES);
  sealAt(sodium, start + HEADER_AT, at + HEADER, HEADER_BYTES, headerSeal(at));
  const envelope = heap.slice(start, start + bytes);
  // Where the text was is its ciphertext now.
  clear(0);
  return { envelope, chainKey };
}

function headerSeal(at: number): SealAt {
  const nonce = at + ENVELOPE + NONCE_AT;
  return { key: at + HEADER_KEY, nonce, ad: at + HEADER_DATA, adBytes: HEADER_DATA_BYTES };
}

function bodySeal(at: number): SealAt {
  const nonce = at + ENVELOPE + NONCE_AT;
  return { key: at + MESSAGE_KEY, nonce, ad: at + BODY_DATA, adBytes: BODY_DATA_BYTES };
}

function writeU32(out: Uint8Array, at: number, value: number): void {
  out[at] = value & 255;
  out[at + 1] = (value >>> 8) & 255;
  out[at + 2] = (value >>> 16) & 255;
  out[at + 3] = value >>> 24;
}

function readU32(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return low + (bytes[at + 3] ?? 0) * 2 ** 24;
}
