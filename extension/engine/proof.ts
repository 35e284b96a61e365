/** A statement that somebody's OpenPGP key signs (SPEC 15): made for me, and read for whose identity it is. */

import type { Identity } from '@aside/wasm-crypto';
import {
  CryptoError,
  identityFingerprint,
  identityStatement,
  readIdentityStatement,
} from '@aside/wasm-crypto';
import type { CommandResults } from '../bridge/types.ts';

/** My statement of today, in UTC; `now` in milliseconds since the epoch. */
export function myStatement(me: Identity, now: number): string {
  return identityStatement(me, new Date(now).toISOString().slice(0, 10));
}

/** Whether a text that was signed states this very identity. */
export function readStatement(peer: Identity, text: string): CommandResults['read-statement'] {
  try {
    const { fingerprint, date } = readIdentityStatement(text);
    return { outcome: fingerprint === identityFingerprint(peer) ? 'this' : 'another', date };
  } catch (error) {
    if (error instanceof CryptoError && error.code === 'wrong-version') return { outcome: 'newer' };
    if (error instanceof CryptoError) return { outcome: 'none' };
    throw error;
  }
}
