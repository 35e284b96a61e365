import { isIPv6 } from 'node:net';
import { type Bucket, debtMs, FULL, indebted, type Rate, rate, waitMs, without } from './bucket.ts';
import type { Limits } from './limits.ts';
import type { TurnedAway } from './tally.ts';

/** The rates of `limits.ts`, made once for all buckets. */
export interface Rates {
  readonly frames: Rate;
  readonly bytes: Rate;
  readonly addressFrames: Rate;
  readonly addressBytes: Rate;
  readonly arrivals: Rate;
  readonly requests: Rate;
  readonly opens: Rate;
  readonly words: Rate;
}

/** One address, over all its sockets. What was never used takes no memory. */
export class Visitor {
  /** Sockets that stand. */
  sockets = 0;
  arrivals: Bucket | undefined;
  requests: Bucket | undefined;
  openings: Bucket | undefined;
  words: Bucket | undefined;
  /**
   * Frames and bytes of all its sockets together; nothing as long as there was only one, whose own limits are stricter.
   */
  #frames: Bucket | undefined;
  #bytes: Bucket | undefined;

  /** From now on its sockets' frames count together. */
  countTogether(): void {
    this.#frames ??= FULL;
    this.#bytes ??= FULL;
  }

  /** Charges for a frame of so many bytes. Returns what {@link waitMs} does. */
  charge(length: number, rates: Rates, now: number): number {
    if (this.#frames === undefined || this.#bytes === undefined) return 0;
    this.#frames = without(rates.addressFrames, this.#frames, 1, now);
    this.#bytes = without(rates.addressBytes, this.#bytes, length, now);
    return Math.max(
      waitMs(rates.addressFrames, this.#frames, 1, now),
      waitMs(rates.addressBytes, this.#bytes, length, now),
    );
  }
}

/** Visitors that one new one may push out: more than one, so that memory comes back after a peak. */
const VISITORS_LOOKED_AT = 4;

/**
 * What each address may do, over all its sockets: how many sockets, how many new ones, plain requests, frames, bytes,
 * openings of mailboxes, words. Lives in memory only and reaches no log. Milliseconds are counted from any start.
 */
export class AddressBook {
  readonly rates: Rates;
  readonly #limits: Limits;
  readonly #visitors = new Map<string, Visitor>();

  constructor(limits: Limits) {
    this.#limits = limits;
    this.rates = {
      frames: rate(limits.framesPerSecond, limits.framesBurst),
      bytes: rate(limits.bytesPerSecond, limits.bytesBurst),
      addressFrames: rate(limits.addressFramesPerSecond, limits.addressFramesBurst),
      addressBytes: rate(limits.addressBytesPerSecond, limits.addressBytesBurst),
      arrivals: rate(limits.arrivalsPerSecond, limits.arrivalsBurst),
      requests: rate(limits.requestsPerSecond, limits.requestsBurst),
      opens: rate(limits.opensPerSecond, limits.opensBurst),
      words: rate(limits.wordsPerSecond, limits.wordsBurst),
    };
  }

  /** Counts a socket of this address, or says why there may be none. */
  enter(address: string, now: number): TurnedAway | undefined {
    const visitor = this.of(address);
    if (!comes(this.rates.arrivals, visitor, 'arrivals', now)) return 'too-many-arrivals';
    if (visitor.sockets >= this.#limits.socketsPerAddress) return 'too-many-sockets';
    if (visitor.sockets > 0) visitor.countTogether();
    visitor.sockets++;
    return undefined;
  }

  leave(address: string): void {
    const visitor = this.#visitors.get(address);
    if (visitor === undefined) return;
    visitor.sockets = Math.max(0, visitor.sockets - 1);
    // Its next socket is its second one: who closes and comes back gets no new allowance.
    visitor.countTogether();
  }

  /** Counts a plain request of this address, or says why it gets no page. */
  ask(address: string, now: number): TurnedAway | undefined {
    return comes(this.rates.requests, this.of(address), 'requests', now) ? undefined : 'too-many-requests';
  }

  /** What is known of an address. Sockets may keep it as long as they stand. */
  of(address: string): Visitor {
    const known = this.#visitors.get(address);
    if (known !== undefined) return known;
    const visitor = new Visitor();
    this.#visitors.set(address, visitor);
    if (this.#visitors.size > this.#limits.addressesRemembered) this.#forgetOldest();
    return visitor;
  }

  /** Milliseconds to wait before this address may open another mailbox: 0 is now. */
  takeOpening(address: string, now: number): number {
    return take(this.rates.opens, this.of(address), 'openings', now);
  }

  /** Milliseconds to wait before this address may ask for a word or about one: 0 is now. */
  takeWord(address: string, now: number): number {
    return take(this.rates.words, this.of(address), 'words', now);
  }

  /** Those with sockets stay, at the other end of the line. */
  #forgetOldest(): void {
    let looked = 0;
    for (const [address, visitor] of this.#visitors) {
      const enough = this.#visitors.size <= this.#limits.addressesRemembered;
      if (enough || ++looked > VISITORS_LOOKED_AT) return;
      this.#visitors.delete(address);
      if (visitor.sockets > 0) this.#visitors.set(address, visitor);
    }
  }
}

/**
 * Whether somebody who comes is let in. Who is not has come, too, but owes no more than the bucket holds: whoever shares
 * the address with a flood is let in soon after its end, however long it was.
 */
function comes(rate: Rate, visitor: Visitor, from: 'arrivals' | 'requests', now: number): boolean {
  const after = indebted(rate, without(rate, visitor[from] ?? FULL, 1, now), now);
  visitor[from] = after;
  return waitMs(rate, after, 1, now) === 0;
}

/** Takes a token if it is there (0), or says in how many milliseconds it will be. */
function take(rate: Rate, visitor: Visitor, from: 'openings' | 'words', now: number): number {
  const after = without(rate, visitor[from] ?? FULL, 1, now);
  const debt = debtMs(rate, after, now);
  if (debt === 0) visitor[from] = after;
  return debt;
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
