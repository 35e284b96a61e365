/** The private keys that wait for the answer to a recovery bundle (SPEC 12.4). Erased with the answer that opens. */
import { Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import type { ResponderKeys } from '../handshake.ts';
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
import { checkGeneration } from './secrets.ts';

export interface RecoveryKeys extends ResponderKeys {
  /** Of the session that they begin. */
  readonly generation: number;
}

const KEYS_VERSION = 1;
const KEYS_BYTES = 1 + 4 + X25519_BYTES + KEM_SECRET_BYTES + X25519_BYTES + KEM_PUBLIC_BYTES;

/** Fresh one-time keys. Throws `malformed` for a generation that is none. */
export function newRecoveryKeys(generation: number): RecoveryKeys {
  checkGeneration(generation);
  const agreeSecret = randomBytes(X25519_BYTES);
  const seed = randomBytes(KEM_KEY_SEED_BYTES);
  const { publicKey: kem, secretKey: kemSecret } = kemKeyPair(seed);
  wipe(seed);
  return { generation, agreeSecret, kemSecret, oneTime: { agree: x25519Public(agreeSecret), kem } };
}

/** 3,653 bytes. */
export function encodeRecoveryKeys(keys: RecoveryKeys): Uint8Array {
  return new Writer(KEYS_BYTES)
    .u8(KEYS_VERSION)
    .u32(keys.generation)
    .put(keys.agreeSecret)
    .put(keys.kemSecret)
    .put(keys.oneTime.agree)
    .put(keys.oneTime.kem).bytes;
}

/** Throws `malformed` or `wrong-version`. */
export function decodeRecoveryKeys(bytes: Uint8Array): RecoveryKeys {
  const reader = new Reader(bytes.slice());
  if (reader.u8() !== KEYS_VERSION) throw new CryptoError('wrong-version', 'recovery keys');
  const keys = {
    generation: reader.u32(),
    agreeSecret: reader.take(X25519_BYTES),
    kemSecret: reader.take(KEM_SECRET_BYTES),
    oneTime: { agree: reader.take(X25519_BYTES), kem: reader.take(KEM_PUBLIC_BYTES) },
  };
  reader.end();
  checkGeneration(keys.generation);
  return keys;
}
