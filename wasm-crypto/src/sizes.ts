/** Lengths on the wire (SPEC 1). Each says what it is for; the arithmetic that joins them is here and nowhere else. */
import { CryptoError } from './errors.ts';
import {
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_BYTES,
  X25519_BYTES,
} from './sodium.ts';

/** What everything below is the first version of. */
export const PROTOCOL_VERSION = 1;
/** X25519 + ML-KEM-768, HKDF-SHA-256, BLAKE2b, XChaCha20-Poly1305. */
export const SUITE = 1;

/** Two identities' public halves and the signature that joins them. */
export const IDENTITY_BYTES = 32 + 32 + 64;
export const IDENTITY_HASH_BYTES = 16;

/** A message's number and the previous chain's length, each 32 bits. */
export const HEADER_BYTES = 8;
export const SEALED_HEADER_BYTES = HEADER_BYTES + AEAD_TAG_BYTES;
/** 2,304 bytes: the new X25519 key, the new ML-KEM key, the ciphertext to the other side's last one. */
export const KEY_BLOCK_BYTES = X25519_BYTES + KEM_PUBLIC_BYTES + KEM_CIPHERTEXT_BYTES;
/** Suite, identity, ephemeral key, ciphertext. */
export const HANDSHAKE_BYTES = 1 + IDENTITY_BYTES + X25519_BYTES + KEM_CIPHERTEXT_BYTES;
export const SEALED_HANDSHAKE_BYTES = AEAD_NONCE_BYTES + HANDSHAKE_BYTES + AEAD_TAG_BYTES;
/** What every envelope of a chain begins with after its header: the key block alone, or behind the handshake part. */
export const PREAMBLE_BYTES = AEAD_NONCE_BYTES + KEY_BLOCK_BYTES + AEAD_TAG_BYTES;
export const FIRST_PREAMBLE_BYTES = SEALED_HANDSHAKE_BYTES + PREAMBLE_BYTES;

/** Envelope length = class + {@link ENVELOPE_OVERHEAD}. The class holds preamble and padded text. */
export const ENVELOPE_CLASSES: readonly number[] = [4096, 8192, 16_384, 32_768, 65_536];
/** Version, nonce, sealed header, tag: 65 bytes. */
export const ENVELOPE_OVERHEAD = 1 + AEAD_NONCE_BYTES + SEALED_HEADER_BYTES + AEAD_TAG_BYTES;
export const MIN_ENVELOPE = 4096 + ENVELOPE_OVERHEAD;
export const MAX_ENVELOPE = 65_536 + ENVELOPE_OVERHEAD;
/** The length in front of every padded text. */
export const LENGTH_PREFIX_BYTES = 4;
/** 61,899 bytes: the longest text that fits the largest class beside a handshake part, so that it always fits. */
export const MAX_PLAINTEXT = 65_536 - FIRST_PREAMBLE_BYTES - LENGTH_PREFIX_BYTES;

/** Live envelope length = class + {@link LIVE_OVERHEAD}. */
export const LIVE_CLASSES: readonly number[] = [1024, 4096];
/** Version, nonce, tag: 41 bytes. */
export const LIVE_OVERHEAD = 1 + AEAD_NONCE_BYTES + AEAD_TAG_BYTES;
/** Attempt and counter, inside. */
export const LIVE_HEADER_BYTES = 8 + 8;
/** 4,076 bytes. */
export const MAX_LIVE_PLAINTEXT = 4096 - LIVE_HEADER_BYTES - LENGTH_PREFIX_BYTES;
export const MAX_LIVE_ENVELOPE = 4096 + LIVE_OVERHEAD;

/** The smallest class that holds so many bytes. Throws `too-large`. */
export function classFor(classes: readonly number[], bytes: number): number {
  for (const size of classes) if (bytes <= size) return size;
  throw new CryptoError('too-large', `${bytes} bytes`);
}

/** Whether an envelope's length is one of a class. */
export function isClassLength(classes: readonly number[], overhead: number, length: number): boolean {
  return classes.includes(length - overhead);
}
