/**
 * Which envelopes were opened lately: the first 32 bits of each one's tag, in a ring of `size` numbers. It tells a copy
 * of an envelope from another envelope under the same number. The tag is authenticated by the sealed header, so that
 * only the peer can cause the second; 32 bits, as a signed number, suffice against accident.
 *
 * Plain numbers, because a small typed array costs more to make than everything else that is done with it, in groups,
 * because a ring that is never changed in place is made anew for every message: so only one group of it is.
 */

const GROUP_BITS = 4;
const GROUP = 1 << GROUP_BITS;

/** Entry `n % size` is of number n; a group has 16 entries. Groups and entries that were never used are not there. */
export type TagRing = readonly (readonly number[])[];

export const NO_TAGS: TagRing = [];

/** A ring's entries once `next` numbers have been seen. */
export function ringLength(next: number, size: number): number {
  return Math.min(next, size);
}

/** The ring after `number` was opened, where `next` is one more than the highest number. */
export function rememberTag(ring: TagRing, size: number, next: number, number: number, tag: number): TagRing {
  if (number < next - size) return ring;
  const out = ring.slice();
  const at = number % size;
  const group = (out[at >>> GROUP_BITS] ?? []).slice();
  group[at & (GROUP - 1)] = tag;
  out[at >>> GROUP_BITS] = group;
  return out;
}

/** Whether another tag came under this number; not where the number is too old to tell. */
export function contradictsTag(
  ring: TagRing,
  size: number,
  next: number,
  number: number,
  tag: number,
): boolean {
  return number >= next - size && tagAt(ring, number % size) !== tag;
}

/** The ring of a chain whose length is now known, cut to the newest `smaller` numbers. */
export function shrinkRing(ring: TagRing, size: number, length: number, smaller: number): TagRing {
  const tags: number[] = [];
  for (let number = Math.max(0, length - smaller); number < length; number++) {
    tags[number % smaller] = tagAt(ring, number % size);
  }
  return ringOf(tags);
}

/** One entry; zero where none was ever made. */
export function tagAt(ring: TagRing, index: number): number {
  return ring[index >>> GROUP_BITS]?.[index & (GROUP - 1)] ?? 0;
}

/** A ring with these entries. */
export function ringOf(tags: readonly number[]): TagRing {
  const groups: number[][] = [];
  for (let at = 0; at < tags.length; at += GROUP) {
    groups.push(tags.slice(at, at + GROUP));
  }
  return groups;
}
