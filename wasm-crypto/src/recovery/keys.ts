/** The private keys that wait for the answer to a recovery bundle (SPEC 12.4). Erased with the answer that opens. */
import { Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import type { ResponderKeys } from '../handshake.ts';
import { newOneTimeKeys, ONE_TIME_KEYS_BYTES, putOneTimeKeys, takeOneTimeKeys } from '../one-time-keys.ts';
import { wiping } from '../wiping.ts';
import { checkGeneration } from './secrets.ts';

export interface RecoveryKeys extends ResponderKeys {
  /** Of the session that they begin. */
  readonly generation: number;
}

const KEYS_VERSION = 1;
const KEYS_BYTES = 1 + 4 + ONE_TIME_KEYS_BYTES;

/** Fresh one-time keys. Throws `malformed` for a generation that is none. */
export function newRecoveryKeys(generation: number): RecoveryKeys {
  checkGeneration(generation);
  return { generation, ...newOneTimeKeys() };
}

/** 3,653 bytes. Throws `malformed` for a generation that is none, or keys of other lengths. */
export function encodeRecoveryKeys(keys: RecoveryKeys): Uint8Array {
  checkGeneration(keys.generation);
  const writer = new Writer(KEYS_BYTES).u8(KEYS_VERSION).u32(keys.generation);
  return putOneTimeKeys(writer, keys).bytes;
}

/** Throws `malformed` or `wrong-version`. */
export function decodeRecoveryKeys(bytes: Uint8Array): RecoveryKeys {
  return wiping((_, made) => {
    const reader = new Reader(made(bytes.slice()));
    if (reader.u8() !== KEYS_VERSION) throw new CryptoError('wrong-version', 'recovery keys');
    const keys = { generation: reader.u32(), ...takeOneTimeKeys(reader) };
    reader.end();
    checkGeneration(keys.generation);
    return keys;
  });
}
