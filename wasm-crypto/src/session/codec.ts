/** A session as the bytes of a row (SPEC 6.9). Of our own making, but checked like anything that comes from a disk. */
import { Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { encodeIdentity, readIdentity } from '../identity.ts';
import {
  FIRST_PREAMBLE_BYTES,
  IDENTITY_BYTES,
  PREAMBLE_BYTES,
  PROTOCOL_VERSION,
  SEALED_HANDSHAKE_BYTES,
  SUITE,
} from '../sizes.ts';
import { KEM_PUBLIC_BYTES, KEM_SECRET_BYTES } from '../sodium.ts';
import { wiping } from '../wiping.ts';
import { MAX_MISSING, MAX_RETIRED, MAX_SESSION_BYTES, RECENT_TAGS, RETIRED_TAGS } from './limits.ts';
import { MISSING_ENTRY_BYTES, missingCount, NONE } from './missing.ts';
import type { LiveKeys, Ratchet, ReceivingChain, RetiredChain, SendingChain, Session } from './state.ts';
import { ringLength, ringOf, type TagRing, tagAt } from './tags.ts';

const KEY = 32;
const MINE = 0;
const THEIRS = 1;

/**
 * At most 65,536 bytes, commonly 9,000. Holds secrets: seal it before it is stored, wipe it after. Throws `malformed` for
 * what is no session.
 */
export function encodeSession(session: Session): Uint8Array {
  const { peer, associatedData, ratchet, receiving, retired, live } = session;
  const writer = new Writer(sizeOf(session))
    .u8(PROTOCOL_VERSION)
    .u8(SUITE)
    .put(encodeIdentity(peer))
    .put(associatedData, KEY)
    .put(live.send, KEY)
    .u8(live.receive.length);
  for (const key of live.receive) writer.put(key, KEY);
  writeRatchet(writer, ratchet);
  writer.u8(receiving === undefined ? 0 : 1);
  if (receiving !== undefined) writeReceiving(writer, receiving);
  writer.u8(retired.length);
  for (const chain of retired) writeRetired(writer, chain);
  return writer.bytes;
}

/** Throws `malformed`, or `wrong-version` for a row of newer code. */
export function decodeSession(bytes: Uint8Array): Session {
  if (bytes.length > MAX_SESSION_BYTES) throw new CryptoError('malformed', 'session');
  return wiping((_, made) => readSession(new Reader(made(bytes.slice()))));
}

function readSession(reader: Reader): Session {
  if (reader.u8() !== PROTOCOL_VERSION) throw new CryptoError('wrong-version', 'session');
  if (reader.u8() !== SUITE) throw new CryptoError('wrong-version', 'suite');
  const peer = readIdentity(reader.take(IDENTITY_BYTES));
  const associatedData = reader.take(KEY);
  const live = readLive(reader);
  const ratchet = readRatchet(reader);
  const receiving = flag(reader) ? readReceiving(reader) : undefined;
  const count = reader.u8();
  if (count > MAX_RETIRED) throw new CryptoError('malformed', 'session');
  const retired = Array.from({ length: count }, () => readRetired(reader));
  reader.end();
  return { peer, associatedData, live, ratchet, receiving, retired };
}

function sizeOf({ ratchet, receiving, retired, live }: Session): number {
  let size = 2 + IDENTITY_BYTES + KEY + KEY + 1 + live.receive.length * KEY;
  size += 1 + 4 + KEY + KEY;
  size +=
    ratchet.turn === 'mine'
      ? KEY + KEM_PUBLIC_BYTES + 4 + 1 + ratchet.handshake.length
      : KEY + KEM_SECRET_BYTES + 2 * KEY + 8 + 1 + ratchet.sending.preamble.length + KEY;
  size += 1;
  if (receiving !== undefined) {
    size += 2 * KEY + 4 + 1 + receiving.preamble.length + KEY;
    size += 2 + receiving.missing.length + 4 * ringLength(receiving.next, RECENT_TAGS);
  }
  size += 1;
  for (const chain of retired) {
    size += 2 * KEY + 1 + 4 + 2 + chain.missing.length + 4 * ringLength(chain.length, RETIRED_TAGS);
  }
  return size;
}

function readLive(reader: Reader): LiveKeys {
  const send = reader.take(KEY);
  const count = reader.u8();
  if (count > 2) throw new CryptoError('malformed', 'session');
  return { send, receive: Array.from({ length: count }, () => reader.take(KEY)) };
}

function writeRatchet(writer: Writer, ratchet: Ratchet): void {
  writer
    .u8(ratchet.turn === 'mine' ? MINE : THEIRS)
    .u32(ratchet.step)
    .put(ratchet.root, KEY)
    .put(ratchet.nextHeaderKey, KEY);
  if (ratchet.turn === 'mine') {
    const { theirs, previous, handshake } = ratchet;
    writer.put(theirs.agree, KEY).put(theirs.kem, KEM_PUBLIC_BYTES).u32(previous);
    writer.u8(handshake.length === 0 ? 0 : 1);
    if (handshake.length > 0) writer.put(handshake, SEALED_HANDSHAKE_BYTES);
  } else {
    writer.put(ratchet.ours.agreeSecret, KEY).put(ratchet.ours.kemSecret, KEM_SECRET_BYTES);
    writeSending(writer, ratchet.sending);
  }
}

function readRatchet(reader: Reader): Ratchet {
  const turn = reader.u8();
  const step = reader.u32();
  const root = reader.take(KEY);
  const nextHeaderKey = reader.take(KEY);
  if (turn === MINE) {
    const theirs = { agree: reader.take(KEY), kem: reader.take(KEM_PUBLIC_BYTES) };
    const previous = reader.u32();
    const handshake = flag(reader) ? reader.take(SEALED_HANDSHAKE_BYTES) : NONE;
    return { turn: 'mine', step, root, nextHeaderKey, theirs, previous, handshake };
  }
  if (turn !== THEIRS) throw new CryptoError('malformed', 'session');
  const ours = { agreeSecret: reader.take(KEY), kemSecret: reader.take(KEM_SECRET_BYTES) };
  return { turn: 'theirs', step, root, nextHeaderKey, ours, sending: readSending(reader) };
}

function writeSending(writer: Writer, chain: SendingChain): void {
  writer.put(chain.headerKey, KEY).put(chain.chainKey, KEY).u32(chain.next).u32(chain.previous);
  writePreamble(writer, chain.preamble);
  writer.put(chain.associatedData, KEY);
}

function readSending(reader: Reader): SendingChain {
  return {
    headerKey: reader.take(KEY),
    chainKey: reader.take(KEY),
    next: reader.u32(),
    previous: reader.u32(),
    preamble: readPreamble(reader),
    associatedData: reader.take(KEY),
  };
}

function writeReceiving(writer: Writer, chain: ReceivingChain): void {
  writer.put(chain.headerKey, KEY).put(chain.chainKey, KEY).u32(chain.next);
  writePreamble(writer, chain.preamble);
  writer.put(chain.associatedData, KEY);
  writeMissing(writer, chain.missing);
  writeTags(writer, chain.tags, ringLength(chain.next, RECENT_TAGS));
}

function readReceiving(reader: Reader): ReceivingChain {
  const headerKey = reader.take(KEY);
  const chainKey = reader.take(KEY);
  const next = reader.u32();
  const preamble = readPreamble(reader);
  const associatedData = reader.take(KEY);
  const missing = readMissing(reader);
  const tags = readTags(reader, ringLength(next, RECENT_TAGS));
  return { headerKey, chainKey, next, preamble, associatedData, missing, tags };
}

function writeRetired(writer: Writer, chain: RetiredChain): void {
  writer
    .put(chain.headerKey, KEY)
    .put(chain.associatedData, KEY)
    .u8(chain.first ? 1 : 0)
    .u32(chain.length);
  writeMissing(writer, chain.missing);
  writeTags(writer, chain.tags, ringLength(chain.length, RETIRED_TAGS));
}

function readRetired(reader: Reader): RetiredChain {
  const headerKey = reader.take(KEY);
  const associatedData = reader.take(KEY);
  const first = flag(reader);
  const length = reader.u32();
  const missing = readMissing(reader);
  const tags = readTags(reader, ringLength(length, RETIRED_TAGS));
  return { headerKey, associatedData, first, length, missing, tags };
}

function writeMissing(writer: Writer, missing: Uint8Array): void {
  const count = Math.floor(missingCount(missing));
  writer.u16(count).put(missing, count * MISSING_ENTRY_BYTES);
}

function readMissing(reader: Reader): Uint8Array {
  const count = reader.u16();
  if (count > MAX_MISSING) throw new CryptoError('malformed', 'session');
  return reader.take(count * MISSING_ENTRY_BYTES);
}

function writeTags(writer: Writer, tags: TagRing, length: number): void {
  for (let index = 0; index < length; index++) writer.u32(tagAt(tags, index));
}

function readTags(reader: Reader, length: number): TagRing {
  // As signed 32-bit numbers, which is how they are compared.
  const tags: number[] = [];
  while (tags.length < length) tags.push(reader.u32() | 0);
  return ringOf(tags);
}

function writePreamble(writer: Writer, preamble: Uint8Array): void {
  const first = preamble.length === FIRST_PREAMBLE_BYTES;
  writer.u8(first ? 1 : 0).put(preamble, first ? FIRST_PREAMBLE_BYTES : PREAMBLE_BYTES);
}

function readPreamble(reader: Reader): Uint8Array {
  return reader.take(flag(reader) ? FIRST_PREAMBLE_BYTES : PREAMBLE_BYTES);
}

function flag(reader: Reader): boolean {
  const value = reader.u8();
  if (value > 1) throw new CryptoError('malformed', 'session');
  return value === 1;
}
