/**
 * The rows of each table and their checks. A row is JSON with its byte strings behind it, sealed as a whole; what
 * stands outside the seal (the key, an index) is random or a count, so that a thief learns sizes and nothing else.
 */
import { wipe } from '@aside/wasm-crypto';
import * as v from 'valibot';
import { AUTO_LOCKS } from '../../bridge/types/snapshots.ts';

/** The furthest that a date is from the epoch, whose text there is. Milliseconds. */
const DATE_MAX = 8.64e15;

const bytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array);
const bytesOf = (length: number) =>
  v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length);
/** A secret, a mailbox's key, or the hash that is its id. */
const bytes32 = bytesOf(32);
const identity = bytesOf(128);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const time = v.pipe(v.number(), v.minValue(-DATE_MAX), v.maxValue(DATE_MAX));

const settings = v.object({
  name: v.string(),
  server: v.string(),
  direct: v.picklist(['everybody', 'accepted', 'nobody']),
  notifications: v.boolean(),
  openAs: v.picklist(['panel', 'popup']),
  autoLock: v.picklist(AUTO_LOCKS),
});

const profile = v.object({ settings, identity: bytes });

/** A run of an engine, the first number that it gave to this contact's content, and the run before it. */
const run = v.object({ id: v.string(), base: count, after: v.optional(v.string()) });

/**
 * A mailbox that I read: the first of a contact's is the one that they were told last, until its `turn` is over. Those
 * before it, and the reply mailbox of an invite, are read on until they use it and then until `leave`.
 */
const readMailbox = v.object({
  key: bytes32,
  server: v.string(),
  turn: v.optional(time),
  leave: v.optional(time),
});

/** Somebody else's mailbox, by its id. */
const mailboxAt = v.object({ id: bytes32, server: v.string() });

/** That a safety number was compared, for the identity that it was compared with. */
const compared = v.object({ at: time, how: v.picklist(['eye', 'voice', 'scan']), identity });

/** The signed statement that a contact attached, and the number that brought it; a later session counts anew. */
const proof = v.object({ text: v.string(), at: time, number: count });

/** A key whose owner signed that this identity is theirs, as I found when I checked. */
const proven = v.object({
  at: time,
  identity,
  fingerprint: v.string(),
  userIds: v.array(v.string()),
  date: v.string(),
});

/**
 * What one introduction left to come back by (SPEC 12): its secret, the recovery mailboxes of either side, and the
 * generation of the session that was made last over it. Neither changes with the contact's other mailboxes.
 */
const way = v.object({
  secret: bytes32,
  generation: count,
  read: v.object({ key: bytes32, server: v.string() }),
  write: mailboxAt,
  /** Whether I accepted their invite or they mine, and when. */
  accepted: v.boolean(),
  at: time,
});

/** How often something was done lately, and when last: what bounds how often it is done again. */
const pace = v.object({ count, at: time });

const recovery = v.object({
  /** The one that is used first; it changes by introductions and by an answer over another. */
  ways: v.array(way),
  /** My bundle that waits for its answer. */
  mine: v.optional(
    v.object({
      secret: bytes32,
      generation: count,
      keys: bytes,
      bundle: bytes,
      placed: v.optional(time),
      /** When it was made. */
      since: v.optional(time),
    }),
  ),
  /** One of us seems to have come back from a copy, and no bundle of mine says so yet. */
  suspect: v.boolean(),
  asked: pace,
  answered: pace,
  /** Ends of their bundles that were dealt with, the newest last: a copy of one is no news. */
  handled: v.array(v.string()),
});

/** `clock` and `heard` as they were when a session began, and that its other side turned out to have come back from a copy. */
const floor = v.object({ heard: count, clock: count, back: v.optional(v.literal(true)) });
const NO_FLOOR = { heard: 0, clock: 0 };

const contact = v.object({
  peer: identity,
  name: v.string(),
  /** What I call them, where I chose to. */
  alias: v.optional(v.string()),
  stage: v.picklist(['waiting', 'ready']),
  introduced: v.picklist(['my-invite', 'their-invite']),
  since: time,
  /** The last invite of mine that they used, or the words that stood for it, and when: whoever looks at its screen is told. */
  used: v.optional(v.object({ id: v.string(), at: time })),
  /** Whether they may be connected to me directly, as the person has said. */
  direct: v.picklist(['unasked', 'yes', 'never']),
  compared: v.optional(compared),
  proof: v.optional(proof),
  proven: v.optional(proven),
  /** My own signed statement, which they have been sent; empty once it was taken back. */
  attached: v.optional(v.object({ text: v.string(), at: time })),
  /** In a claimant: the contact where they came with another key, while the person has not decided (claims.ts). */
  claims: v.optional(v.string()),
  /** Claimants who are to be turned away, as the key that the person knew took the invite that was for it. */
  unmeant: v.optional(v.array(v.string())),
  /**
   * In rows from before there were claimants: another key took the place of the one that the person knew under this name,
   * and they have not decided.
   */
  changed: v.optional(v.object({ at: time, name: v.string(), compared: v.optional(compared) })),
  /** Where the key changed: messages at higher places are the new key's. */
  keyChanges: v.optional(v.array(v.object({ at: time, place: count }))),
  read: v.array(readMailbox),
  /** The mailbox that comes next, to be opened before they are told. */
  next: v.optional(readMailbox),
  /** Where I write to them; absent until the person agrees to the only place that they named. */
  write: v.optional(mailboxAt),
  /** Where they read now, at a server that the person has not agreed to. */
  moveTo: v.optional(mailboxAt),
  /** Servers that the person agreed to for this contact. */
  agreed: v.array(v.string()),
  /** The number of my last numbered content. */
  sent: count,
  /** The highest of my numbers that they confirmed without a gap. */
  confirmed: count,
  /** The highest of their numbers that I hold without a gap, and those that I hold beyond it. */
  received: count,
  beyond: v.array(count),
  /** Runs of my engine that gave numbers to what I wrote, and of theirs in this session, by their first numbers. */
  runs: v.optional(v.array(run)),
  theirRuns: v.optional(v.array(run)),
  /**
   * Of the session before the present one: the last of their numbers that I held. Until their first word in the new
   * session was heard (`told`), it is all that can be said of what I have seen.
   */
  before: v.optional(v.object({ seen: count, told: v.boolean(), runs: v.optional(v.array(run)) })),
  /** The number of their profile that was applied last in this session: an older one that comes late changes nothing. */
  profile: v.optional(count),
  /**
   * Their recovery mailbox in the life that the present session follows, as their first word in it says: empty where it
   * follows none, absent until they have said it.
   */
  follows: v.optional(v.string()),
  /** What they were told last that I am called; absent in rows from before that was kept. */
  toldName: v.optional(v.string()),
  /** A receipt is owed: it survives a kill between the message's transaction and the receipt's. */
  receiptDue: v.boolean(),
  /** The highest order that either of us is known to have given, and the highest that they surely knew of. */
  clock: v.optional(count, 0),
  heard: v.optional(count, 0),
  /** My clock when the present session began. */
  begun: v.optional(count, 0),
  /** What stood in the conversation when the present session began, and the one before it. */
  floor: v.optional(floor, NO_FLOOR),
  floorBefore: v.optional(floor, NO_FLOOR),
  /** Their text with the highest number in the present session. */
  top: v.optional(v.object({ number: count, place: count })),
  /** The part of our safety number that is slow to work out, with the code that tells whose it is. */
  safety: v.optional(v.object({ qr: bytes, emoji: v.array(count) })),
  /** The highest attempt at a connection that was made when the row was last written. */
  attempt: v.optional(count),
  unread: count,
  /** Key of the last message that was on a screen. */
  readTo: v.string(),
  /** The accepted invite's bundle, until the server has removed it, or for so long after `since` that it has dropped it. */
  rendezvous: v.optional(v.object({ key: bytes32, server: v.string(), since: v.optional(time) })),
  recovery,
  /** What their invites gave me to open mailboxes with, by server. */
  guestPasses: v.optional(v.array(v.object({ server: v.string(), pass: bytes }))),
});

/**
 * The session that is written in, and the one before it, which still opens what is late: until a while after the new
 * one has opened something.
 */
const session = v.object({
  state: bytes,
  earlier: v.optional(v.object({ state: bytes, until: v.optional(time) })),
});

const failure = v.picklist([
  'mailbox-full',
  'mailbox-gone',
  'expired',
  'too-large',
  'refused',
  'key-changed',
]);
const delivery = v.variant('state', [
  v.object({ state: v.picklist(['waiting', 'sent', 'delivered']) }),
  v.object({ state: v.literal('failed'), reason: failure }),
]);

const message = v.object({
  id: v.string(),
  from: v.picklist(['me', 'them']),
  number: count,
  text: v.string(),
  at: time,
  delivery: v.optional(delivery),
  /** The number that it was sealed under last, where a session was made anew meanwhile. */
  sealed: v.optional(count),
});

const outbox = v.object({
  contact: v.string(),
  /** Absent for a receipt, which is dropped once it is handed over. */
  number: v.optional(count),
  messageKey: v.optional(v.string()),
  via: v.picklist(['none', 'mailbox', 'connection', 'failed']),
  at: time,
  envelope: bytes,
});

const invite = v.object({
  text: v.string(),
  server: v.string(),
  createdAt: time,
  expiresAt: time,
  rendezvousKey: bytes32,
  replyKey: bytes32,
  bundle: bytes,
  keys: bytes,
  /** Handed over by words: nobody sees it in a list. */
  spoken: v.optional(v.literal(true)),
  /** The words that it is handed over by: whoever comes by it took them. */
  words: v.optional(v.string()),
  /** Whom it is for, where it is to connect a contact again. */
  contact: v.optional(v.string()),
  /** Since when an answer waits that may have crossed one of mine. */
  undecided: v.optional(time),
  /** `made`: not at the server yet; `spent`: used or withdrawn, its keys are gone and its bundle is still to be removed. */
  state: v.picklist(['made', 'placed', 'spent']),
});

const draft = v.object({ text: v.string() });

/** Proof key and seal key of an exchange by words (SPEC 11.2), and where its accepter reads. */
const guess = { proof: bytes, seal: bytes, reply: bytes };

/**
 * An invite by words. `guessed`: somebody asked with `share`, and the one guess is spent. `agreed`: they had the words,
 * and `invite` was handed over. `answer` is the message that they get, again after a lost connection.
 */
const spoken = v.object({
  id: v.string(),
  words: v.tuple([count, count, count]),
  server: v.string(),
  mailboxKey: bytes,
  expiresAt: time,
  /** Whom they are for, where they are to connect a contact again. */
  contact: v.optional(v.string()),
  step: v.variant('at', [
    v.object({ at: v.picklist(['open', 'failed', 'lapsed']) }),
    v.object({ at: v.literal('guessed'), share: bytes, until: time, answer: bytes, ...guess }),
    v.object({ at: v.literal('agreed'), share: bytes, invite: v.string(), answer: bytes, reply: bytes }),
  ]),
});

const quarantine = v.object({ contact: v.string(), at: time, envelope: bytes });

/**
 * My passes by server, from typed addresses. Where I am a guest it is empty: what I have there are the contacts'. Earlier
 * versions kept a guest's here.
 */
const passes = v.object({
  passes: v.array(v.object({ server: v.string(), pass: bytes, from: v.picklist(['operator', 'guest']) })),
});

/** When the last back-up was made, and until when none is offered. */
const backups = v.object({ made: v.optional(time), later: v.optional(time) });

export const SCHEMAS = {
  profile,
  contacts: contact,
  sessions: session,
  messages: message,
  outbox,
  invites: invite,
  spoken,
  quarantine,
  drafts: draft,
  passes,
  backups,
};

export type Rows = { [T in keyof typeof SCHEMAS]: v.InferOutput<(typeof SCHEMAS)[T]> };
export type TableName = keyof Rows;
export type ContactRow = Rows['contacts'];
export type SessionFloor = ContactRow['floor'];
export type RecoveryRow = ContactRow['recovery'];
export type MessageRow = Rows['messages'];
export type OutboxRow = Rows['outbox'];
export type InviteRow = Rows['invites'];
export type SpokenRow = Rows['spoken'];
export type PassesRow = Rows['passes'];

/** Whether {@link decodeRow} would take it. */
export function isRow(table: TableName, row: unknown): boolean {
  return v.is(SCHEMAS[table], row);
}

/** Stands in the JSON for a byte string: where it lies behind it. */
interface BytesAt {
  readonly $bytes: readonly [offset: number, length: number];
}

/**
 * A row as bytes: the length of its JSON (four bytes, little-endian), the JSON, and its byte strings one after the
 * other. Envelopes and sessions are most of what is written, so they are copied once and never turned into text. It may
 * hold secrets, and is to be wiped once it is sealed.
 */
export function encodeRow(row: Rows[TableName]): Uint8Array {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const text = JSON.stringify(row, (_key, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value;
    const at: BytesAt = { $bytes: [offset, value.length] };
    parts.push(value);
    offset += value.length;
    return at;
  });
  const json = new TextEncoder().encode(text);
  const encoded = new Uint8Array(4 + json.length + offset);
  new DataView(encoded.buffer).setUint32(0, json.length, true);
  encoded.set(json, 4);
  wipe(json);
  let at = 4 + json.length;
  for (const part of parts) {
    encoded.set(part, at);
    at += part.length;
  }
  return encoded;
}

/** A copy of what the bytes say. Throws a `ValiError`, a `SyntaxError` or a `RangeError` where the row is not of its table. */
export function decodeRow<T extends TableName>(table: T, plaintext: Uint8Array): Rows[T] {
  const length = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.length).getUint32(0, true);
  const json = new TextDecoder().decode(plaintext.subarray(4, 4 + length));
  const start = 4 + length;
  // Nothing lies there twice: else a row of a hostile back-up would be copied into far more than the memory that there is.
  let left = plaintext.length - start;
  const value: unknown = JSON.parse(json, (_key, member: unknown) => {
    if (!isBytesAt(member)) return member;
    const [offset, size] = v.parse(place, member.$bytes);
    left -= size;
    if (left < 0 || start + offset + size > plaintext.length)
      throw new RangeError('bytes outside of the row');
    return plaintext.slice(start + offset, start + offset + size);
  });
  return v.parse(SCHEMAS[table], value) as Rows[T];
}

const place = v.tuple([count, count]);

function isBytesAt(value: unknown): value is { readonly $bytes: unknown } {
  return typeof value === 'object' && value !== null && '$bytes' in value;
}

/** The highest place: with it a key keeps its width, and a double is exact. */
export const ORDER_MAX = 2 ** 40;

/** Places are written with a fixed width, so that the keys of a conversation sort in the order of the screen. */
const PLACE_DIGITS = 12;

/** Key of a message: its conversation, its place in it, its id (which breaks ties the same way on both sides). */
export function messageKey(contactId: string, place: number, id: string): string {
  return `${contactId}/${place.toString(16).padStart(PLACE_DIGITS, '0')}/${id}`;
}

/** Whose conversation a message's key stands in. */
export function contactIdOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}

/** The message's id in its key. */
export function messageIdOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** The place in a message's key. */
export function placeOf(key: string): number {
  return Number.parseInt(key.split('/')[1] as string, 16);
}

/** Key of an outbox row; rows of one contact sort in the order in which they were sealed. */
export function outboxKey(contactId: string, number: number | undefined): string {
  return `${contactId}/${number === undefined ? 'receipt' : number.toString(16).padStart(PLACE_DIGITS, '0')}`;
}

/** Key of a quarantined envelope: rows of one contact sort in the order in which they came. */
export function quarantineKey(contactId: string, count: number, tag: string): string {
  return `${contactId}/${count.toString(16).padStart(PLACE_DIGITS, '0')}/${tag}`;
}
