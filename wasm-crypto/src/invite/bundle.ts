/** What waits in the rendezvous mailbox (SPEC 4.3): signed by the inviter, sealed under the invite's secret. */
import { concat, Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import {
  decodeIdentity,
  encodeIdentity,
  type Identity,
  type IdentityKeys,
  identityHash,
} from '../identity.ts';
import { LABELS } from '../labels.ts';
import { MAILBOX_ID_BYTES, mailboxIdOf } from '../mailbox.ts';
import { pad, unpadWiping } from '../padding.ts';
import { fillRandom } from '../random.ts';
import { IDENTITY_BYTES, MIN_ENVELOPE, PROTOCOL_VERSION, SUITE } from '../sizes.ts';
import {
  AEAD_NONCE_BYTES,
  AEAD_TAG_BYTES,
  aeadOpen,
  aeadSealInto,
  ED25519_SIGNATURE_BYTES,
  ed25519Sign,
  ed25519Verify,
  equalPublic,
  KEM_PUBLIC_BYTES,
  wipe,
  X25519_BYTES,
} from '../sodium.ts';
import { wiping } from '../wiping.ts';
import { bundleSecrets } from './secrets.ts';
import type { Invite } from './text.ts';

/** Where somebody reads: a mailbox on a server. */
export interface MailboxAddress {
  /** 32 bytes. */
  readonly id: Uint8Array;
  /** An origin, in at most 255 bytes of UTF-8. */
  readonly server: string;
}

/** The public half of keys that are used for one handshake. */
export interface OneTimeKeys {
  /** X25519, 32 bytes. */
  readonly agree: Uint8Array;
  /** ML-KEM-768, 1,184 bytes. */
  readonly kem: Uint8Array;
}

export interface InviteBundle {
  readonly identity: Identity;
  readonly oneTime: OneTimeKeys;
  /** Where the handshake's first message goes. */
  readonly reply: MailboxAddress;
  /** Lets the accepter open mailboxes on the inviter's server; at most 255 bytes. */
  readonly guestPass?: Uint8Array;
}

/** As long as the smallest envelope, so that a server cannot tell them apart by length. */
export const SEALED_BUNDLE_BYTES = MIN_ENVELOPE;
const PADDED_BYTES = SEALED_BUNDLE_BYTES - 1 - AEAD_NONCE_BYTES - AEAD_TAG_BYTES;
/** Without server and pass, but with their lengths. */
const CONTENT_BYTES = 1 + IDENTITY_BYTES + X25519_BYTES + KEM_PUBLIC_BYTES + MAILBOX_ID_BYTES + 1 + 1;
const MAX_SERVER_BYTES = 255;
const MAX_GUEST_PASS_BYTES = 255;
const encoder = new TextEncoder();

/** With the rendezvous mailbox's key. Throws `malformed` for an address or a pass out of bounds. */
export function sealBundle(
  me: IdentityKeys,
  invite: Invite,
  bundle: InviteBundle,
): { bundle: Uint8Array; rendezvousKey: Uint8Array } {
  return wiping((spent) => {
    // A guest pass is in it, and in what is made of it.
    const content = spent(encodeContent(bundle));
    const { rendezvous, sealKey } = bundleSecrets(invite.secret);
    spent(sealKey);
    const message = spent(signedMessage(invite, mailboxIdOf(rendezvous), content));
    const signed = spent(concat(content, ed25519Sign(me.signSecret, message)));
    const padded = spent(pad(signed, PADDED_BYTES));
    const out = new Uint8Array(SEALED_BUNDLE_BYTES);
    const nonce = out.subarray(1, 1 + AEAD_NONCE_BYTES);
    fillRandom(nonce);
    out[0] = PROTOCOL_VERSION;
    aeadSealInto(out, 1 + AEAD_NONCE_BYTES, sealKey, nonce, associatedData(invite), padded);
    return { bundle: out, rendezvousKey: rendezvous };
  });
}

/**
 * Opens what the rendezvous held. Throws `malformed` for another length, `wrong-version`, and `forged` where the seal,
 * either signature or the hash of the identity in the invite does not fit.
 */
export function openBundle(invite: Invite, bytes: Uint8Array): InviteBundle {
  if (bytes.length !== SEALED_BUNDLE_BYTES) throw new CryptoError('malformed', 'bundle');
  if (bytes[0] !== PROTOCOL_VERSION) throw new CryptoError('wrong-version', 'bundle');
  const { rendezvous, sealKey } = bundleSecrets(invite.secret);
  const rendezvousId = mailboxIdOf(rendezvous);
  const nonce = bytes.subarray(1, 1 + AEAD_NONCE_BYTES);
  const padded = aeadOpen(sealKey, nonce, associatedData(invite), bytes.subarray(1 + AEAD_NONCE_BYTES));
  wipe(sealKey, rendezvous);
  if (padded === undefined) throw new CryptoError('forged', 'bundle');
  return wiping((spent, made) => {
    const signed = spent(unpadWiping(padded));
    if (signed.length < ED25519_SIGNATURE_BYTES) throw new CryptoError('malformed', 'bundle');
    const content = signed.subarray(0, signed.length - ED25519_SIGNATURE_BYTES);
    const bundle = made(decodeContent(content));
    if (!equalPublic(identityHash(bundle.identity), invite.identityHash)) {
      throw new CryptoError('forged', 'identity of the bundle');
    }
    const signature = signed.subarray(content.length);
    const message = spent(signedMessage(invite, rendezvousId, content));
    if (!ed25519Verify(bundle.identity.signKey, message, signature)) {
      throw new CryptoError('forged', 'signature of the bundle');
    }
    return bundle;
  });
}

/** The signature covers the invite too: a bundle cannot be moved into another one. */
function signedMessage(invite: Invite, rendezvousId: Uint8Array, content: Uint8Array): Uint8Array {
  const head = new Writer(4 + MAILBOX_ID_BYTES).u32(invite.expires).put(rendezvousId).bytes;
  return concat(LABELS.bundleSignature, head, content);
}

function associatedData(invite: Invite): Uint8Array {
  return concat(LABELS.inviteBundle, Uint8Array.of(PROTOCOL_VERSION, SUITE), invite.identityHash);
}

/** What the signature covers (SPEC 4.3). Throws `malformed` for an address, a pass or a key out of bounds. */
export function encodeContent(bundle: InviteBundle): Uint8Array {
  const server = encoder.encode(bundle.reply.server);
  const pass = bundle.guestPass ?? new Uint8Array(0);
  if (server.length === 0 || server.length > MAX_SERVER_BYTES) throw new CryptoError('malformed', 'server');
  if (pass.length > MAX_GUEST_PASS_BYTES) throw new CryptoError('malformed', 'guest pass');
  return new Writer(CONTENT_BYTES + server.length + pass.length)
    .u8(SUITE)
    .put(encodeIdentity(bundle.identity))
    .put(bundle.oneTime.agree, X25519_BYTES)
    .put(bundle.oneTime.kem, KEM_PUBLIC_BYTES)
    .put(bundle.reply.id, MAILBOX_ID_BYTES)
    .u8(server.length)
    .put(server)
    .u8(pass.length)
    .put(pass).bytes;
}

/** Throws `malformed`, `wrong-version`, or `forged` for an identity that is none. Whose it is, is not looked at here. */
export function decodeContent(content: Uint8Array): InviteBundle {
  const reader = new Reader(content);
  if (reader.u8() !== SUITE) throw new CryptoError('wrong-version', 'suite');
  // Also its inner signature, though the bundle's own says the same of the same keys: who reads the identity again later,
  // from a row, expects one that fits, and its maker hashed and signed what they liked.
  const identity = decodeIdentity(reader.take(IDENTITY_BYTES));
  const agree = reader.take(X25519_BYTES).slice();
  const kem = reader.take(KEM_PUBLIC_BYTES).slice();
  const id = reader.take(MAILBOX_ID_BYTES).slice();
  const server = decodeUtf8(reader.take(reader.u8()));
  if (server === '') throw new CryptoError('malformed', 'server');
  const guestPass = reader.take(reader.u8()).slice();
  reader.end();
  const bundle = { identity, oneTime: { agree, kem }, reply: { id, server } };
  return guestPass.length === 0 ? bundle : { ...bundle, guestPass };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CryptoError('malformed', 'server');
  }
}
