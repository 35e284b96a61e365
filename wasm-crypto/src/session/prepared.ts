/**
 * The key pair of a new chain (SPEC 6.3), and at most one of them made ahead of time: half the work of beginning a chain,
 * done while nobody waits. It is in memory only, used once, and to be dropped when the profile is locked or the machine
 * sleeps: a stolen state must not hold keys that are yet to be used.
 */
import { randomBytes } from '../random.ts';
import { KEM_KEY_SEED_BYTES, kemKeyPair, wipe, X25519_BYTES, x25519Public } from '../sodium.ts';
import type { OurKeys, TheirKeys } from './state.ts';

export interface KeyPair {
  readonly ours: OurKeys;
  /** What the other side is given. */
  readonly theirs: TheirKeys;
}

let prepared: KeyPair | undefined;

/** Makes a pair for the next chain that is begun, in whichever session; does nothing where there is one. */
export function prepareKeyPair(): void {
  prepared ??= newKeyPair();
}

/** Overwrites the pair that was made ahead, where there is one. */
export function dropPreparedKeyPair(): void {
  if (prepared !== undefined) wipe(prepared.ours.agreeSecret, prepared.ours.kemSecret);
  prepared = undefined;
}

/** The pair that was made ahead, or a new one. It is nobody else's. */
export function takeKeyPair(): KeyPair {
  const pair = prepared ?? newKeyPair();
  prepared = undefined;
  return pair;
}

function newKeyPair(): KeyPair {
  const agreeSecret = randomBytes(X25519_BYTES);
  const seed = randomBytes(KEM_KEY_SEED_BYTES);
  const { publicKey: kem, secretKey: kemSecret } = kemKeyPair(seed);
  wipe(seed);
  return { ours: { agreeSecret, kemSecret }, theirs: { agree: x25519Public(agreeSecret), kem } };
}
