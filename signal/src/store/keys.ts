import { readU32, readU64, writeU32, writeU64 } from '../../protocol/bytes.ts';
import { MAILBOX_ID_BYTES } from '../../protocol/index.ts';

/**
 * Keys of the envelope table: mailbox id (32), sequence (u64), length of the envelope (u32). With the length in the
 * key a mailbox can be counted from its keys alone. The sequence carries the time: 1024 to a millisecond, so expiry
 * compares keys and reads nothing. A mailbox that takes more than that in a millisecond runs a little ahead.
 */
export const ENVELOPE_KEY_BYTES = MAILBOX_ID_BYTES + 12;

const SEQUENCES_PER_MS = 1024;

/** The first sequence of a millisecond since the epoch. Exact until the year 2248. */
export function sequenceAt(ms: number): number {
  return ms * SEQUENCES_PER_MS;
}

export function envelopeKey(id: Uint8Array, sequence: number, length: number): Uint8Array {
  const key = new Uint8Array(ENVELOPE_KEY_BYTES);
  key.set(id);
  writeU64(key, MAILBOX_ID_BYTES, sequence);
  writeU32(key, MAILBOX_ID_BYTES + 8, length);
  return key;
}

/** Before every key of `id` whose sequence is at least this. */
export function keysFrom(id: Uint8Array, sequence: number): Uint8Array {
  return envelopeKey(id, sequence, 0);
}

/** After every key of `id`. */
export function keysEnd(id: Uint8Array): Uint8Array {
  return envelopeKey(id, Number.MAX_SAFE_INTEGER, 0xffff_ffff);
}

export function sequenceIn(key: Uint8Array): number {
  return readU64(key, MAILBOX_ID_BYTES);
}

export function lengthIn(key: Uint8Array): number {
  return readU32(key, MAILBOX_ID_BYTES + 8);
}
