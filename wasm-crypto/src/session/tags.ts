/**
 * Which envelopes were opened lately: the first four bytes of each one's tag, in a ring of `size` numbers. It tells a
 * copy of an envelope from another envelope under the same number. The tag is authenticated by the sealed header, so
 * that only the peer can cause the second; four bytes suffice against accident.
 */

export const SHORT_TAG_BYTES = 4;

/** A ring's bytes once `next` numbers have been seen. */
export function ringBytes(next: number, size: number): number {
  return SHORT_TAG_BYTES * Math.min(next, size);
}

/** The ring after `number` was opened, where `next` is one more than the highest number. */
export function rememberTag(
  ring: Uint8Array,
  size: number,
  next: number,
  number: number,
  tag: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(ringBytes(next, size));
  out.set(ring);
  if (number >= next - size) {
    const at = (number % size) * SHORT_TAG_BYTES;
    for (let index = 0; index < SHORT_TAG_BYTES; index++) out[at + index] = tag[index] ?? 0;
  }
  return out;
}

/** Compares a tag with the one that came under this number: `unknown` where the number is too old to tell. */
export function compareTag(
  ring: Uint8Array,
  size: number,
  next: number,
  number: number,
  tag: Uint8Array,
): 'same' | 'other' | 'unknown' {
  if (number < next - size) return 'unknown';
  const at = (number % size) * SHORT_TAG_BYTES;
  let difference = 0;
  for (let index = 0; index < SHORT_TAG_BYTES; index++) {
    difference |= (ring[at + index] ?? 0) ^ (tag[index] ?? 0);
  }
  return difference === 0 ? 'same' : 'other';
}

/** The newest numbers of a ring in a smaller one. */
export function shrinkRing(ring: Uint8Array, size: number, next: number, smaller: number): Uint8Array {
  const out = new Uint8Array(ringBytes(next, smaller));
  for (let number = Math.max(0, next - smaller); number < next; number++) {
    const from = (number % size) * SHORT_TAG_BYTES;
    out.set(ring.subarray(from, from + SHORT_TAG_BYTES), (number % smaller) * SHORT_TAG_BYTES);
  }
  return out;
}
