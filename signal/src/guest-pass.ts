import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readU32, writeU32 } from '../protocol/bytes.ts';
import type { GuestRight } from './store/store.ts';

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

/** Length of the names under which its use is counted: enough that no two meet. */
const NAME_BYTES = 16;

/** What a guest pass says. */
export interface GuestTerms {
  /** Seconds since the epoch. */
  readonly expiry: number;
  /** Unknown mailboxes that it opens, 1 to 255. */
  readonly mailboxes: number;
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
): GuestTerms | undefined {
  if (bytes.length !== GUEST_PASS_BYTES || bytes[0] !== VERSION) return undefined;
  const mac = bytes.subarray(MAC_AT);
  if (!passes.some((pass) => timingSafeEqual(macOf(pass, bytes), mac))) return undefined;
  const expiry = readU32(bytes, EXPIRY_AT);
  if (now >= expiry) return undefined;
  return { expiry, mailboxes: bytes[MAILBOXES_AT]! };
}

/** What a guest pass of these terms gives for a mailbox. */
export function guestRight(
  pass: Uint8Array,
  { expiry, mailboxes }: GuestTerms,
  mailbox: Uint8Array,
): GuestRight {
  const nameOf = (label: string, of: Uint8Array) =>
    createHash('sha256').update(label).update(pass).update(of).digest().subarray(0, NAME_BYTES);
  return {
    pass: nameOf('aside guest pass', new Uint8Array(0)),
    use: nameOf('aside guest mailbox', mailbox),
    mailboxes,
    until: expiry,
  };
}

function macOf(pass: string, bytes: Uint8Array): Uint8Array {
  const key = createHmac('sha256', pass).update('aside guest pass').digest();
  return createHmac('sha256', key).update(bytes.subarray(0, MAC_AT)).digest().subarray(0, MAC_BYTES);
}
