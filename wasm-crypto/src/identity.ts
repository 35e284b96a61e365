/** Who somebody is: an Ed25519 key, and an X25519 key that it signs (SPEC 3). */
import { concat, Reader, Writer } from './codec.ts';
import { CryptoError } from './errors.ts';
import { labelledHash } from './kdf.ts';
import { LABELS } from './labels.ts';
import { randomBytes } from './random.ts';
import { IDENTITY_BYTES, IDENTITY_HASH_BYTES } from './sizes.ts';
import {
  ED25519_PUBLIC_BYTES,
  ED25519_SECRET_BYTES,
  ED25519_SEED_BYTES,
  ED25519_SIGNATURE_BYTES,
  ed25519KeyPair,
  ed25519Sign,
  ed25519Verify,
  wipe,
  X25519_BYTES,
  x25519Public,
} from './sodium.ts';

/** What others know. Values come from {@link newIdentity} or a decoder, so the signature has been verified. */
export interface Identity {
  /** Ed25519, 32 bytes: *the* identity key. */
  readonly signKey: Uint8Array;
  /** X25519, 32 bytes. */
  readonly agreeKey: Uint8Array;
  /** 64 bytes, of the second under the first. */
  readonly signature: Uint8Array;
}

/** What only its owner has. */
export interface IdentityKeys {
  readonly identity: Identity;
  /** Ed25519, 64 bytes (seed, public key). */
  readonly signSecret: Uint8Array;
  /** X25519, 32 bytes. */
  readonly agreeSecret: Uint8Array;
}

const KEYS_VERSION = 1;

/** Makes a new identity. */
export function newIdentity(): IdentityKeys {
  const seed = randomBytes(32);
  const keys = fromSecrets(seed, randomBytes(32));
  wipe(seed);
  return keys;
}

function fromSecrets(seed: Uint8Array, agreeSecret: Uint8Array): IdentityKeys {
  const { publicKey: signKey, secretKey: signSecret } = ed25519KeyPair(seed);
  const agreeKey = x25519Public(agreeSecret);
  const signature = ed25519Sign(signSecret, concat(LABELS.identitySignature, agreeKey));
  return { identity: { signKey, agreeKey, signature }, signSecret, agreeSecret };
}

/** The half that may be shown. */
export function publicIdentity(keys: IdentityKeys): Identity {
  return keys.identity;
}

/**
 * 65 bytes: version, Ed25519 seed, X25519 secret. The public halves are computed again when decoding. Throws `malformed`
 * for secrets of other lengths.
 */
export function encodeIdentityKeys(keys: IdentityKeys): Uint8Array {
  const { signSecret, agreeSecret } = keys;
  if (signSecret.length !== ED25519_SECRET_BYTES) throw new CryptoError('malformed', 'identity');
  const seed = signSecret.subarray(0, ED25519_SEED_BYTES);
  return new Writer(65).u8(KEYS_VERSION).put(seed).put(agreeSecret, X25519_BYTES).bytes;
}

/** Throws `malformed` or `wrong-version`. */
export function decodeIdentityKeys(bytes: Uint8Array): IdentityKeys {
  const reader = new Reader(bytes);
  if (reader.u8() !== KEYS_VERSION) throw new CryptoError('wrong-version', 'identity');
  const seed = reader.take(32);
  const agreeSecret = reader.take(32);
  reader.end();
  return fromSecrets(seed, agreeSecret.slice());
}

/** 128 bytes: Ed25519 key, X25519 key, signature. Throws `malformed` for parts of other lengths. */
export function encodeIdentity({ signKey, agreeKey, signature }: Identity): Uint8Array {
  return new Writer(IDENTITY_BYTES)
    .put(signKey, ED25519_PUBLIC_BYTES)
    .put(agreeKey, X25519_BYTES)
    .put(signature, ED25519_SIGNATURE_BYTES).bytes;
}

/** What {@link encodeIdentity} joins, for whoever hashes or signs more. */
export function identityParts(identity: Identity): readonly [Uint8Array, Uint8Array, Uint8Array] {
  return [identity.signKey, identity.agreeKey, identity.signature];
}

/** Throws `malformed` for another length, `forged` for a signature that does not fit. */
export function decodeIdentity(bytes: Uint8Array): Identity {
  const identity = readIdentity(bytes);
  const message = concat(LABELS.identitySignature, identity.agreeKey);
  if (!ed25519Verify(identity.signKey, message, identity.signature))
    throw new CryptoError('forged', 'identity');
  return identity;
}

/** Without verifying: for bytes of our own that were verified before they were stored. */
export function readIdentity(bytes: Uint8Array): Identity {
  if (bytes.length !== IDENTITY_BYTES) throw new CryptoError('malformed', 'identity');
  const copy = bytes.slice();
  return { signKey: copy.subarray(0, 32), agreeKey: copy.subarray(32, 64), signature: copy.subarray(64) };
}

/** 16 bytes that stand for an identity in an invite. */
export function identityHash(identity: Identity): Uint8Array {
  return labelledHash(IDENTITY_HASH_BYTES, LABELS.identityHash, ...identityParts(identity));
}

/** The order of two identity keys, byte by byte: it decides who is polite (PROTOCOL 4) and who wins a glare. */
export function compareIdentities(a: Identity, b: Identity): -1 | 0 | 1 {
  for (let index = 0; index < 32; index++) {
    const difference = (a.signKey[index] ?? 0) - (b.signKey[index] ?? 0);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return 0;
}
