/** Key pairs for one handshake, of those who wait for it: an invite's (SPEC 4.4) and a recovery bundle's (SPEC 12.4). */
import type { Reader, Writer } from './codec.ts';
import type { ResponderKeys } from './handshake.ts';
import { randomBytes } from './random.ts';
import {
  KEM_KEY_SEED_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SECRET_BYTES,
  kemKeyPair,
  wipe,
  X25519_BYTES,
  x25519Public,
} from './sodium.ts';

/** What they take in a row. */
export const ONE_TIME_KEYS_BYTES = X25519_BYTES + KEM_SECRET_BYTES + X25519_BYTES + KEM_PUBLIC_BYTES;

/** Fresh ones. */
export function newOneTimeKeys(): ResponderKeys {
  const agreeSecret = randomBytes(X25519_BYTES);
  const seed = randomBytes(KEM_KEY_SEED_BYTES);
  const { publicKey: kem, secretKey: kemSecret } = kemKeyPair(seed);
  wipe(seed);
  return { agreeSecret, kemSecret, oneTime: { agree: x25519Public(agreeSecret), kem } };
}

/** Both secrets, then both public keys. Throws `malformed` for keys of other lengths. */
export function putOneTimeKeys(writer: Writer, { agreeSecret, kemSecret, oneTime }: ResponderKeys): Writer {
  return writer
    .put(agreeSecret, X25519_BYTES)
    .put(kemSecret, KEM_SECRET_BYTES)
    .put(oneTime.agree, X25519_BYTES)
    .put(oneTime.kem, KEM_PUBLIC_BYTES);
}

/** Throws `malformed` where they are cut short. */
export function takeOneTimeKeys(reader: Reader): ResponderKeys {
  return {
    agreeSecret: reader.take(X25519_BYTES),
    kemSecret: reader.take(KEM_SECRET_BYTES),
    oneTime: { agree: reader.take(X25519_BYTES), kem: reader.take(KEM_PUBLIC_BYTES) },
  };
}
