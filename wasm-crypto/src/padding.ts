/** Padding (SPEC 2.4): a 32-bit length, the text, zeros up to a length that only its class decides. */
import { CryptoError } from './errors.ts';
import { LENGTH_PREFIX_BYTES } from './sizes.ts';
import { wipe } from './sodium.ts';

/** Throws `too-large` where the text and its length do not fit into `length` bytes. */
export function pad(plaintext: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  padInto(out, 0, plaintext, length);
  return out;
}

/** The same into `length` bytes of a buffer, from `at` on. */
export function padInto(out: Uint8Array, at: number, plaintext: Uint8Array, length: number): void {
  const size = plaintext.length;
  const text = at + LENGTH_PREFIX_BYTES;
  if (text + size > at + length) throw new CryptoError('too-large');
  out[at] = size & 255;
  out[at + 1] = (size >>> 8) & 255;
  out[at + 2] = (size >>> 16) & 255;
  out[at + 3] = size >>> 24;
  out.set(plaintext, text);
  out.fill(0, text + size, at + length);
}

/** The text of a buffer that is needed for nothing else: it is overwritten. Throws as {@link unpad} does. */
export function unpadWiping(padded: Uint8Array): Uint8Array {
  try {
    return unpad(padded);
  } finally {
    wipe(padded);
  }
}

/**
 * A copy of the text that lies padded between two places of a buffer. What came here was authenticated, so a length
 * that does not fit is `malformed`, not an attack.
 */
export function unpad(bytes: Uint8Array, at = 0, end = bytes.length): Uint8Array {
  const text = at + LENGTH_PREFIX_BYTES;
  if (text > end) throw new CryptoError('malformed', 'padding');
  const size =
    (bytes[at] ?? 0) +
    (bytes[at + 1] ?? 0) * 256 +
    (bytes[at + 2] ?? 0) * 65_536 +
    (bytes[at + 3] ?? 0) * 16_777_216;
  if (size > end - text) throw new CryptoError('malformed', 'padding');
  return bytes.slice(text, text + size);
}
