/**
 * Where a text stands in the conversation (PROTOCOL 5, SPEC 12.11). Its writer gives it an *order* when it is written:
 * one more than every order that they know of, of either of the two (a Lamport clock). It stays with the text however
 * often that is sealed anew, so both screens show one causal order, and what fills a gap comes to its place without
 * moving anything. Texts of one order, which were written apart, stand by their ids.
 */
import type { Working } from './contacts.ts';
import type { Text } from './content.ts';
import { fitsRunBefore, type Run } from './runs.ts';
import type { Transaction } from './storage/database.ts';
import { type ContactRow, messageKey, ORDER_MAX, type SessionFloor } from './storage/rows.ts';

/** How far a contact's clock may be ahead of mine: more than anybody writes while I am away, and far from where clocks end. */
const LEAP_MAX = 2 ** 20;
/**
 * What is left free before a session of somebody who came back from a copy, for what they had written when they began
 * it: more than ever waits without a receipt.
 */
const ROOM = 1024;

const NO_FLOOR: SessionFloor = { heard: 0, clock: 0 };

/** What the row of a new contact knows of order. */
export const NO_ORDER = { clock: 0, heard: 0, begun: 0, floor: NO_FLOOR, floorBefore: NO_FLOOR } as const;

/** The order of what I write now, noted in the row. */
export function nextOrder(row: ContactRow): number {
  row.clock = Math.min(row.clock + 1, ORDER_MAX);
  return row.clock;
}

/** Notes their clock, as a content of theirs tells it. */
export function hearClock(row: ContactRow, clock: number): void {
  row.clock = Math.max(row.clock, Math.min(clock, row.clock + LEAP_MAX, ORDER_MAX));
}

/** Notes that they hold a text of mine: whoever knows less of the clock than that came back from a copy. */
export function noteDelivered(row: ContactRow, place: number): void {
  row.heard = Math.max(row.heard, place);
}

/** A session begins: what stands in the conversation stands before what is written in it. */
export function beginOrder(
  row: Pick<ContactRow, 'heard' | 'clock' | 'floor' | 'begun' | 'top'>,
  sameKey: boolean,
): void {
  // Another key knows nothing of the conversation, and all that it writes comes behind it.
  row.floor = { heard: sameKey ? row.heard : row.clock, clock: row.clock };
  row.begun = row.clock;
  delete row.top;
}

/** All orders that a row knows of become later, as its texts do. */
export function shiftOrder(row: ContactRow, by: number): void {
  const later = (order: number) => Math.min(order + by, ORDER_MAX);
  const shift = (floor: SessionFloor) => ({ ...floor, heard: later(floor.heard), clock: later(floor.clock) });
  row.clock = later(row.clock);
  row.heard = later(row.heard);
  row.begun = later(row.begun);
  row.floor = shift(row.floor);
  row.floorBefore = shift(row.floorBefore);
  if (row.top !== undefined) row.top = { ...row.top, place: later(row.top.place) };
}

/**
 * The place of a text of theirs that was sealed in a session with this floor. With a clock behind what they had given or
 * heard they came back from a copy, or had removed me: whatever they say that it was, they write behind all that there is.
 */
function placeOver({ heard, clock, back }: SessionFloor, { order, begun }: Text): number {
  return back || begun < heard ? Math.max(order + clock - begun + ROOM, clock + 1) : order;
}

/**
 * Notes, before any text of theirs in this session is stored, what the run of a number of theirs says: numbers of the
 * session before, given once more, say the same of whoever has written as much as they forgot.
 */
export function noteBack(row: ContactRow, run: Run | undefined): void {
  if (run !== undefined && !fitsRunBefore(row, run.base, run)) row.floor = { ...row.floor, back: true };
}

/**
 * Stores a text of theirs at its place and counts it as unread. Returns whether it is a new one: in a new session what
 * had no receipt comes again, and a contact who uses an id twice must not make a transaction fail.
 */
export async function storeText(
  tx: Transaction,
  { id: contactId, row }: Working,
  text: Text,
  sealedIn: 'present' | 'earlier',
  now: number,
): Promise<boolean> {
  const { id, number } = text;
  if (await tx.hasMessage(contactId, 'them', id)) return false;
  const floor = sealedIn === 'present' ? row.floor : row.floorBefore;
  let place = Math.min(placeOver(floor, text), row.clock + LEAP_MAX, ORDER_MAX);
  if (sealedIn === 'present' && number > (row.top?.number ?? 0)) {
    // Numbers and orders rise together: nobody puts what they write now before what they wrote.
    if (row.top !== undefined) place = Math.max(place, Math.min(row.top.place + 1, ORDER_MAX));
    row.top = { number, place };
  }
  row.clock = Math.max(row.clock, place);
  row.heard = Math.max(row.heard, place);
  tx.put('messages', messageKey(contactId, place, id), {
    id,
    from: 'them',
    number,
    text: text.text,
    at: now,
  });
  row.unread++;
  return true;
}
