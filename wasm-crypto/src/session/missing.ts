/**
 * Keys of messages that have not come yet ("skipped message keys" of the Double Ratchet), packed: per key its number
 * in 32 bits, then 32 bytes. Packed, because a session is encoded once for every message.
 */
import { CryptoError } from '../errors.ts';
import { chainStep, wipe } from '../sodium.ts';
import { MAX_MISSING } from './limits.ts';

export const MISSING_ENTRY_BYTES = 36;
export const NONE: Uint8Array = new Uint8Array(0);

const view = (packed: Uint8Array): DataView =>
  new DataView(packed.buffer, packed.byteOffset, packed.byteLength);

/** How many keys there are. */
export function missingCount(packed: Uint8Array): number {
  return packed.length / MISSING_ENTRY_BYTES;
}

/** The key of a number and what is left without it; `undefined` where it is not missing. */
export function takeMissing(
  packed: Uint8Array,
  number: number,
): { key: Uint8Array; rest: Uint8Array } | undefined {
  const numbers = view(packed);
  for (let at = 0; at < packed.length; at += MISSING_ENTRY_BYTES) {
    if (numbers.getUint32(at, true) !== number) continue;
    const rest = new Uint8Array(packed.length - MISSING_ENTRY_BYTES);
    rest.set(packed.subarray(0, at));
    rest.set(packed.subarray(at + MISSING_ENTRY_BYTES), at);
    return { key: packed.slice(at + 4, at + MISSING_ENTRY_BYTES), rest };
  }
  return undefined;
}

/**
 * Steps a chain from `next` up to, not including, `number`, and keeps the keys in between.
 * Throws `too-far-ahead` where the chain would then miss more than {@link MAX_MISSING}.
 */
export function skipTo(
  chain: { readonly chainKey: Uint8Array; readonly next: number; readonly missing: Uint8Array },
  number: number,
): { chainKey: Uint8Array; missing: Uint8Array } {
  const { chainKey, next, missing } = chain;
  const skipped = number - next;
  if (skipped <= 0) return { chainKey, missing };
  if (missingCount(missing) + skipped > MAX_MISSING) throw new CryptoError('too-far-ahead');
  const packed = new Uint8Array(missing.length + skipped * MISSING_ENTRY_BYTES);
  packed.set(missing);
  const numbers = view(packed);
  let key = chainKey;
  for (let index = 0; index < skipped; index++) {
    const at = missing.length + index * MISSING_ENTRY_BYTES;
    const step = chainStep(key);
    if (index > 0) wipe(key);
    numbers.setUint32(at, next + index, true);
    packed.set(step.messageKey, at + 4);
    wipe(step.messageKey);
    key = step.chainKey;
  }
  return { chainKey: key, missing: packed };
}
