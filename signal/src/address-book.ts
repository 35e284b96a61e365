import { isIPv6 } from 'node:net';
import { Bucket, type Rate, rate } from './bucket.ts';
import type { Limits } from './limits.ts';
import type { TurnedAway } from './tally.ts';

/** The rates of `limits.ts`, made once for all buckets. */
export interface Rates {
  readonly frames: Rate;
  readonly bytes: Rate;
  readonly addressFrames: Rate;
  readonly addressBytes: Rate;
  readonly arrivals: Rate;
  readonly opens: Rate;
  readonly words: Rate;
}

/** One address, over all its sockets. */
export class Visitor {
  /** Sockets that stand. */
  sockets = 0;
  /**
   * Frames and bytes of all its sockets together; nothing as long as there was only one, whose own limits are stricter.
   */
  frames: Bucket | undefined;
  bytes: Bucket | undefined;
  readonly arrivals: Bucket;
  openings: Bucket | undefined;
  words: Bucket | undefined;

  constructor(rates: Rates, now: number) {
    this.arrivals = new Bucket(rates.arrivals, now);
  }
}

/** Visitors that one new one may push out: more than one, so that memory comes back after a peak. */
const VISITORS_LOOKED_AT = 4;

/**
 * What each address may do, over all its sockets: how many sockets, how many new ones, frames, bytes, openings of
 * mailboxes, words. Lives in memory only and reaches no log.
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
      opens: rate(limits.opensPerSecond, limits.opensBurst),
      words: rate(limits.wordsPerSecond, limits.wordsBurst),
    };
  }

  /** Counts a socket of this address, or says why there may be none. Who is refused has come, too. */
  enter(address: string, now: number): TurnedAway | undefined {
    const visitor = this.of(address, now);
    if (visitor.arrivals.charge(1, now) > 0) return 'too-many-arrivals';
    if (visitor.sockets >= this.#limits.socketsPerAddress) return 'too-many-sockets';
    if (visitor.sockets > 0) {
      visitor.frames ??= new Bucket(this.rates.addressFrames, now);
      visitor.bytes ??= new Bucket(this.rates.addressBytes, now);
    }
    visitor.sockets++;
    return undefined;
  }

  leave(address: string, now: number): void {
    const visitor = this.#visitors.get(address);
    if (visitor === undefined) return;
    visitor.sockets = Math.max(0, visitor.sockets - 1);
    // Its next socket is its second one: who closes and comes back gets no new allowance.
    visitor.frames ??= new Bucket(this.rates.addressFrames, now);
    visitor.bytes ??= new Bucket(this.rates.addressBytes, now);
  }

  /** What is known of an address. Sockets may keep it as long as they stand. */
  of(address: string, now: number): Visitor {
    const known = this.#visitors.get(address);
    if (known !== undefined) return known;
    const visitor = new Visitor(this.rates, now);
    this.#visitors.set(address, visitor);
    if (this.#visitors.size > this.#limits.addressesRemembered) this.#forgetOldest();
    return visitor;
  }

  /** Milliseconds to wait before this address may open another mailbox: 0 is now. */
  takeOpening(address: string, now: number): number {
    const visitor = this.of(address, now);
    visitor.openings ??= new Bucket(this.rates.opens, now);
    return visitor.openings.take(1, now);
  }

  /** Milliseconds to wait before this address may ask for a word or about one: 0 is now. */
  takeWord(address: string, now: number): number {
    const visitor = this.of(address, now);
    visitor.words ??= new Bucket(this.rates.words, now);
    return visitor.words.take(1, now);
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
