/** The one thing that crypto knows of mailboxes: how an id follows from a key (DESIGN 2). */
import { CryptoError } from './errors.ts';
import { blake2b } from './sodium.ts';

export const MAILBOX_KEY_BYTES = 32;
export const MAILBOX_ID_BYTES = 32;

/** BLAKE2b-256 of a 32-byte mailbox key, without a label: the server computes the same. */
export function mailboxIdOf(mailboxKey: Uint8Array): Uint8Array {
  if (mailboxKey.length !== MAILBOX_KEY_BYTES) throw new CryptoError('malformed', 'mailbox key');
  return blake2b(MAILBOX_ID_BYTES, [mailboxKey]);
}
