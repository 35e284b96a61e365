/** Padding (SPEC 2.4): a 32-bit length, the text, zeros up to a length that only its class decides. */
import { CryptoError } from './errors.ts';
import { LENGTH_PREFIX_BYTES } from './sizes.ts';

/** Throws `too-large` where the text and its length do not fit into `length` bytes. */
export function pad(plaintext: Uint8Array, length: number): Uint8Array {
  if (plaintext.length + LENGTH_PREFIX_BYTES > length) throw new CryptoError('too-large');
  const out = new Uint8Array(length);
  const size = plaintext.length;
  out[0] = size & 255;
  out[1] = (size >>> 8) & 255;
  out[2] = (size >>> 16) & 255;
  out[3] = size >>> 24;
  out.set(plaintext, LENGTH_PREFIX_BYTES);
  return out;
}

/** A copy of the text. What came here was authenticated, so a length that does not fit is `malformed`, not an attack. */
export function unpad(padded: Uint8Array): Uint8Array {
  if (padded.length < LENGTH_PREFIX_BYTES) throw new CryptoError('malformed', 'padding');
  const size =
    (padded[0] ?? 0) + (padded[1] ?? 0) * 256 + (padded[2] ?? 0) * 65_536 + (padded[3] ?? 0) * 16_777_216;
  if (size > padded.length - LENGTH_PREFIX_BYTES) throw new CryptoError('malformed', 'padding');
  return padded.slice(LENGTH_PREFIX_BYTES, LENGTH_PREFIX_BYTES + size);
}
