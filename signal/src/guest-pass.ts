import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readU32, writeU32 } from '../protocol/bytes.ts';

/**
 * A guest pass: version (1), expiry in seconds since the epoch (u32), how many mailboxes (1), a random number (12), and a
 * MAC over these (16) under a key that is derived from the operator's pass that it was made with. So every node can tell
 * a good one without having seen it before, and taking that pass away ends its guests' passes with it.
 */
const VERSION = 1;
const EXPIRY_AT = 1;
const MAILBOXES_AT = 5;
const NONCE_AT = 6;
const NONCE_BYTES = 12;
const MAC_AT = NONCE_AT + NONCE_BYTES;
const MAC_BYTES = 16;
const GUEST_PASS_BYTES = MAC_AT + MAC_BYTES;

/** What a guest pass says. */
export interface GuestTerms {
  /** Seconds since the epoch. */
  readonly expiry: number;
  /** Unknown mailboxes that it opens, 1 to 255. */
  readonly mailboxes: number;
}

export interface GuestPass extends GuestTerms {
  /** By which its use is counted. */
  readonly nonce: string;
}

/** A new guest pass of these terms, made with a pass of the operator's. */
export function mintGuestPass(pass: string, terms: GuestTerms): Uint8Array {
  const bytes = new Uint8Array(GUEST_PASS_BYTES);
  bytes[0] = VERSION;
  writeU32(bytes, EXPIRY_AT, terms.expiry);
  bytes[MAILBOXES_AT] = terms.mailboxes;
  bytes.set(randomBytes(NONCE_BYTES), NONCE_AT);
  bytes.set(macOf(pass, bytes), MAC_AT);
  return bytes;
}

/** What a guest pass says, or nothing where it is none of these passes' or its time is over. `now` in seconds. */
export function readGuestPass(
  bytes: Uint8Array,
  passes: readonly string[],
  now: number,
): GuestPass | undefined {
  if (bytes.length !== GUEST_PASS_BYTES || bytes[0] !== VERSION) return undefined;
  const mac = bytes.subarray(MAC_AT);
  if (!passes.some((pass) => timingSafeEqual(macOf(pass, bytes), mac))) return undefined;
  const expiry = readU32(bytes, EXPIRY_AT);
  if (now >= expiry) return undefined;
  const nonce = Buffer.from(bytes.subarray(NONCE_AT, MAC_AT)).toString('latin1');
  return { expiry, mailboxes: bytes[MAILBOXES_AT]!, nonce };
}

function macOf(pass: string, bytes: Uint8Array): Uint8Array {
  const key = createHmac('sha256', pass).update('aside guest pass').digest();
  return createHmac('sha256', key).update(bytes.subarray(0, MAC_AT)).digest().subarray(0, MAC_BYTES);
}

/**
 * How often each guest pass was used here. In this process' memory: a guest pass is worth its number of mailboxes on every node,
 * and again after a restart. What it bounds is a stranger's use of the disk, and that stays bounded.
 */
export class GuestBook {
  readonly #most: number;
  readonly #spent = new Map<string, number>();

  /** Remembers at most so many passes; the one that came first goes first. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Takes one mailbox of the pass, if there is one left. */
  spend({ nonce, mailboxes }: GuestPass): boolean {
    const spent = this.#spent.get(nonce) ?? 0;
    if (spent >= mailboxes) return false;
    this.#spent.set(nonce, spent + 1);
    if (this.#spent.size > this.#most) this.#forgetOldest();
    return true;
  }

  /** The mailbox was not opened after all. */
  giveBack({ nonce }: GuestPass): void {
    const spent = this.#spent.get(nonce) ?? 0;
    if (spent > 1) this.#spent.set(nonce, spent - 1);
    else this.#spent.delete(nonce);
  }

  #forgetOldest(): void {
    for (const nonce of this.#spent.keys()) {
      this.#spent.delete(nonce);
      return;
    }
  }
}
