/**
 * Argon2id (RFC 9106): a passphrase is slow to try, and each try needs memory. It is the one call that takes long
 * (the caller chooses how long) and the one that takes memory by itself; what it filled is overwritten afterwards,
 * since the result could be computed again from the last of it.
 */
import { CryptoError } from '../errors.ts';
import { clean, need, workArea } from './memory.ts';
import type { Sodium } from './module.ts';

export const ARGON2ID_SALT_BYTES = 16;
/** libsodium's number of the algorithm; there is one lane, as libsodium has no other. */
const ARGON2ID13 = 2;
const KIB = 1024;
/** What the allocator adds to the memory asked for, and more. */
const SLACK = 64 * KIB;

export interface Argon2id {
  readonly passphrase: Uint8Array;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** At least one. */
  readonly passes: number;
  /** In KiB, at least 8. */
  readonly memory: number;
  /** Of the result, in bytes. */
  readonly length: number;
}

/** Throws `malformed` for a salt of another length or costs below Argon2's own, `too-large` where there is no memory for it. */
export function argon2id({ passphrase, salt, passes, memory, length }: Argon2id): Uint8Array {
  if (salt.length !== ARGON2ID_SALT_BYTES) throw new CryptoError('malformed', 'salt');
  if (passes < 1 || memory < 8 || length < 16) throw new CryptoError('malformed', 'cost');
  const outAt = ARGON2ID_SALT_BYTES;
  const passphraseAt = outAt + length;
  const total = passphraseAt + passphrase.length;
  const sodium = need(workArea, total);
  const area = workArea.at;
  sodium.heap.set(salt, area);
  sodium.heap.set(passphrase, area + passphraseAt);
  const bytes = memory * KIB;
  const result = sodium.crypto_pwhash(
    area + outAt,
    length,
    0,
    area + passphraseAt,
    passphrase.length,
    0,
    area,
    passes,
    0,
    bytes,
    ARGON2ID13,
  );
  const out = sodium.heap.slice(area + outAt, area + outAt + length);
  clean(sodium, workArea, total);
  wipeFreed(sodium, bytes + SLACK);
  if (result !== 0) throw new CryptoError('too-large', 'no memory for the passphrase');
  return out;
}

/** The allocator hands out the same stretch again that was just given back. */
function wipeFreed(sodium: Sodium, bytes: number): void {
  const at = sodium.malloc(bytes);
  if (at === 0) return;
  sodium.heap.fill(0, at, at + bytes);
  sodium.free(at);
}
