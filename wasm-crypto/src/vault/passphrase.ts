/**
 * The master key under a passphrase (SPEC 8.4). Argon2id takes about half a second and blocks whoever runs it: in a
 * browser that is a worker, since all pages of an extension may share one thread.
 */
import { concat, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { LABELS } from '../labels.ts';
import { randomBytes } from '../random.ts';
import { ARGON2ID_SALT_BYTES, argon2id } from '../sodium/argon2id.ts';
import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES, aeadOpen, aeadSeal, wipe } from '../sodium.ts';
import { MASTER_KEY_BYTES } from './rows.ts';
import {
  costFits,
  MEMORY_KIB,
  PASSES,
  PASSPHRASE_KIND,
  type PassphraseWrap,
  WRAPPED_VERSION,
} from './wrapped.ts';

/** What a passphrase costs to try. */
export interface PassphraseCost {
  readonly passes: number;
  /** In KiB. */
  readonly memory: number;
}

/** In UTF-8, after normalising. Longer than any that is typed; a bound for what is pasted. */
export const PASSPHRASE_MAX_BYTES = 1024;

/** What one unlocking may take. Milliseconds: felt, and not yet a wait. */
const TARGET = 500;
/** Memory grows as long as this many passes over it fit. */
const WANTED_PASSES = 3;
/** libsodium's least for somebody who waits ("interactive"): also on a device where that takes longer. */
const LEAST_PASSES = 2;
/** Well below what a worker may have: one that cannot be given its memory cannot be unlocked either. */
const CHOSEN_MEMORY_KIB = 262_144;

/** The cost that takes about half a second where one pass over 64 MiB takes so many milliseconds. */
export function chooseCost(millisecondsPerPass: number): PassphraseCost {
  let memory: number = MEMORY_KIB.least;
  let pass = Math.max(millisecondsPerPass, 1);
  while (memory < CHOSEN_MEMORY_KIB && WANTED_PASSES * pass * 2 <= TARGET) {
    memory *= 2;
    pass *= 2;
  }
  const passes = Math.round(TARGET / pass);
  return { memory, passes: Math.min(PASSES.most, Math.max(LEAST_PASSES, passes)) };
}

/** Tries this device and chooses. `now` counts milliseconds. Takes as long as three passes over 64 MiB. */
export function calibratePassphrase(now: () => number): PassphraseCost {
  const run = (passes: number): number => {
    const began = now();
    argon2id({
      passphrase: new Uint8Array(16),
      salt: new Uint8Array(ARGON2ID_SALT_BYTES),
      passes,
      memory: MEMORY_KIB.least,
      length: AEAD_KEY_BYTES,
    });
    return now() - began;
  };
  // The first makes room and warms up.
  run(1);
  return chooseCost(run(LEAST_PASSES) / LEAST_PASSES);
}

/**
 * Wraps the master key under a passphrase as a person typed it, with a fresh salt. Throws `malformed` for a master key
 * of another length, a passphrase that is empty or longer than {@link PASSPHRASE_MAX_BYTES}, and a cost out of bounds;
 * `too-large` where there is no memory for it.
 */
export function wrapWithPassphrase(
  masterKey: Uint8Array,
  passphrase: string,
  cost: PassphraseCost,
): PassphraseWrap {
  if (masterKey.length !== MASTER_KEY_BYTES) throw new CryptoError('malformed', 'master key');
  if (!costFits(cost)) throw new CryptoError('malformed', 'cost');
  const { passes, memory } = cost;
  const salt = randomBytes(ARGON2ID_SALT_BYTES);
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  const key = stretch(passphrase, salt, cost);
  const wrapped = aeadSeal(key, nonce, boundTo(salt, cost), masterKey);
  wipe(key);
  return { version: WRAPPED_VERSION, kind: 'passphrase', salt, passes, memory, nonce, wrapped };
}

/**
 * The master key, to be wiped. Throws `wrong-passphrase`, also where the wrapped key was changed: the two cannot be
 * told apart. Throws `malformed` for a passphrase that none can be, `too-large` where there is no memory for it.
 */
export function unwrapWithPassphrase(kept: PassphraseWrap, passphrase: string): Uint8Array {
  const key = stretch(passphrase, kept.salt, kept);
  try {
    const masterKey = aeadOpen(key, kept.nonce, boundTo(kept.salt, kept), kept.wrapped);
    if (masterKey === undefined) throw new CryptoError('wrong-passphrase');
    return masterKey;
  } finally {
    wipe(key);
  }
}

function stretch(passphrase: string, salt: Uint8Array, { passes, memory }: PassphraseCost): Uint8Array {
  const typed = passphraseBytes(passphrase);
  try {
    return argon2id({ passphrase: typed, salt, passes, memory, length: AEAD_KEY_BYTES });
  } finally {
    wipe(typed);
  }
}

/** The same letters give the same bytes on every keyboard: NFKC, in UTF-8. Throws `malformed` for none, or too many. */
function passphraseBytes(passphrase: string): Uint8Array {
  // Normalising makes a text at most eighteen times as long, so what is far too long is not normalised first.
  if (passphrase.length > PASSPHRASE_MAX_BYTES) throw new CryptoError('malformed', 'passphrase');
  const bytes = new TextEncoder().encode(passphrase.normalize('NFKC'));
  if (bytes.length === 0 || bytes.length > PASSPHRASE_MAX_BYTES) {
    wipe(bytes);
    throw new CryptoError('malformed', 'passphrase');
  }
  return bytes;
}

function boundTo(salt: Uint8Array, { passes, memory }: PassphraseCost): Uint8Array {
  const cost = new Writer(8).u32(passes).u32(memory).bytes;
  return concat(LABELS.wrappedKey, Uint8Array.of(WRAPPED_VERSION, PASSPHRASE_KIND), salt, cost);
}
