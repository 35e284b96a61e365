/**
 * How the master key is kept (SPEC 8.3). Here is the shape and its bytes: who wraps it with a key of the device is the
 * engine, with WebCrypto, which is not synchronous; passphrase.ts wraps it under a passphrase.
 */
import { Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';

export interface DeviceWrap {
  readonly version: 1;
  /** AES-256-GCM under a non-extractable key of the device. */
  readonly kind: 'device';
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  /** 48 bytes: the master key and the tag. */
  readonly wrapped: Uint8Array;
}

export interface PassphraseWrap {
  readonly version: 1;
  /** XChaCha20-Poly1305 under Argon2id of a passphrase. */
  readonly kind: 'passphrase';
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** Argon2id's passes. */
  readonly passes: number;
  /** Argon2id's memory, in KiB. */
  readonly memory: number;
  /** 24 bytes. */
  readonly nonce: Uint8Array;
  /** 48 bytes: the master key and the tag. */
  readonly wrapped: Uint8Array;
}

export type WrappedMasterKey = DeviceWrap | PassphraseWrap;

export const WRAPPED_VERSION = 1;
const DEVICE = 1;
export const PASSPHRASE_KIND = 2;
const WRAPPED_BYTES = 48;
/** At least 64 MiB, so that a stored row cannot ask for less; at most 1 GiB, so that it cannot stop the machine. */
export const MEMORY_KIB = { least: 65_536, most: 1_048_576 } as const;
export const PASSES = { least: 1, most: 64 } as const;

/** Whether Argon2id may be asked for so much. */
export function costFits({ passes, memory }: { passes: number; memory: number }): boolean {
  return within(passes, PASSES) && within(memory, MEMORY_KIB);
}

const within = (value: number, bounds: { least: number; most: number }): boolean =>
  Number.isInteger(value) && value >= bounds.least && value <= bounds.most;

/** 62 or 98 bytes. Throws `malformed` for fields out of bounds. */
export function encodeWrappedMasterKey(key: WrappedMasterKey): Uint8Array {
  check(key);
  const bytes =
    key.kind === 'device'
      ? new Writer(62).u8(WRAPPED_VERSION).u8(DEVICE).put(key.nonce).put(key.wrapped).bytes
      : new Writer(98)
          .u8(WRAPPED_VERSION)
          .u8(PASSPHRASE_KIND)
          .put(key.salt)
          .u32(key.passes)
          .u32(key.memory)
          .put(key.nonce)
          .put(key.wrapped).bytes;
  return bytes;
}

/** Throws `malformed` or `wrong-version`. */
export function decodeWrappedMasterKey(bytes: Uint8Array): WrappedMasterKey {
  const reader = new Reader(bytes.slice());
  if (reader.u8() !== WRAPPED_VERSION) throw new CryptoError('wrong-version', 'wrapped key');
  const kind = reader.u8();
  if (kind !== DEVICE && kind !== PASSPHRASE_KIND) throw new CryptoError('malformed', 'wrapped key');
  const key: WrappedMasterKey =
    kind === DEVICE
      ? {
          version: WRAPPED_VERSION,
          kind: 'device',
          nonce: reader.take(12),
          wrapped: reader.take(WRAPPED_BYTES),
        }
      : {
          version: WRAPPED_VERSION,
          kind: 'passphrase',
          salt: reader.take(16),
          passes: reader.u32(),
          memory: reader.u32(),
          nonce: reader.take(24),
          wrapped: reader.take(WRAPPED_BYTES),
        };
  reader.end();
  check(key);
  return key;
}

function check(key: WrappedMasterKey): void {
  const fits =
    key.wrapped.length === WRAPPED_BYTES &&
    (key.kind === 'device'
      ? key.nonce.length === 12
      : key.nonce.length === 24 && key.salt.length === 16 && costFits(key));
  if (!fits) throw new CryptoError('malformed', 'wrapped key');
}
