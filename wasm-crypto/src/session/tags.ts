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

/** Entry `n % size` is of number n; a group has 16 entries, those that were not used yet are zero. */
export type TagRing = readonly (readonly number[])[];

export const NO_TAGS: TagRing = [];
const EMPTY_GROUP: readonly number[] = new Array<number>(GROUP).fill(0);

/** A ring's entries once `next` numbers have been seen. */
export function ringLength(next: number, size: number): number {
  return Math.min(next, size);
}

/** The ring after `number` was opened, where `next` is one more than the highest number. */
export function rememberTag(ring: TagRing, size: number, next: number, number: number, tag: number): TagRing {
  const out = ring.slice();
  while (out.length * GROUP < ringLength(next, size)) out.push(EMPTY_GROUP);
  if (number < next - size) return out;
  const at = number % size;
  const group = (out[at >>> GROUP_BITS] ?? EMPTY_GROUP).slice();
  group[at & (GROUP - 1)] = tag;
  out[at >>> GROUP_BITS] = group;
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
  return tagAt(ring, number % size) === tag ? 'same' : 'other';
}

/** The ring of a chain whose length is now known, cut to the newest `smaller` numbers. */
export function shrinkRing(ring: TagRing, size: number, length: number, smaller: number): TagRing {
  const tags = new Array<number>(ringLength(length, smaller)).fill(0);
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
    const group = tags.slice(at, at + GROUP);
    while (group.length < GROUP) group.push(0);
    groups.push(group);
  }
  return groups;
}
