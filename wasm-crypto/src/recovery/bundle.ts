/** What a side that came back from a copy puts into the other's recovery mailbox (SPEC 12.3): signed and sealed. */
import { concat, Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { type Identity, type IdentityKeys, identityParts } from '../identity.ts';
import { SEALED_BUNDLE_BYTES } from '../invite/bundle.ts';
import { LABELS } from '../labels.ts';
import { MAILBOX_ID_BYTES, mailboxIdOf } from '../mailbox.ts';
import { pad, unpadWiping } from '../padding.ts';
import { fillRandom } from '../random.ts';
import { PROTOCOL_VERSION, SUITE } from '../sizes.ts';
import {
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  aeadOpen,
  aeadSealInto,
  ED25519_SIGNATURE_BYTES,
  ed25519Sign,
  ed25519Verify,
  KEM_PUBLIC_BYTES,
  wipe,
  X25519_BYTES,
} from '../sodium.ts';
import type { RecoveryKeys } from './keys.ts';
import { checkGeneration, recoveryBundleKey, recoveryMailboxKey } from './secrets.ts';

export interface RecoveryBundle {
  /** Of the session that an answer begins: one more than its maker knew of. */
  readonly generation: number;
  readonly oneTime: RecoveryKeys['oneTime'];
  /** What the maker's program has to say with it, at most {@link MAX_RECOVERY_NOTE} bytes. */
  readonly note: Uint8Array;
}

/** Two people who know each other, and what their handshake left. */
export interface RecoveryPair {
  readonly me: IdentityKeys;
  readonly peer: Identity;
  /** 32 bytes. */
  readonly recovery: Uint8Array;
}

const PADDED_BYTES = SEALED_BUNDLE_BYTES - 1 - AEAD_NONCE_BYTES - AEAD_TAG_BYTES;
/** Before the note. */
const CONTENT_BYTES = 1 + 4 + X25519_BYTES + KEM_PUBLIC_BYTES + 2;
/** Room for a mailbox and its server, with much to spare. */
export const MAX_RECOVERY_NOTE = 1024;

/** A bundle for the peer, as long as the smallest envelope. Throws `malformed` as {@link encodeContent} does. */
export function sealRecoveryBundle(pair: RecoveryPair, keys: RecoveryKeys, note: Uint8Array): Uint8Array {
  const { me, peer, recovery } = pair;
  const { generation, oneTime } = keys;
  const content = encodeContent({ generation, oneTime, note });
  const mailbox = mailboxOf(recovery, peer);
  const signature = ed25519Sign(me.signSecret, signedMessage(me.identity, peer, mailbox, content));
  const padded = pad(concat(content, signature), PADDED_BYTES);
  const out = new Uint8Array(SEALED_BUNDLE_BYTES);
  const nonce = out.subarray(1, 1 + AEAD_NONCE_BYTES);
  fillRandom(nonce);
  out[0] = PROTOCOL_VERSION;
  const key = recoveryBundleKey(recovery);
  aeadSealInto(out, 1 + AEAD_NONCE_BYTES, key, nonce, bundleData(mailbox), padded);
  wipe(key, padded);
  return out;
}

/**
 * Opens what came into my recovery mailbox. Throws `malformed` for another length, `wrong-version`, and `forged` where
 * it is not the peer's for me.
 */
export function openRecoveryBundle(pair: RecoveryPair, bytes: Uint8Array): RecoveryBundle {
  if (bytes.length !== SEALED_BUNDLE_BYTES) throw new CryptoError('malformed', 'recovery bundle');
  if (bytes[0] !== PROTOCOL_VERSION) throw new CryptoError('wrong-version', 'recovery bundle');
  const { me, peer, recovery } = pair;
  const mailbox = mailboxOf(recovery, me.identity);
  const key = recoveryBundleKey(recovery);
  const nonce = bytes.subarray(1, 1 + AEAD_NONCE_BYTES);
  const padded = aeadOpen(key, nonce, bundleData(mailbox), bytes.subarray(1 + AEAD_NONCE_BYTES));
  wipe(key);
  if (padded === undefined) throw new CryptoError('forged', 'recovery bundle');
  const signed = unpadWiping(padded);
  if (signed.length < ED25519_SIGNATURE_BYTES) throw new CryptoError('malformed', 'recovery bundle');
  const content = signed.subarray(0, signed.length - ED25519_SIGNATURE_BYTES);
  const message = signedMessage(peer, me.identity, mailbox, content);
  if (!ed25519Verify(peer.signKey, message, signed.subarray(content.length))) {
    throw new CryptoError('forged', 'signature of the recovery bundle');
  }
  return decodeContent(content);
}

/** What the signature covers (SPEC 12.3). Throws `malformed` for a generation that is none, or a note or key out of bounds. */
export function encodeContent({ generation, oneTime, note }: RecoveryBundle): Uint8Array {
  checkGeneration(generation);
  if (note.length > MAX_RECOVERY_NOTE) throw new CryptoError('malformed', 'note');
  return new Writer(CONTENT_BYTES + note.length)
    .u8(SUITE)
    .u32(generation)
    .put(oneTime.agree, X25519_BYTES)
    .put(oneTime.kem, KEM_PUBLIC_BYTES)
    .u16(note.length)
    .put(note).bytes;
}

/** Throws `malformed` or `wrong-version`. Whose it is, is not looked at here. */
export function decodeContent(content: Uint8Array): RecoveryBundle {
  const reader = new Reader(content);
  if (reader.u8() !== SUITE) throw new CryptoError('wrong-version', 'suite');
  const generation = reader.u32();
  checkGeneration(generation);
  const agree = reader.take(X25519_BYTES).slice();
  const kem = reader.take(KEM_PUBLIC_BYTES).slice();
  const length = reader.u16();
  if (length > MAX_RECOVERY_NOTE) throw new CryptoError('malformed', 'note');
  const note = reader.take(length).slice();
  reader.end();
  return { generation, oneTime: { agree, kem }, note };
}

/** Who makes it, for whom, and in which life of theirs: it fits no other pair, direction or secret. */
function signedMessage(
  maker: Identity,
  reader: Identity,
  mailbox: Uint8Array,
  content: Uint8Array,
): Uint8Array {
  return concat(
    LABELS.recoverySignature,
    ...identityParts(maker),
    ...identityParts(reader),
    mailbox,
    content,
  );
}

/** The id of the mailbox that a side reads, which stands for side and secret. */
function mailboxOf(recovery: Uint8Array, reader: Identity): Uint8Array {
  const key = recoveryMailboxKey(recovery, reader);
  const id = mailboxIdOf(key);
  wipe(key);
  return id;
}

function bundleData(mailbox: Uint8Array): Uint8Array {
  return new Writer(LABELS.recoveryBundle.length + 2 + MAILBOX_ID_BYTES)
    .put(LABELS.recoveryBundle)
    .u8(PROTOCOL_VERSION)
    .u8(SUITE)
    .put(mailbox).bytes;
}
