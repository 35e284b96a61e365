/**
 * What is known about whose key it is: compared or not, and what a key that became another one means. A comparison
 * holds for the identity that was compared and for no other; a changed key stops what I write until the person has
 * decided (PROTOCOL 2).
 */
import { SAFETY_EMOJI, type SafetyNumber } from '@aside/wasm-crypto';
import type { SafetyView, TrustView } from '../bridge/types/snapshots.ts';
import type { Contact } from './contacts.ts';
import { fromHex, sameBytes, toHex } from './encoding.ts';
import { accept } from './hiding.ts';
import type { ContactRow } from './storage/rows.ts';

/** What a safety number's QR code begins with (SPEC 9), so that other codes are told from those that differ. */
const CODE_MARK = 'ASIDE:';
/** Version and hash (SPEC 9). Bytes. */
const CODE_BYTES = 33;

/** What is known of a contact's key; `claimant` came last with another one, and the person has not decided. */
export function trustView({ row }: Contact, claimant: Contact | undefined): TrustView {
  const { peer, compared, changed, keyChanges } = row;
  if (claimant !== undefined)
    return { state: 'changed', at: claimant.row.since, wasCompared: compared !== undefined };
  if (changed !== undefined)
    return { state: 'changed', at: changed.at, wasCompared: changed.compared !== undefined };
  if (compared !== undefined && sameBytes(compared.identity, peer))
    return { state: 'compared', at: compared.at, how: compared.how };
  const last = keyChanges?.at(-1);
  return last === undefined ? { state: 'introduced' } : { state: 'new-key', at: last.at };
}

/** Notes on a row that its key was compared. */
export function noteCompared(
  row: ContactRow,
  how: NonNullable<ContactRow['compared']>['how'],
  at: number,
): void {
  accept(row);
  row.compared = { at, how, identity: row.peer };
}

/** A safety number as people compare it. */
export function safetyView({ digits, emoji, qr }: SafetyNumber): SafetyView {
  return {
    digits,
    emoji: emoji.map((byte) => SAFETY_EMOJI[byte] as string),
    code: CODE_MARK + toHex(qr).toUpperCase(),
  };
}

/**
 * Compares what a camera read with a safety number: `not-a-code` for anything but a safety number's code of this
 * version, such as an invite, which says nothing about anybody's key.
 */
export function compareCode(mine: SafetyNumber, read: string): 'match' | 'mismatch' | 'not-a-code' {
  const code = read.trim().toLowerCase();
  if (!code.startsWith(CODE_MARK.toLowerCase())) return 'not-a-code';
  let theirs: Uint8Array;
  try {
    theirs = fromHex(code.slice(CODE_MARK.length));
  } catch {
    return 'not-a-code';
  }
  if (theirs.length !== CODE_BYTES || theirs[0] !== mine.qr[0]) return 'not-a-code';
  return sameBytes(theirs, mine.qr) ? 'match' : 'mismatch';
}
