/**
 * One envelope's bytes (SPEC 6.4): version, nonce, sealed header, preamble, sealed body, tag. One random nonce serves
 * header and body, which have different keys. The header is bound to the body's tag, the body to the header: nobody
 * without the header key can make a known number appear on other bytes.
 */
import { CryptoError } from '../errors.ts';
import { fillRandom } from '../random.ts';
import { HEADER_BYTES, PROTOCOL_VERSION, SEALED_HEADER_BYTES } from '../sizes.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, aeadOpen, aeadSealInto } from '../sodium.ts';

const NONCE_AT = 1;
const HEADER_AT = NONCE_AT + AEAD_NONCE_BYTES;
const PREAMBLE_AT = HEADER_AT + SEALED_HEADER_BYTES;

export interface Header {
  readonly number: number;
  /** How many messages the maker's chain before this one had. */
  readonly previous: number;
}

/** Scratch for what is bound or sealed beside a message: public bytes, written anew for every call. */
const headerScratch = new Uint8Array(HEADER_BYTES);
const headerDataScratch = new Uint8Array(1 + AEAD_TAG_BYTES);
const bodyDataScratch = new Uint8Array(32 + HEADER_BYTES);

/** What an envelope carries that can be told without a key. Views into it, not copies. */
export interface Parsed {
  readonly bytes: Uint8Array;
  readonly nonce: Uint8Array;
  readonly sealedHeader: Uint8Array;
  /** Of the body; authenticated by the header. */
  readonly tag: Uint8Array;
}

/** Throws `malformed` for bytes too short for any message, `wrong-version` for another version. */
export function parseEnvelope(bytes: Uint8Array): Parsed {
  if (bytes.length < PREAMBLE_AT + AEAD_TAG_BYTES) throw new CryptoError('malformed', 'envelope');
  if (bytes[0] !== PROTOCOL_VERSION) throw new CryptoError('wrong-version', 'envelope');
  return {
    bytes,
    nonce: bytes.subarray(NONCE_AT, HEADER_AT),
    sealedHeader: bytes.subarray(HEADER_AT, PREAMBLE_AT),
    tag: bytes.subarray(bytes.length - AEAD_TAG_BYTES),
  };
}

/** The first bytes behind the header. Throws `malformed` where there are fewer, or none left for a body. */
export function preambleOf(envelope: Parsed, length: number): Uint8Array {
  if (envelope.bytes.length < PREAMBLE_AT + length + AEAD_TAG_BYTES) {
    throw new CryptoError('malformed', 'envelope');
  }
  return envelope.bytes.subarray(PREAMBLE_AT, PREAMBLE_AT + length);
}

/** `undefined` where the header was not sealed under this key. */
export function openHeader(envelope: Parsed, headerKey: Uint8Array): Header | undefined {
  const plain = aeadOpen(headerKey, envelope.nonce, headerData(envelope.tag), envelope.sealedHeader);
  if (plain === undefined) return undefined;
  return { number: readU32(plain, 0), previous: readU32(plain, 4) };
}

/** Throws `forged` where the body does not fit. */
export function openBody(
  envelope: Parsed,
  header: Header,
  preambleBytes: number,
  chainData: Uint8Array,
  messageKey: Uint8Array,
): Uint8Array {
  const sealed = envelope.bytes.subarray(PREAMBLE_AT + preambleBytes);
  const body = aeadOpen(messageKey, envelope.nonce, bodyData(chainData, encodeHeader(header)), sealed);
  if (body === undefined) throw new CryptoError('forged', 'envelope');
  return body;
}

/** Puts a message together. */
export function makeEnvelope(input: {
  headerKey: Uint8Array;
  messageKey: Uint8Array;
  header: Header;
  preamble: Uint8Array;
  chainData: Uint8Array;
  body: Uint8Array;
}): Uint8Array {
  const { headerKey, messageKey, preamble, chainData, body } = input;
  const header = encodeHeader(input.header);
  const bodyAt = PREAMBLE_AT + preamble.length;
  const out = new Uint8Array(bodyAt + body.length + AEAD_TAG_BYTES);
  const nonce = out.subarray(NONCE_AT, HEADER_AT);
  fillRandom(nonce);
  out[0] = PROTOCOL_VERSION;
  out.set(preamble, PREAMBLE_AT);
  aeadSealInto(out, bodyAt, messageKey, nonce, bodyData(chainData, header), body);
  const tag = out.subarray(out.length - AEAD_TAG_BYTES);
  aeadSealInto(out, HEADER_AT, headerKey, nonce, headerData(tag), header);
  return out;
}

function headerData(tag: Uint8Array): Uint8Array {
  headerDataScratch[0] = PROTOCOL_VERSION;
  headerDataScratch.set(tag, 1);
  return headerDataScratch;
}

function bodyData(chainData: Uint8Array, header: Uint8Array): Uint8Array {
  bodyDataScratch.set(chainData);
  bodyDataScratch.set(header, 32);
  return bodyDataScratch;
}

function encodeHeader(header: Header): Uint8Array {
  writeU32(headerScratch, 0, header.number);
  writeU32(headerScratch, 4, header.previous);
  return headerScratch;
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
