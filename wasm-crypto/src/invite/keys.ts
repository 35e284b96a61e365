/** The private keys that wait for the one who accepts an invite (SPEC 4.4). Erased with the first handshake that opens. */
import { Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { randomBytes } from '../random.ts';
import {
  KEM_KEY_SEED_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SECRET_BYTES,
  kemKeyPair,
  wipe,
  X25519_BYTES,
  x25519Public,
} from '../sodium.ts';
import type { OneTimeKeys } from './bundle.ts';
import { INVITE_SECRET_BYTES } from './text.ts';

export interface InviteKeys {
  /** The invite's secret, 32 bytes. */
  readonly secret: Uint8Array;
  /** X25519, 32 bytes. */
  readonly agreeSecret: Uint8Array;
  /** ML-KEM-768, 2,400 bytes. */
  readonly kemSecret: Uint8Array;
  readonly oneTime: OneTimeKeys;
}

const KEYS_VERSION = 1;
const KEYS_BYTES =
  1 + INVITE_SECRET_BYTES + X25519_BYTES + KEM_SECRET_BYTES + X25519_BYTES + KEM_PUBLIC_BYTES;

/** Fresh one-time keys for an invite's secret. */
export function newInviteKeys(secret: Uint8Array): InviteKeys {
  const agreeSecret = randomBytes(X25519_BYTES);
  const seed = randomBytes(KEM_KEY_SEED_BYTES);
  const { publicKey: kem, secretKey: kemSecret } = kemKeyPair(seed);
  wipe(seed);
  return { secret, agreeSecret, kemSecret, oneTime: { agree: x25519Public(agreeSecret), kem } };
}

/** 3,681 bytes. */
export function encodeInviteKeys(keys: InviteKeys): Uint8Array {
  return new Writer(KEYS_BYTES)
    .u8(KEYS_VERSION)
    .put(keys.secret)
    .put(keys.agreeSecret)
    .put(keys.kemSecret)
    .put(keys.oneTime.agree)
    .put(keys.oneTime.kem).bytes;
}

/** Throws `malformed` or `wrong-version`. */
export function decodeInviteKeys(bytes: Uint8Array): InviteKeys {
  const reader = new Reader(bytes.slice());
  if (reader.u8() !== KEYS_VERSION) throw new CryptoError('wrong-version', 'invite keys');
  const keys = {
    secret: reader.take(INVITE_SECRET_BYTES),
    agreeSecret: reader.take(X25519_BYTES),
    kemSecret: reader.take(KEM_SECRET_BYTES),
    oneTime: { agree: reader.take(X25519_BYTES), kem: reader.take(KEM_PUBLIC_BYTES) },
  };
  reader.end();
  return keys;
}
