/**
 * Which envelopes were opened lately: the first 32 bits of each one's tag, in a ring of `size` numbers. It tells a copy
 * of an envelope from another envelope under the same number. The tag is authenticated by the sealed header, so that
 * only the peer can cause the second; 32 bits, as a signed number, suffice against accident. Plain numbers, because a small typed array
 * costs more to make than everything else that is done with it.
 */

/** Entry `n % size` is of number n. */
export type TagRing = readonly number[];

export const NO_TAGS: TagRing = [];

/** A ring's entries once `next` numbers have been seen. */
export function ringLength(next: number, size: number): number {
  return Math.min(next, size);
}

/** The ring after `number` was opened, where `next` is one more than the highest number. */
export function rememberTag(ring: TagRing, size: number, next: number, number: number, tag: number): TagRing {
  const out = grow(ring, ringLength(next, size));
  if (number >= next - size) out[number % size] = tag;
  return out;
}

/** Compares a tag with the one that came under this number: `unknown` where the number is too old to tell. */
export function compareTag(
  ring: TagRing,
  size: number,
  next: number,
  number: number,
  tag: number,
): 'same' | 'other' | 'unknown' {
  if (number < next - size) return 'unknown';
  return ring[number % size] === tag ? 'same' : 'other';
}

/** The ring of a chain whose length is now known, cut to the newest `smaller` numbers. */
export function shrinkRing(ring: TagRing, size: number, length: number, smaller: number): TagRing {
  const out = grow([], ringLength(length, smaller));
  for (let number = Math.max(0, length - smaller); number < length; number++) {
    out[number % smaller] = ring[number % size] ?? 0;
  }
  return out;
}

function grow(ring: TagRing, length: number): number[] {
  const out = ring.slice();
  while (out.length < length) out.push(0);
  return out;
}
