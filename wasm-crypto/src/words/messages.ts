/**
 * The messages of an invite by words (SPEC 11.4), each as long as the smallest envelope, so that a server's store shows
 * nothing new. The type, its encoder and its decoder.
 */
import { Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { MAILBOX_ID_BYTES } from '../mailbox.ts';
import { MIN_ENVELOPE, PROTOCOL_VERSION } from '../sizes.ts';
import { MAC_BYTES, RISTRETTO_BYTES } from '../sodium/ristretto.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES } from '../sodium.ts';

/** The invite's text as bytes (SPEC 4.1). */
export const SPOKEN_INVITE_BYTES = 57;
export const SEALED_INVITE_BYTES = AEAD_NONCE_BYTES + SPOKEN_INVITE_BYTES + AEAD_TAG_BYTES;

export type WordsMessage =
  /** The accepter's share, and the mailbox (an id of 32 bytes) where answers go. */
  | { readonly kind: 'ask'; readonly share: Uint8Array; readonly reply: Uint8Array }
  /** The inviter's share. */
  | { readonly kind: 'answer'; readonly share: Uint8Array }
  /** The accepter has the words: the one guess. */
  | { readonly kind: 'proof'; readonly tag: Uint8Array }
  /** The inviter has them too, and hands the invite over: nonce, then the seal. */
  | { readonly kind: 'invite'; readonly tag: Uint8Array; readonly sealed: Uint8Array }
  /** The inviter takes no guess, or that was a wrong one. Anybody can say so. */
  | { readonly kind: 'refusal' };

const KINDS = ['ask', 'answer', 'proof', 'invite', 'refusal'] as const;

/** The fields in their order, each with its length. */
function partsOf(message: WordsMessage): readonly (readonly [Uint8Array, number])[] {
  switch (message.kind) {
    case 'ask':
      return [
        [message.share, RISTRETTO_BYTES],
        [message.reply, MAILBOX_ID_BYTES],
      ];
    case 'answer':
      return [[message.share, RISTRETTO_BYTES]];
    case 'proof':
      return [[message.tag, MAC_BYTES]];
    case 'invite':
      return [
        [message.tag, MAC_BYTES],
        [message.sealed, SEALED_INVITE_BYTES],
      ];
    case 'refusal':
      return [];
  }
}

/** Throws `malformed` for a field of another length. */
export function encodeWordsMessage(message: WordsMessage): Uint8Array {
  const writer = new Writer(MIN_ENVELOPE).u8(PROTOCOL_VERSION).u8(KINDS.indexOf(message.kind) + 1);
  for (const [part, length] of partsOf(message)) writer.put(part, length);
  return writer.bytes;
}

/** Throws `malformed` for another length, kind or padding, `wrong-version` for another version. */
export function decodeWordsMessage(bytes: Uint8Array): WordsMessage {
  if (bytes.length !== MIN_ENVELOPE) throw new CryptoError('malformed', 'words');
  const reader = new Reader(bytes);
  if (reader.u8() !== PROTOCOL_VERSION) throw new CryptoError('wrong-version', 'words');
  const message = decodeKind(KINDS[reader.u8() - 1], reader);
  const read = 2 + partsOf(message).reduce((sum, [, length]) => sum + length, 0);
  if (reader.take(MIN_ENVELOPE - read).some((byte) => byte !== 0)) {
    throw new CryptoError('malformed', 'words');
  }
  return message;
}

function decodeKind(kind: WordsMessage['kind'] | undefined, reader: Reader): WordsMessage {
  const take = (length: number): Uint8Array => reader.take(length).slice();
  switch (kind) {
    case 'ask':
      return { kind, share: take(RISTRETTO_BYTES), reply: take(MAILBOX_ID_BYTES) };
    case 'answer':
      return { kind, share: take(RISTRETTO_BYTES) };
    case 'proof':
      return { kind, tag: take(MAC_BYTES) };
    case 'invite':
      return { kind, tag: take(MAC_BYTES), sealed: take(SEALED_INVITE_BYTES) };
    case 'refusal':
      return { kind };
    case undefined:
      throw new CryptoError('malformed', 'words');
  }
}
