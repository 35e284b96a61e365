/** The private keys that wait for the one who accepts an invite (SPEC 4.4). Erased with the first handshake that opens. */
import { Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import type { ResponderKeys } from '../handshake.ts';
import { newOneTimeKeys, ONE_TIME_KEYS_BYTES, putOneTimeKeys, takeOneTimeKeys } from '../one-time-keys.ts';
import { wiping } from '../wiping.ts';
import { INVITE_SECRET_BYTES } from './text.ts';

export interface InviteKeys extends ResponderKeys {
  /** The invite's secret, 32 bytes. */
  readonly secret: Uint8Array;
}

const KEYS_VERSION = 1;
const KEYS_BYTES = 1 + INVITE_SECRET_BYTES + ONE_TIME_KEYS_BYTES;

/** Fresh one-time keys for an invite's secret. */
export function newInviteKeys(secret: Uint8Array): InviteKeys {
  return { secret, ...newOneTimeKeys() };
}

/** 3,681 bytes. Throws `malformed` for keys of other lengths. */
export function encodeInviteKeys(keys: InviteKeys): Uint8Array {
  const writer = new Writer(KEYS_BYTES).u8(KEYS_VERSION).put(keys.secret, INVITE_SECRET_BYTES);
  return putOneTimeKeys(writer, keys).bytes;
}

/** Throws `malformed` or `wrong-version`. */
export function decodeInviteKeys(bytes: Uint8Array): InviteKeys {
  return wiping((_, made) => {
    const reader = new Reader(made(bytes.slice()));
    if (reader.u8() !== KEYS_VERSION) throw new CryptoError('wrong-version', 'invite keys');
    const keys = { secret: reader.take(INVITE_SECRET_BYTES), ...takeOneTimeKeys(reader) };
    reader.end();
    return keys;
  });
}
