import { blake2b } from '@noble/hashes/blake2.js';

/** A mailbox that is always the same, so that an input means the same. */
export function mailboxOf(number: number): { readonly mailbox: Uint8Array; readonly key: Uint8Array } {
  const key = new Uint8Array(32).fill(number);
  return { mailbox: blake2b(key, { dkLen: 32 }), key };
}

/** Those that frames speak of. */
export const MAILBOXES = [1, 2, 3, 4].map(mailboxOf);
