/**
 * What CPace needs of libsodium (SPEC 11): the group ristretto255 (RFC 9496), SHA-512, and a tag that is compared in
 * constant time. As in sodium.ts, whatever a call put into the work area is overwritten before it returns.
 */
import { CryptoError } from '../errors.ts';
import { clean, need, workArea } from './memory.ts';

export const RISTRETTO_BYTES = 32;
export const SCALAR_BYTES = 32;
/** What a scalar or a point is made of evenly. */
export const WIDE_BYTES = 64;
export const MAC_KEY_BYTES = 32;
export const MAC_BYTES = 32;

function checkLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new CryptoError('malformed', `${what} of ${bytes.length} bytes`);
}

/** SHA-512 (FIPS 180-4): 64 bytes. */
export function sha512(message: Uint8Array): Uint8Array {
  const total = WIDE_BYTES + message.length;
  const sodium = need(workArea, total);
  const { at } = workArea;
  sodium.heap.set(message, at + WIDE_BYTES);
  sodium.crypto_hash_sha512(at, at + WIDE_BYTES, message.length, 0);
  const out = sodium.heap.slice(at, at + WIDE_BYTES);
  clean(sodium, workArea, total);
  return out;
}

/** The point of a 64-byte hash (RFC 9496 4.3.4), in its 32-byte encoding. */
export function ristrettoFromHash(hash: Uint8Array): Uint8Array {
  checkLength(hash, WIDE_BYTES, 'hash for a point');
  const sodium = need(workArea, RISTRETTO_BYTES + WIDE_BYTES);
  const { at } = workArea;
  sodium.heap.set(hash, at + RISTRETTO_BYTES);
  sodium.crypto_core_ristretto255_from_hash(at, at + RISTRETTO_BYTES);
  const out = sodium.heap.slice(at, at + RISTRETTO_BYTES);
  clean(sodium, workArea, RISTRETTO_BYTES + WIDE_BYTES);
  return out;
}

/** 64 bytes modulo the group's order. */
export function reduceScalar(wide: Uint8Array): Uint8Array {
  checkLength(wide, WIDE_BYTES, 'wide scalar');
  const sodium = need(workArea, SCALAR_BYTES + WIDE_BYTES);
  const { at } = workArea;
  sodium.heap.set(wide, at + SCALAR_BYTES);
  sodium.crypto_core_ristretto255_scalar_reduce(at, at + SCALAR_BYTES);
  const out = sodium.heap.slice(at, at + SCALAR_BYTES);
  clean(sodium, workArea, SCALAR_BYTES + WIDE_BYTES);
  return out;
}

/** A point times a scalar. Throws `forged` for what is no point's encoding and for a product that is the identity. */
export function ristrettoMultiply(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  checkLength(scalar, SCALAR_BYTES, 'scalar');
  checkLength(point, RISTRETTO_BYTES, 'point');
  const total = 2 * RISTRETTO_BYTES + SCALAR_BYTES;
  const sodium = need(workArea, total);
  const { at } = workArea;
  sodium.heap.set(scalar, at + RISTRETTO_BYTES);
  sodium.heap.set(point, at + RISTRETTO_BYTES + SCALAR_BYTES);
  const result = sodium.crypto_scalarmult_ristretto255(
    at,
    at + RISTRETTO_BYTES,
    at + RISTRETTO_BYTES + SCALAR_BYTES,
  );
  const out = sodium.heap.slice(at, at + RISTRETTO_BYTES);
  clean(sodium, workArea, total);
  if (result !== 0) throw new CryptoError('forged', 'ristretto255 point');
  return out;
}

/** HMAC-SHA-512 cut to 32 bytes (libsodium's `crypto_auth`). */
export function mac(key: Uint8Array, message: Uint8Array): Uint8Array {
  checkLength(key, MAC_KEY_BYTES, 'MAC key');
  const total = MAC_BYTES + MAC_KEY_BYTES + message.length;
  const sodium = need(workArea, total);
  const { at } = workArea;
  const messageAt = at + MAC_BYTES + MAC_KEY_BYTES;
  sodium.heap.set(key, at + MAC_BYTES);
  sodium.heap.set(message, messageAt);
  sodium.crypto_auth_hmacsha512256(at, messageAt, message.length, 0, at + MAC_BYTES);
  const out = sodium.heap.slice(at, at + MAC_BYTES);
  clean(sodium, workArea, total);
  return out;
}

/** Whether a tag is a message's, compared inside libsodium in constant time. */
export function macFits(key: Uint8Array, message: Uint8Array, tag: Uint8Array): boolean {
  checkLength(key, MAC_KEY_BYTES, 'MAC key');
  checkLength(tag, MAC_BYTES, 'tag');
  const total = MAC_BYTES + MAC_KEY_BYTES + message.length;
  const sodium = need(workArea, total);
  const { at } = workArea;
  const messageAt = at + MAC_BYTES + MAC_KEY_BYTES;
  sodium.heap.set(tag, at);
  sodium.heap.set(key, at + MAC_BYTES);
  sodium.heap.set(message, messageAt);
  const result = sodium.crypto_auth_hmacsha512256_verify(at, messageAt, message.length, 0, at + MAC_BYTES);
  clean(sodium, workArea, total);
  return result === 0;
}
