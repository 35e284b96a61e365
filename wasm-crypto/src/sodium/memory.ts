/**
 * The one instance of libsodium's module and two stretches of its memory: the work area, where sodium.ts does one call at a time, and
 * the desk, where an envelope lies while it is put together or taken apart (desk.ts). Two, so that what happens to an
 * envelope may use any other call in between. Both grow, for the larger rows of callers from outside.
 */
import { CryptoError } from '../errors.ts';
import { instantiate, type ModuleSource, type Sodium } from './module.ts';

/** First size of either: the largest envelope with room to spare. */
const FIRST_BYTES = 160 * 1024;

/** One stretch of the module's memory. Its address is a multiple of eight. */
export interface Stretch {
  at: number;
  bytes: number;
}

export const workArea: Stretch = { at: 0, bytes: 0 };
export const desk: Stretch = { at: 0, bytes: 0 };

let raw: Sodium | undefined;
let loading: Promise<void> | undefined;

/**
 * Loads libsodium's module, which whoever has a network or a disk hands in. Idempotent: a second source is left alone,
 * unless the one before it came to nothing. Everything else in this package throws `not-ready` until it has resolved.
 */
export function loadCrypto(source: ModuleSource): Promise<void> {
  loading ??= load(source).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(source: ModuleSource): Promise<void> {
  const sodium = await instantiate(source);
  for (const stretch of [workArea, desk]) {
    stretch.at = sodium.malloc(FIRST_BYTES);
    if (stretch.at === 0) throw new CryptoError('not-ready', 'no memory');
    stretch.bytes = FIRST_BYTES;
  }
  raw = sodium;
}

/** The module, with at least so many bytes in a stretch. What was in it may be gone, and is then overwritten. */
export function need(stretch: Stretch, bytes: number): Sodium {
  if (raw === undefined) throw new CryptoError('not-ready');
  if (bytes > stretch.bytes) grow(raw, stretch, bytes);
  return raw;
}

function grow(sodium: Sodium, stretch: Stretch, bytes: number): void {
  const larger = sodium.malloc(bytes);
  if (larger === 0) throw new CryptoError('too-large', 'no memory');
  sodium.free(stretch.at);
  stretch.at = larger;
  stretch.bytes = bytes;
}

/**
 * How deep a call can have been in the stack, which libsodium leaves as it was: copies of keys and results are in it.
 * Hashes, chain steps and seals stay within the first, everything else within the second; sodium.test.ts measures it.
 */
export const SHALLOW = 1024;
export const DEEP = 32 * 1024;

/** Overwrites so many bytes of a stretch, and of the stack. */
export function clean(sodium: Sodium, stretch: Stretch, bytes: number, depth = DEEP): void {
  sodium.heap.fill(0, stretch.at, stretch.at + bytes);
  sodium.heap.fill(0, sodium.stackTop - depth, sodium.stackTop);
}

/** Whether two places in memory hold the same bytes, which are not secret. */
export function sameMemory(sodium: Sodium, first: number, second: number, bytes: number): boolean {
  const heap = sodium.heap;
  const words = bytes & ~7;
  let difference = words === 0 ? 0 : sodium.differ(first, second, words);
  for (let at = words; at < bytes; at++) difference |= (heap[first + at] ?? 0) ^ (heap[second + at] ?? 0);
  return difference === 0;
}
