/** Hashing and key derivation, always under a label (SPEC 2.3). */
import { blake2b, hkdfExpand, hkdfExtract, wipe } from './sodium.ts';

const NO_SALT = new Uint8Array(0);

/** BLAKE2b over a label and parts whose lengths the label fixes (at most the last one may vary). */
export function labelledHash(bytes: number, label: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  return blake2b(bytes, [label, ...parts]);
}

/** HKDF-SHA-256 with a label, and optionally a context of fixed length, as info. */
export function derive(input: {
  secret: Uint8Array;
  salt?: Uint8Array;
  label: Uint8Array;
  context?: Uint8Array;
  length: number;
}): Uint8Array {
  const { secret, salt = NO_SALT, label, context = NO_SALT, length } = input;
  const info = new Uint8Array(label.length + context.length);
  info.set(label);
  info.set(context, label.length);
  const key = hkdfExtract(salt, secret);
  const out = hkdfExpand(key, info, length);
  wipe(key);
  return out;
}

/** Two keys of 32 bytes from one secret: what {@link derive} gives for each label, and cheaper together. */
export function derivePair(
  secret: Uint8Array,
  labels: readonly [Uint8Array, Uint8Array],
): readonly [Uint8Array, Uint8Array] {
  const key = hkdfExtract(NO_SALT, secret);
  const pair = [hkdfExpand(key, labels[0], 32), hkdfExpand(key, labels[1], 32)] as const;
  wipe(key);
  return pair;
}
