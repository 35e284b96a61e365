/**
 * What came from a contact and does not open: it is kept for a while, as the session that opens it may be on its way
 * (PROTOCOL 5). Bounded, since anybody who knows a mailbox's id can send noise.
 */
import { MAX_ENVELOPE_BYTES } from '@aside/signal/protocol';
import type { Working } from './contacts.ts';
import { toHex } from './encoding.ts';
import type { Transaction } from './storage/database.ts';
import { quarantineKey } from './storage/rows.ts';

/** A contact's envelopes that wait for a session that opens them: enough for a mix-up, too few to fill a disk. */
const QUARANTINE_ENVELOPES = 64;

/** Keeps an envelope for later, once, at the cost of the oldest. One that no server would carry is no envelope. */
export async function quarantine(
  tx: Transaction,
  working: Working,
  envelope: Uint8Array,
  at: number,
): Promise<void> {
  if (envelope.length > MAX_ENVELOPE_BYTES) return;
  const keys = await tx.keys('quarantine', `${working.id}/`);
  // The end of an envelope is its tag, which tells it from every other: a resend is known without opening a row.
  const tag = toHex(envelope.subarray(-16));
  if (keys.some((key) => key.endsWith(`/${tag}`))) return;
  const oldest = keys[0];
  if (keys.length >= QUARANTINE_ENVELOPES && oldest !== undefined) tx.delete('quarantine', oldest);
  else working.quarantined++;
  const count = Number.parseInt(keys.at(-1)?.split('/')[1] ?? '0', 16) + 1;
  tx.put('quarantine', quarantineKey(working.id, count, tag), { contact: working.id, at, envelope });
}

/** Lets go of all that a contact's quarantine holds. */
export function forgetQuarantine(tx: Transaction, working: Working): void {
  if (working.quarantined === 0) return;
  tx.deleteAll('quarantine', `${working.id}/`);
  working.quarantined = 0;
}
