/**
 * All randomness of this package. libsodium's own costs a call per byte, so the platform's generator fills a block at
 * a time; bytes are handed out once and wiped in the block as they go.
 */
import { CryptoError } from './errors.ts';

/** Fills a buffer with random bytes, as `crypto.getRandomValues` does. */
export type RandomSource = (buffer: Uint8Array<ArrayBuffer>) => void;

/** Enough for a few hundred nonces; small enough that little waits in memory. */
const BLOCK_BYTES = 4096;
/** The most that anything here asks for at once is 64 bytes; the bound is for callers from outside. */
const MAX_REQUEST_BYTES = 65_536;

const platform: RandomSource = (buffer) => {
  globalThis.crypto.getRandomValues(buffer);
};

let source = platform;
const block = new Uint8Array(BLOCK_BYTES);
let next = BLOCK_BYTES;

/** For frozen vectors: replaces the platform's generator, or puts it back. What was drawn before is thrown away. */
export function useRandomSource(replacement: RandomSource | undefined): void {
  source = replacement ?? platform;
  block.fill(0);
  next = BLOCK_BYTES;
}

/** Fresh random bytes. Throws `malformed` for a length that is not a whole number between 0 and 65,536. */
export function randomBytes(length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 0 || length > MAX_REQUEST_BYTES) {
    throw new CryptoError('malformed', `${length} random bytes`);
  }
  const out = new Uint8Array(length);
  if (length > BLOCK_BYTES) {
    source(out);
    return out;
  }
  fillRandom(out);
  return out;
}

/** Fills a buffer, or a part of at most a block's length, with fresh random bytes. */
export function fillRandom(out: Uint8Array, from = 0, length = out.length): void {
  if (length > BLOCK_BYTES) throw new CryptoError('malformed', `${length} random bytes`);
  if (next + length > BLOCK_BYTES) {
    source(block);
    next = 0;
  }
  for (let index = 0; index < length; index++) {
    out[from + index] = block[next] ?? 0;
    block[next++] = 0;
  }
}

const word = new Uint32Array(1);

/** Four random bytes as a number, for what libsodium asks for itself; always the platform's, and nothing is kept. */
export function randomWord(): number {
  globalThis.crypto.getRandomValues(word);
  const [value = 0] = word;
  word.fill(0);
  return value;
}
