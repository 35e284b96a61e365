import { isIPv6 } from 'node:net';
import { Bucket } from './bucket.ts';
import type { Limits } from './limits.ts';

/**
 * What one address may do, over all its sockets: how many sockets, openings of mailboxes, and words. Lives in
 * memory only and reaches no log.
 */
export class AddressBook {
  readonly #limits: Limits;
  readonly #sockets = new Map<string, number>();
  readonly #openings = new Map<string, Bucket>();
  readonly #words = new Map<string, Bucket>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Counts a socket of this address, or says that there are enough. */
  enter(address: string): boolean {
    const count = this.#sockets.get(address) ?? 0;
    if (count >= this.#limits.socketsPerAddress) return false;
    this.#sockets.set(address, count + 1);
    return true;
  }

  leave(address: string): void {
    const count = this.#sockets.get(address) ?? 0;
    if (count > 1) this.#sockets.set(address, count - 1);
    else this.#sockets.delete(address);
  }

  /** Milliseconds to wait before this address may open another mailbox: 0 is now. */
  takeOpening(address: string, now: number): number {
    const { opensPerSecond, opensBurst } = this.#limits;
    return this.#take(this.#openings, address, () => new Bucket(opensPerSecond, opensBurst, now), now);
  }

  /** Milliseconds to wait before this address may ask for a word or about one: 0 is now. */
  takeWord(address: string, now: number): number {
    const { wordsPerSecond, wordsBurst } = this.#limits;
    return this.#take(this.#words, address, () => new Bucket(wordsPerSecond, wordsBurst, now), now);
  }

  #take(buckets: Map<string, Bucket>, address: string, make: () => Bucket, now: number): number {
    let bucket = buckets.get(address);
    if (bucket === undefined) {
      bucket = make();
      buckets.set(address, bucket);
      if (buckets.size > this.#limits.addressesRemembered) {
        const [oldest] = buckets.keys();
        if (oldest !== undefined) buckets.delete(oldest);
      }
    }
    return bucket.take(1, now);
  }
}

/**
 * What counts as one address: all of an IPv4 address, and the first 64 bits of an IPv6 one, since a household has
 * that much of it. IPv4 inside IPv6 is IPv4.
 */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const words = ipv6Words(address);
  const mapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;
  if (mapped) {
    const [high, low] = [words[6]!, words[7]!];
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  }
  return `${words
    .slice(0, 4)
    .map((word) => word.toString(16))
    .join(':')}::/64`;
}

function ipv6Words(address: string): number[] {
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const before = wordsIn(head);
  if (tail === undefined) return before;
  const after = wordsIn(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function wordsIn(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
