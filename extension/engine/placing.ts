/** Where a text of theirs stands in the conversation: its causal place, and what a gap that fills moves (PROTOCOL 5). */
import { placeUpTo, type Working } from './contacts.ts';
import type { Text } from './content.ts';
import type { Transaction } from './storage/database.ts';
import { type MessageRow, messageKey, placeOf } from './storage/rows.ts';

/** Numbers left free for what may still come before the first text of a new session that was heard: more than it keeps keys for. */
const ROOM = 1024;

/** Whether their first word in the present session, which tells how its numbers follow, has yet to come. */
export function isUntold({ before }: Working['row']): boolean {
  return before !== undefined && !before.told;
}

/**
 * The number of a text in the conversation: counted on from the session before, or, where it was sealed anew, the one
 * that it had there, if that is still free.
 */
export async function numberFor(tx: Transaction, working: Working, text: Text): Promise<number> {
  const { row } = working;
  const last = row.lastTheirs?.number ?? 0;
  if (row.before !== undefined && !row.before.told && (row.theirOffset ?? 0) === row.before.offset)
    row.theirOffset = Math.max(0, last + ROOM - text.number);
  const number = text.number + (row.theirOffset ?? 0);
  if (text.was === undefined) return number;
  const was = text.was + offsetOf(row, text.was);
  // Also where nothing behind it is held: what is sealed anew after it may go back to an even earlier place.
  const goesBack = was < number && text.number < (row.crowded ?? Number.POSITIVE_INFINITY);
  if (goesBack && (await isFree(tx, working, was))) return was;
  if (await tx.hasMessage(working.id, 'them', text.id)) return number;
  // What its writer sealed anew behind it stays behind it.
  row.crowded = Math.min(row.crowded ?? text.number, text.number);
  if (text.was <= (row.before?.seen ?? 0)) {
    // I held that number, of another text: its writer came back from a copy. What it had seen says little, and it is
    // shown where it is found, behind all that there is.
    const place = Math.max(row.lastMine?.place ?? 0, row.lastTheirs?.place ?? 0);
    row.lastTheirs = { number: last, place };
  }
  return number;
}

/** The number of a text that was sealed in the session before. */
export async function lateNumber(tx: Transaction, working: Working, text: Text): Promise<number> {
  const { row } = working;
  const last = row.lastTheirs?.number ?? 0;
  const was = text.was ?? text.number;
  const number = was + offsetOf(row, was);
  if (!(await isFree(tx, working, number))) return last + 1;
  // What comes in the present session comes after it.
  if (number >= last) row.theirOffset = Math.max(row.theirOffset ?? 0, number - row.received);
  return number;
}

/** Sessions whose numbers are remembered: what was sealed in an older one stands among the newest. */
const SESSIONS_MAX = 16;

/** Notes what is added to their numbers from the first of a session on. */
export function noteOffset(row: Working['row'], from: number, before: number): void {
  const known = row.offsets ?? [{ from: 0, offset: before }];
  const kept = known.filter((one) => one.from < from);
  row.offsets = [...kept, { from, offset: row.theirOffset ?? 0 }].slice(-SESSIONS_MAX);
}

function offsetOf({ offsets, before }: Working['row'], number: number): number {
  return offsets?.findLast(({ from }) => from <= number)?.offset ?? before?.offset ?? 0;
}

async function isFree(tx: Transaction, { id }: Working, number: number): Promise<boolean> {
  return (await tx.messageUpTo(id, 'them', number))?.row.number !== number;
}

/**
 * Stores a text of theirs under a number at its causal place: after the last message of theirs and after what they had seen of mine. When it
 * fills a gap, the texts behind it move to where they would have been. Returns whether it is a new one.
 */
export async function storeText(
  tx: Transaction,
  working: Working,
  text: Text,
  number: number,
  now: number,
): Promise<boolean> {
  const { id: contactId, row } = working;
  // In a new session what had no receipt comes again, and a contact who uses an id twice must not make a transaction fail.
  if (await tx.hasMessage(contactId, 'them', text.id)) return false;
  const message: MessageRow = {
    id: text.id,
    from: 'them',
    number,
    seen: text.seen,
    text: text.text,
    at: now,
  };
  const place = await placeFor(tx, working, message, await placeUpTo(tx, working, 'them', number - 1));
  tx.put('messages', messageKey(contactId, place, text.id), message);
  row.unread++;
  if (row.lastTheirs === undefined || number > row.lastTheirs.number) row.lastTheirs = { number, place };
  else await moveLater(tx, working, number, place);
  return true;
}

/** Moves the texts behind a gap that was filled to where they would have been. */
async function moveLater(tx: Transaction, working: Working, number: number, filled: number): Promise<void> {
  let place = filled;
  for (const { key, row } of await tx.messagesAfter(working.id, 'them', number)) {
    place = await placeFor(tx, working, row, place);
    if (placeOf(key) === place) return;
    tx.delete('messages', key);
    tx.put('messages', messageKey(working.id, place, row.id), row);
    if (row.number === working.row.lastTheirs?.number) working.row.lastTheirs = { number: row.number, place };
  }
}

async function placeFor(
  tx: Transaction,
  working: Working,
  message: MessageRow,
  previous: number,
): Promise<number> {
  return Math.max(previous, await placeUpTo(tx, working, 'me', message.seen)) + 1;
}
