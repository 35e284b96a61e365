/** What follows from the recovery secret that a handshake leaves (SPEC 12.1), each by a derivation of its own. */
import { Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import type { HandshakeSecrets } from '../handshake.ts';
import type { Identity } from '../identity.ts';
import { derive } from '../kdf.ts';
import { LABELS } from '../labels.ts';

export const RECOVERY_SECRET_BYTES = 32;
/** Generations count in 32 bits (SPEC 12.2); after this one only another introduction leads to a new session. */
export const LAST_GENERATION = 2 ** 32 - 1;

/** From a handshake's secret, 32 bytes. */
export function recoverySecretOf(handshakeSecret: Uint8Array): Uint8Array {
  return derive({
    secret: handshakeSecret,
    label: LABELS.recoverySecret,
    length: RECOVERY_SECRET_BYTES,
  });
}

/** The key of the mailbox that one of the two reads, 32 bytes; both can tell both. */
export function recoveryMailboxKey(recovery: Uint8Array, reader: Identity): Uint8Array {
  checkSecret(recovery);
  const { recoveryMailbox: label } = LABELS;
  return derive({ secret: recovery, label, context: reader.signKey, length: 32 });
}

/** What seals a bundle. */
export function recoveryBundleKey(recovery: Uint8Array): Uint8Array {
  checkSecret(recovery);
  return derive({ secret: recovery, label: LABELS.recoveryBundle, length: 32 });
}

/** What the handshake of a generation takes: the key that hides its part, and the pre-shared key. */
export function recoveryHandshakeSecrets(recovery: Uint8Array, generation: number): HandshakeSecrets {
  checkSecret(recovery);
  checkGeneration(generation);
  const context = new Writer(4).u32(generation).bytes;
  const one = (label: Uint8Array) => derive({ secret: recovery, label, context, length: 32 });
  return { sealKey: one(LABELS.recoveryHandshake), preShared: one(LABELS.recoveryPreShared) };
}

/** Throws `malformed` for what is no whole number of 32 bits above zero. */
export function checkGeneration(generation: number): void {
  if (!Number.isInteger(generation) || generation < 1 || generation > LAST_GENERATION) {
    throw new CryptoError('malformed', 'generation');
  }
}

function checkSecret(recovery: Uint8Array): void {
  if (recovery.length !== RECOVERY_SECRET_BYTES) throw new CryptoError('malformed', 'recovery secret');
}
