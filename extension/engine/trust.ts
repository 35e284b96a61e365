/**
 * What is known about whose key it is: compared or not, and what a key that became another one means. A comparison
 * holds for the identity that was compared and for no other; a changed key stops what I write until the person has
 * decided (PROTOCOL 2).
 */
import { SAFETY_EMOJI, type SafetyNumber } from '@aside/wasm-crypto';
import type { SafetyView, TrustView } from '../bridge/types.ts';
import { fromHex, sameBytes, toHex } from './encoding.ts';
import { accept } from './hiding.ts';
import type { ContactRow } from './storage/rows.ts';

/** Dividers that a conversation keeps: who changes keys more often than that has other troubles. */
const KEY_CHANGES_MAX = 50;
/** What a safety number's QR code begins with (SPEC 9), so that other codes are told from those that differ. */
const CODE_MARK = 'ASIDE:';
/** Version and hash (SPEC 9). Bytes. */
const CODE_BYTES = 33;

type Trust = Pick<
  ContactRow,
  'compared' | 'changed' | 'keyChanges' | 'received' | 'clock' | 'heard' | 'floor' | 'floorBefore'
>;

/**
 * What a contact's row takes over when its session is made anew with `peer`. Under the same identity everything stays.
 * Under another one the comparison goes, the change waits for the person, and a place in the conversation is kept free
 * for saying so: all that the new key writes stands behind it. A key that comes back before anybody decided was never
 * a change.
 */
export function carriedTrust(before: ContactRow, name: string, peer: Uint8Array, now: number): Trust {
  const { clock, heard, floor, floorBefore } = before;
  const kept = { received: before.received, clock, heard, floor, floorBefore };
  if (sameBytes(before.peer, peer)) {
    return {
      ...kept,
      ...(before.compared === undefined ? {} : { compared: before.compared }),
      ...(before.changed === undefined ? {} : { changed: before.changed }),
      ...(before.keyChanges === undefined ? {} : { keyChanges: before.keyChanges }),
    };
  }
  const place = clock + 1;
  const known = before.changed?.before ?? before.peer;
  const compared = before.changed === undefined ? before.compared : before.changed.compared;
  const came = sameBytes(known, peer)
    ? compared === undefined
      ? {}
      : { compared }
    : { changed: { at: now, name, before: known, ...(compared === undefined ? {} : { compared }) } };
  return {
    // Another identity counts from the beginning, and what it writes comes after all that there was.
    ...kept,
    received: 0,
    clock: place,
    keyChanges: [...(before.keyChanges ?? []), { at: now, place }].slice(-KEY_CHANGES_MAX),
    ...came,
  };
}

/** What a row says of its key. */
export function trustView({ peer, compared, changed, keyChanges }: ContactRow): TrustView {
  if (changed !== undefined)
    return { state: 'changed', at: changed.at, wasCompared: changed.compared !== undefined };
  if (compared !== undefined && sameBytes(compared.identity, peer))
    return { state: 'compared', at: compared.at, how: compared.how };
  const last = keyChanges?.at(-1);
  return last === undefined ? { state: 'introduced' } : { state: 'new-key', at: last.at };
}

/** Notes on a row that its present key was compared, which also decides about a change. */
export function noteCompared(
  row: ContactRow,
  how: NonNullable<ContactRow['compared']>['how'],
  at: number,
): void {
  accept(row);
  row.compared = { at, how, identity: row.peer };
  delete row.changed;
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
