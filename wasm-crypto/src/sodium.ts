/**
 * With sodium/, the only module that touches libsodium (DESIGN, invariant 5). It calls the WASM module on a work area
 * of our own, which is faster for small inputs than the published wrapper and leaves nothing behind: whatever a call put
 * into the work area is overwritten before the call returns.
 *
 * All functions are synchronous, none keeps or changes its arguments, and lengths of keys are checked here, once.
 */

import { CryptoError } from './errors.ts';
import { CHAIN_CONTEXT, CHAIN_NUMBER } from './sodium/desk.ts';
import { clean, need as needIn, SHALLOW, workArea } from './sodium/memory.ts';
import type { Sodium } from './sodium/module.ts';

export { loadCrypto } from './sodium/memory.ts';
export type { ModuleSource } from './sodium/module.ts';

export const AEAD_KEY_BYTES = 32;
export const AEAD_NONCE_BYTES = 24;
export const AEAD_TAG_BYTES = 16;
export const X25519_BYTES = 32;
export const ED25519_PUBLIC_BYTES = 32;
export const ED25519_SEED_BYTES = 32;
/** libsodium's form of it: the seed, then the public key. */
export const ED25519_SECRET_BYTES = 64;
export const ED25519_SIGNATURE_BYTES = 64;
export const KEM_PUBLIC_BYTES = 1184;
export const KEM_SECRET_BYTES = 2400;
export const KEM_CIPHERTEXT_BYTES = 1088;
export const KEM_KEY_SEED_BYTES = 64;
export const KEM_ENCAPSULATION_SEED_BYTES = 32;
export const KEM_SHARED_BYTES = 32;
export const CHAIN_KEY_BYTES = 32;

const HKDF_KEY_BYTES = 32;
/** HKDF's output is bounded by 255 blocks (RFC 5869 2.3). */
const HKDF_MAX_BYTES = 255 * 32;

/** Where the work area begins; it moves where a call needs more of it. */
let area = 0;

/** The module, with a work area of at least so many bytes. */
function need(bytes: number): Sodium {
  const sodium = needIn(workArea, bytes);
  area = workArea.at;
  return sodium;
}

function wipeArea(sodium: Sodium, bytes: number, depth?: number): void {
  clean(sodium, workArea, bytes, depth);
}

function checkLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new CryptoError('malformed', `${what} of ${bytes.length} bytes`);
}

/** Throws `malformed` for a key, or a hash in the place of one, that has not 32 bytes. */
export function checkKey(key: Uint8Array): void {
  checkLength(key, AEAD_KEY_BYTES, 'key');
}

/** Offsets in the work area are kept on eight bytes, as a C compiler would. */
function align(offset: number): number {
  return (offset + 7) & ~7;
}

/** Overwrites buffers that are no longer needed. */
export function wipe(...buffers: Uint8Array[]): void {
  for (const buffer of buffers) buffer.fill(0);
}

/** Compares bytes that are not secret. Takes longer the longer they are, not the more they agree. */
export function equalPublic(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

/** BLAKE2b (RFC 7693) over the concatenated parts; 16 to 64 bytes. */
export function blake2b(outBytes: number, parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const sodium = need(64 + length);
  let at = area + 64;
  for (const part of parts) {
    sodium.heap.set(part, at);
    at += part.length;
  }
  const result = sodium.crypto_generichash(area, outBytes, area + 64, length, 0, 0, 0);
  const out = sodium.heap.slice(area, area + outBytes);
  wipeArea(sodium, 64 + length, SHALLOW);
  if (result !== 0) throw new CryptoError('malformed', 'hash length');
  return out;
}

/** HKDF-SHA-256 (RFC 5869 2.2): 32 bytes to expand from, to be wiped. */
export function hkdfExtract(salt: Uint8Array, secret: Uint8Array): Uint8Array {
  const saltAt = 32;
  const secretAt = align(saltAt + salt.length);
  const total = secretAt + secret.length;
  const sodium = need(total);
  const heap = sodium.heap;
  heap.set(salt, area + saltAt);
  heap.set(secret, area + secretAt);
  sodium.crypto_kdf_hkdf_sha256_extract(area, area + saltAt, salt.length, area + secretAt, secret.length);
  const out = heap.slice(area, area + HKDF_KEY_BYTES);
  wipeArea(sodium, total, SHALLOW);
  return out;
}

/** HKDF-SHA-256 (RFC 5869 2.3): as many bytes as are asked for, up to 8,160. */
export function hkdfExpand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  checkLength(key, HKDF_KEY_BYTES, 'HKDF key');
  if (length < 1 || length > HKDF_MAX_BYTES) throw new CryptoError('malformed', 'HKDF length');
  const infoAt = HKDF_KEY_BYTES;
  const outAt = align(infoAt + info.length);
  const sodium = need(outAt + length);
  const heap = sodium.heap;
  heap.set(key, area);
  heap.set(info, area + infoAt);
  sodium.crypto_kdf_hkdf_sha256_expand(area + outAt, length, area + infoAt, info.length, area);
  const out = heap.slice(area + outAt, area + outAt + length);
  wipeArea(sodium, outAt + length, SHALLOW);
  return out;
}

/**
 * One step of a symmetric chain: keyed BLAKE2b as libsodium's `crypto_kdf` with context `AsideMsg`, number 1. Two
 * buffers and not one of 64 bytes, since parts of a small one cost more to make than all the rest.
 */
export function chainStep(chainKey: Uint8Array): { chainKey: Uint8Array; messageKey: Uint8Array } {
  checkLength(chainKey, CHAIN_KEY_BYTES, 'chain key');
  const sodium = need(112);
  const heap = sodium.heap;
  heap.set(chainKey, area);
  heap.set(CHAIN_CONTEXT, area + 32);
  sodium.crypto_kdf_derive_from_key(area + 48, 64, CHAIN_NUMBER, 0, area + 32, area);
  const next = heap.slice(area + 48, area + 80);
  const messageKey = heap.slice(area + 80, area + 112);
  wipeArea(sodium, 112, SHALLOW);
  return { chainKey: next, messageKey };
}

/** The work area while sealing or opening: key, nonce, associated data, then the text, sealed in place. */
const KEY_AT = 0;
const NONCE_AT = 32;
const AD_AT = 56;

/**
 * XChaCha20-Poly1305-IETF into `out` at `offset`: ciphertext, then the 16-byte tag.
 * @returns the number of bytes written
 */
export function aeadSealInto(
  out: Uint8Array,
  offset: number,
  key: Uint8Array,
  nonce: Uint8Array,
  ad: Uint8Array,
  plaintext: Uint8Array,
): number {
  checkLength(key, AEAD_KEY_BYTES, 'key');
  checkLength(nonce, AEAD_NONCE_BYTES, 'nonce');
  const textAt = align(AD_AT + ad.length);
  const sealedBytes = plaintext.length + AEAD_TAG_BYTES;
  const total = textAt + sealedBytes;
  const sodium = need(total);
  const heap = sodium.heap;
  heap.set(key, area + KEY_AT);
  heap.set(nonce, area + NONCE_AT);
  heap.set(ad, area + AD_AT);
  heap.set(plaintext, area + textAt);
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
    area + textAt,
    0,
    area + textAt,
    plaintext.length,
    0,
    area + AD_AT,
    ad.length,
    0,
    0,
    area + NONCE_AT,
    area + KEY_AT,
  );
  out.set(heap.subarray(area + textAt, area + total), offset);
  wipeArea(sodium, total, SHALLOW);
  return sealedBytes;
}

/** XChaCha20-Poly1305-IETF: ciphertext, then the 16-byte tag. */
export function aeadSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  ad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(plaintext.length + AEAD_TAG_BYTES);
  aeadSealInto(out, 0, key, nonce, ad, plaintext);
  return out;
}

/** Opens what {@link aeadSeal} made; `undefined` where it does not fit. Callers turn that into their typed error. */
export function aeadOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  ad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  checkLength(key, AEAD_KEY_BYTES, 'key');
  checkLength(nonce, AEAD_NONCE_BYTES, 'nonce');
  if (sealed.length < AEAD_TAG_BYTES) return undefined;
  const textAt = align(AD_AT + ad.length);
  const total = textAt + sealed.length;
  const sodium = need(total);
  const heap = sodium.heap;
  heap.set(key, area + KEY_AT);
  heap.set(nonce, area + NONCE_AT);
  heap.set(ad, area + AD_AT);
  heap.set(sealed, area + textAt);
  const result = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
    area + textAt,
    0,
    0,
    area + textAt,
    sealed.length,
    0,
    area + AD_AT,
    ad.length,
    0,
    area + NONCE_AT,
    area + KEY_AT,
  );
  const out = result === 0 ? heap.slice(area + textAt, area + total - AEAD_TAG_BYTES) : undefined;
  wipeArea(sodium, total, SHALLOW);
  return out;
}

/** X25519 (RFC 7748): the public key of a secret. */
export function x25519Public(secret: Uint8Array): Uint8Array {
  checkLength(secret, X25519_BYTES, 'X25519 secret');
  const sodium = need(64);
  sodium.heap.set(secret, area);
  sodium.crypto_scalarmult_base(area + 32, area);
  const out = sodium.heap.slice(area + 32, area + 64);
  wipeArea(sodium, 64);
  return out;
}

/** X25519 (RFC 7748). Throws `forged` for a public key of low order, whose result would be zero. */
export function x25519(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  checkLength(secret, X25519_BYTES, 'X25519 secret');
  checkLength(publicKey, X25519_BYTES, 'X25519 key');
  const sodium = need(96);
  sodium.heap.set(secret, area);
  sodium.heap.set(publicKey, area + 32);
  const result = sodium.crypto_scalarmult(area + 64, area, area + 32);
  const out = sodium.heap.slice(area + 64, area + 96);
  wipeArea(sodium, 96);
  if (result !== 0) throw new CryptoError('forged', 'X25519 key of low order');
  return out;
}

/** Ed25519 (RFC 8032): both keys from a 32-byte seed. */
export function ed25519KeyPair(seed: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array } {
  checkLength(seed, ED25519_SEED_BYTES, 'Ed25519 seed');
  const sodium = need(128);
  sodium.heap.set(seed, area + 96);
  sodium.crypto_sign_seed_keypair(area, area + 32, area + 96);
  const publicKey = sodium.heap.slice(area, area + 32);
  const secretKey = sodium.heap.slice(area + 32, area + 96);
  wipeArea(sodium, 128);
  return { publicKey, secretKey };
}

/** Ed25519 (RFC 8032), deterministic. */
export function ed25519Sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  checkLength(secretKey, ED25519_SECRET_BYTES, 'Ed25519 secret');
  const total = 128 + message.length;
  const sodium = need(total);
  sodium.heap.set(secretKey, area + 64);
  sodium.heap.set(message, area + 128);
  sodium.crypto_sign_detached(area, 0, area + 128, message.length, 0, area + 64);
  const out = sodium.heap.slice(area, area + 64);
  wipeArea(sodium, total);
  return out;
}

/** Ed25519 (RFC 8032); refuses small-order keys and non-canonical signatures, as libsodium does. */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  checkLength(publicKey, ED25519_PUBLIC_BYTES, 'Ed25519 key');
  checkLength(signature, ED25519_SIGNATURE_BYTES, 'signature');
  const total = 96 + message.length;
  const sodium = need(total);
  sodium.heap.set(signature, area);
  sodium.heap.set(publicKey, area + 64);
  sodium.heap.set(message, area + 96);
  const result = sodium.crypto_sign_verify_detached(area, area + 96, message.length, 0, area + 64);
  // Signed bytes may hold what is for two people only, such as a guest pass.
  wipeArea(sodium, total);
  return result === 0;
}

/** ML-KEM-768 key generation (FIPS 203) from the 64-byte seed `d`, `z`. */
export function kemKeyPair(seed: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array } {
  checkLength(seed, KEM_KEY_SEED_BYTES, 'ML-KEM seed');
  const secretAt = KEM_PUBLIC_BYTES;
  const seedAt = secretAt + KEM_SECRET_BYTES;
  const total = seedAt + KEM_KEY_SEED_BYTES;
  const sodium = need(total);
  sodium.heap.set(seed, area + seedAt);
  sodium.crypto_kem_mlkem768_seed_keypair(area, area + secretAt, area + seedAt);
  const publicKey = sodium.heap.slice(area, area + KEM_PUBLIC_BYTES);
  const secretKey = sodium.heap.slice(area + secretAt, area + seedAt);
  wipeArea(sodium, total);
  return { publicKey, secretKey };
}

/** Of an ML-KEM key: its coefficients, twelve bits each, and behind them a seed. */
const KEM_COEFFICIENT_BYTES = 1152;
const KEM_MODULUS = 3329;

/**
 * Throws `forged` for an ML-KEM-768 key that fails the modulus check (FIPS 203 7.2), `malformed` for another length.
 * {@link kemEncapsulate} checks it too; this is for a key that waits until something is encapsulated to it.
 */
export function checkKemPublic(publicKey: Uint8Array): void {
  checkLength(publicKey, KEM_PUBLIC_BYTES, 'ML-KEM key');
  for (let at = 0; at < KEM_COEFFICIENT_BYTES; at += 3) {
    const middle = publicKey[at + 1] ?? 0;
    const even = (publicKey[at] ?? 0) | ((middle & 15) << 8);
    const odd = (middle >>> 4) | ((publicKey[at + 2] ?? 0) << 4);
    if (even >= KEM_MODULUS || odd >= KEM_MODULUS) throw new CryptoError('forged', 'ML-KEM key');
  }
}

/** ML-KEM-768 encapsulation (FIPS 203) with the 32-byte `m`. Throws `forged` for a key that fails its modulus check. */
export function kemEncapsulate(
  publicKey: Uint8Array,
  seed: Uint8Array,
): { ciphertext: Uint8Array; shared: Uint8Array } {
  checkLength(publicKey, KEM_PUBLIC_BYTES, 'ML-KEM key');
  checkLength(seed, KEM_ENCAPSULATION_SEED_BYTES, 'ML-KEM seed');
  const sharedAt = KEM_CIPHERTEXT_BYTES;
  const keyAt = sharedAt + KEM_SHARED_BYTES;
  const seedAt = keyAt + KEM_PUBLIC_BYTES;
  const total = seedAt + KEM_ENCAPSULATION_SEED_BYTES;
  const sodium = need(total);
  sodium.heap.set(publicKey, area + keyAt);
  sodium.heap.set(seed, area + seedAt);
  const result = sodium.crypto_kem_mlkem768_enc_deterministic(
    area,
    area + sharedAt,
    area + keyAt,
    area + seedAt,
  );
  const ciphertext = sodium.heap.slice(area, area + sharedAt);
  const shared = sodium.heap.slice(area + sharedAt, area + keyAt);
  wipeArea(sodium, total);
  if (result !== 0) throw new CryptoError('forged', 'ML-KEM key');
  return { ciphertext, shared };
}

/** ML-KEM-768 decapsulation (FIPS 203); a wrong ciphertext gives another secret, never an error. */
export function kemDecapsulate(secretKey: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  checkLength(secretKey, KEM_SECRET_BYTES, 'ML-KEM secret');
  checkLength(ciphertext, KEM_CIPHERTEXT_BYTES, 'ML-KEM ciphertext');
  const cipherAt = KEM_SHARED_BYTES;
  const secretAt = cipherAt + KEM_CIPHERTEXT_BYTES;
  const total = secretAt + KEM_SECRET_BYTES;
  const sodium = need(total);
  sodium.heap.set(ciphertext, area + cipherAt);
  sodium.heap.set(secretKey, area + secretAt);
  const result = sodium.crypto_kem_mlkem768_dec(area, area + cipherAt, area + secretAt);
  const out = sodium.heap.slice(area, area + KEM_SHARED_BYTES);
  wipeArea(sodium, total);
  if (result !== 0) throw new CryptoError('forged', 'ML-KEM secret');
  return out;
}
