/**
 * Sealing and opening where the bytes lie. A message needs four small calls of libsodium; taking each one's arguments
 * in and its result out again costs more than the calls, so an envelope is laid out on the desk once and all of them
 * work there. Addresses are the module's; who lays something out knows its lengths and wipes it before returning.
 */

import { desk, need } from './memory.ts';
import type { Sodium } from './module.ts';

/** `crypto_kdf`'s context and number of every chain step (SPEC 6.5). */
export const CHAIN_CONTEXT: Uint8Array = new TextEncoder().encode('AsideMsg');
export const CHAIN_NUMBER = 1;

/** The module, with so many bytes on the desk: they begin at {@link deskAt}. Throws `not-ready`. */
export function takeDesk(bytes: number): Sodium {
  return need(desk, bytes);
}

/** Where the desk begins, a multiple of eight. Ask after taking it. */
export function deskAt(): number {
  return desk.at;
}

/** One step of a symmetric chain: 64 bytes, of the 32 at `key`. `context` is where {@link CHAIN_CONTEXT} lies. */
export function stepAt(sodium: Sodium, out: number, key: number, context: number): void {
  sodium.crypto_kdf_derive_from_key(out, 64, CHAIN_NUMBER, 0, context, key);
}

/** What a seal is made with: the addresses of a 32-byte key, a 24-byte nonce, and associated data. */
export interface SealAt {
  readonly key: number;
  readonly nonce: number;
  readonly ad: number;
  readonly adBytes: number;
}

/** XChaCha20-Poly1305-IETF: ciphertext and tag to `out`, which may be where the text is. */
export function sealAt(sodium: Sodium, out: number, text: number, bytes: number, by: SealAt): void {
  const { key, nonce, ad, adBytes } = by;
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(out, 0, text, bytes, 0, ad, adBytes, 0, 0, nonce, key);
}

/**
 * Opens `bytes` of ciphertext and tag to `out`, which may be where they are. Where they do not fit there are zeros
 * at `out` afterwards.
 */
export function openAt(sodium: Sodium, out: number, sealed: number, bytes: number, by: SealAt): boolean {
  const { key, nonce, ad, adBytes } = by;
  const result = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
    out,
    0,
    0,
    sealed,
    bytes,
    0,
    ad,
    adBytes,
    0,
    nonce,
    key,
  );
  return result === 0;
}
