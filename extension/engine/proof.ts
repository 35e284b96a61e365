/**
 * A statement that somebody's OpenPGP key signs (SPEC 15): made for me, sent to a contact, and read for whose identity it
 * is. Whether a signature holds is found by a view: nothing here knows OpenPGP.
 */
import type { Identity } from '@aside/wasm-crypto';
import {
  CryptoError,
  identityFingerprint,
  identityStatement,
  readIdentityStatement,
} from '@aside/wasm-crypto';
import { PROOF_MAX_CHARACTERS } from '../bridge/types/bounds.ts';
import type { CommandResults } from '../bridge/types/commands.ts';
import { BridgeError } from '../bridge/types/errors.ts';
import type { ProofView } from '../bridge/types/snapshots.ts';
import { isSealable, type SignedProof } from './content.ts';
import { sameBytes } from './encoding.ts';
import type { ContactRow } from './storage/rows.ts';

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

/** The armour of a text signed in the clear (RFC 9580, 7): headers, an empty line, the text, the signature. */
const ARMOUR =
  /^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n(?:[^\r\n]+\r?\n)*[ \t]*\r?\n([\s\S]*?)\r?\n-----BEGIN PGP SIGNATURE-----\r?\n[\s\S]+-----END PGP SIGNATURE-----$/;

/** What I am about to attach, without what was copied along. Throws `proof-too-long`, or `proof-not-mine` for anything else. */
export function myProof(me: Identity, pasted: string): string {
  if (pasted.length > PROOF_MAX_CHARACTERS) throw new BridgeError('proof-too-long');
  const text = pasted.slice(Math.max(0, pasted.indexOf('-----BEGIN PGP SIGNED MESSAGE-----'))).trim();
  const signed = ARMOUR.exec(text)?.[1];
  if (signed === undefined || readStatement(me, signed).outcome !== 'this')
    throw new BridgeError('proof-not-mine');
  if (!isSealable(text)) throw new BridgeError('proof-too-long');
  return text;
}

/** Takes what a contact attached; what was sent before it and comes late changes nothing. */
export function applyProof(row: ContactRow, { number, text }: SignedProof, now: number): void {
  if (number < (row.proof?.number ?? 0)) return;
  row.proof = { text, at: now, number };
}

/** What a view is told. What was checked says something of the identity that it was checked for. */
export function proofView({ peer, proof, proven, attached }: ContactRow): ProofView {
  const isChecked = proven !== undefined && sameBytes(proven.identity, peer);
  return {
    ...(proof === undefined || proof.text === '' ? {} : { theirs: proof.at }),
    ...(attached === undefined || attached.text === '' ? {} : { mine: attached.at }),
    ...(isChecked
      ? {
          checked: {
            fingerprint: proven.fingerprint,
            userIds: proven.userIds,
            date: proven.date,
            at: proven.at,
          },
        }
      : {}),
  };
}
