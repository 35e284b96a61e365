/**
 * What a back-up may bring in. Its seal says that whoever made it had its passphrase, and nothing of what they put into
 * it: a file that is given away with its passphrase may be made up. So what holds of the rows of every engine, whatever
 * its contacts do, is checked here, record by record: each by itself, and against those before it. What the rest tells
 * is not believed but worked out.
 */
import {
  decodeIdentity,
  decodeIdentityKeys,
  decodeInviteKeys,
  decodeRecoveryKeys,
  decodeSession,
  encodeIdentity,
  encodeSession,
  type Identity,
  identityHash,
  LAST_GENERATION,
  MAX_ENVELOPE,
  MIN_ENVELOPE,
  mailboxIdOf,
  openBundle,
  readInvite,
  recoveryMailboxKey,
  rendezvousKey,
  seal,
  sessionPeer,
  wipeWithin,
} from '@aside/wasm-crypto';
import { cleanName, isNameTooLong, plainName } from '../../bridge/name.ts';
import { PROOF_MAX_CHARACTERS, TEXT_MAX_BYTES } from '../../bridge/types/bounds.ts';
import { isServer } from '../address.ts';
import { ATTEMPT_KEPT_MAX } from '../connections/link.ts';
import { isSealable, NUMBER_MAX } from '../content.ts';
import { sameBytes, toHex } from '../encoding.ts';
import { BEYOND_MAX } from '../receipts.ts';
import { WAYS_MAX } from '../recovery/ways.ts';
import { type ContactRow, contactIdOf, messageKey, ORDER_MAX, outboxKey, placeOf } from '../storage/rows.ts';
import { type BackupRecord, RecordError } from './records.ts';

/** What is loaded at every start, and more of it than anybody has. */
const CONTACTS_MAX = 10_000;
const ROWS_MAX = 100_000;
const INVITES_MAX = 1000;
/** Of what one row lists, and letters of what names something in it: more than an engine keeps. */
const LISTED_MAX = 1000;
/** Numbers that wait for one contact's receipt: more than anybody writes to somebody who is away. */
const UNCONFIRMED_MAX = 2 ** 20;
/** What an engine gives one by one is far from its end. */
const GIVEN_MAX = NUMBER_MAX / 2;

/** In this order they come, so that each finds what it speaks of. */
const ORDER = [
  'backups',
  'profile',
  'contacts',
  'sessions',
  'outbox',
  'invites',
  'drafts',
  'passes',
  'messages',
] as const satisfies readonly BackupRecord['table'][];

type RecordOf<T extends BackupRecord['table']> = Extract<BackupRecord, { readonly table: T }>;

/** What is remembered of a contact until the file is over. */
interface Known {
  readonly peer: Uint8Array;
  readonly sent: number;
  readonly claims: string | undefined;
  hasSession: boolean;
}

export class Door {
  #me: Identity | undefined;
  #last = 0;
  /** Of the table that is being read. */
  readonly #keys = new Set<string>();
  readonly #contacts = new Map<string, Known>();
  readonly #peers = new Set<string>();
  /** All that are read, by their ids: each has one reader, and one purpose. */
  readonly #mailboxes = new Set<string>();
  /** Messages that are on their way, by their keys. */
  readonly #underWay = new Set<string>();

  /**
   * The record as it may come in; `undefined` where it is nobody's any more. Throws a {@link RecordError} or a
   * `CryptoError` for what no engine writes.
   */
  admit(record: BackupRecord): BackupRecord | undefined {
    const at = ORDER.indexOf(record.table);
    must(at >= this.#last, 'order');
    if (at > this.#last) this.#keys.clear();
    this.#last = at;
    if (record.table !== 'messages') {
      must(record.key.length <= LISTED_MAX && !this.#keys.has(record.key), 'key');
      this.#keys.add(record.key);
      must(this.#keys.size <= ROWS_MAX, 'too many');
    }
    switch (record.table) {
      case 'backups':
        must(record.key === 'state', 'key');
        return record;
      case 'profile':
        return this.#profile(record);
      case 'contacts':
        return this.#contact(record);
      case 'sessions':
        this.#session(record);
        return record;
      case 'outbox':
        this.#outbox(record);
        return record;
      case 'invites':
        this.#invite(record);
        return record;
      case 'drafts':
        // A stop between removing a contact and removing what was written to them leaves one.
        return this.#contacts.has(record.key) ? record : undefined;
      case 'passes':
        passes(record);
        return record;
      case 'messages':
        return this.#message(record) ? record : undefined;
    }
  }

  /** The file is over. Throws a {@link RecordError} where something is missing. */
  end(): void {
    for (const { claims, hasSession } of this.#contacts.values()) {
      must(hasSession, 'session');
      if (claims === undefined) continue;
      const claimed = this.#contacts.get(claims);
      must(claimed !== undefined && claimed.claims === undefined, 'claims');
    }
  }

  #profile({ key, row }: RecordOf<'profile'>): BackupRecord {
    must(key === 'me' && this.#me === undefined, 'key');
    const keys = decodeIdentityKeys(row.identity);
    this.#me = keys.identity;
    wipeWithin([keys.signSecret, keys.agreeSecret]);
    const { settings } = row;
    must(isServer(settings.server), 'server');
    return {
      table: 'profile',
      key,
      row: { ...row, settings: { ...settings, name: ownName(settings.name) } },
    };
  }

  #contact({ key, row }: RecordOf<'contacts'>): BackupRecord {
    const me = this.#mine();
    must(isId(key) && this.#keys.size <= CONTACTS_MAX, 'key');
    const peer = decodeIdentity(row.peer);
    const whose = toHex(row.peer);
    must(!this.#peers.has(whose) && !sameBytes(row.peer, encodeIdentity(me)), 'peer');
    this.#peers.add(whose);
    this.#contacts.set(key, {
      peer: row.peer.slice(),
      sent: row.sent,
      claims: row.claims,
      hasSession: false,
    });
    this.#places(row);
    ways(row, me, peer);
    numbers(row);
    orders(row, key);
    proofs(row);
    must((row.attempt ?? 0) <= ATTEMPT_KEPT_MAX, 'attempt');
    must((row.toldName ?? '').length <= LISTED_MAX && (row.used?.id ?? '').length <= LISTED_MAX, 'text');
    must(/^([0-9a-f]{64})?$/.test(row.follows ?? ''), 'follows');
    must((row.unmeant ?? []).length <= LISTED_MAX && (row.unmeant ?? []).every(isId), 'unmeant');
    // What is compared is worked out from the two identities and no file's word.
    const { safety: _, ...kept } = row;
    const { changed, alias } = row;
    return {
      table: 'contacts',
      key,
      row: {
        ...kept,
        name: theirName(row.name),
        ...(alias === undefined ? {} : { alias: ownName(alias) }),
        ...(changed === undefined ? {} : { changed: { ...changed, name: theirName(changed.name) } }),
      },
    };
  }

  /** Where a contact and I read, and what I show to servers for that. */
  #places({ read, next, recovery, rendezvous, write, moveTo, agreed, guestPasses = [] }: ContactRow): void {
    must(read.length > 0 && read.length <= LISTED_MAX && agreed.length <= LISTED_MAX, 'places');
    must(recovery.ways.length > 0 && recovery.ways.length <= WAYS_MAX, 'ways');
    const mine = [...read, ...(next === undefined ? [] : [next]), ...recovery.ways.map((way) => way.read)];
    for (const place of mine) this.#reads(place.key);
    const theirs = recovery.ways.map((way) => way.write);
    for (const place of [...mine, ...theirs, rendezvous, write, moveTo])
      if (place !== undefined) must(isServer(place.server), 'server');
    for (const server of agreed) must(isServer(server), 'server');
    must(guestPasses.length <= LISTED_MAX, 'passes');
    for (const { server, pass } of guestPasses) must(isServer(server) && isPass(pass), 'pass');
  }

  #reads(mailboxKey: Uint8Array): void {
    const mailbox = toHex(mailboxIdOf(mailboxKey));
    must(!this.#mailboxes.has(mailbox), 'mailbox');
    this.#mailboxes.add(mailbox);
  }

  #session({ key, row }: RecordOf<'sessions'>): void {
    const contact = this.#known(key);
    contact.hasSession = true;
    for (const state of [row.state, row.earlier?.state]) {
      if (state === undefined) continue;
      const session = decodeSession(state);
      let sealed: ReturnType<typeof seal> | undefined;
      try {
        must(sameBytes(encodeIdentity(sessionPeer(session)), contact.peer), 'session');
        // What nothing can be sealed in would fail whatever is written.
        if (state === row.state) {
          sealed = seal(session, new Uint8Array(0));
          wipeWithin(encodeSession(sealed.session));
        }
      } finally {
        wipeWithin([session, sealed]);
      }
    }
  }

  #outbox({ key, row }: RecordOf<'outbox'>): void {
    const { contact, number, messageKey: message, envelope } = row;
    must(key === outboxKey(contact, number), 'key');
    const { sent } = this.#known(contact);
    must(number === undefined || (number > 0 && number <= sent), 'number');
    must(envelope.length >= MIN_ENVELOPE && envelope.length <= MAX_ENVELOPE, 'envelope');
    if (message === undefined) return;
    must(number !== undefined && isMessageKey(message, contact), 'message');
    this.#underWay.add(message);
  }

  #invite({ key, row }: RecordOf<'invites'>): void {
    const { text, server, expiresAt, replyKey, bundle, contact, state, spoken } = row;
    must(isId(key) && this.#keys.size <= INVITES_MAX, 'key');
    must(state !== 'spent' && spoken === undefined && row.words === undefined, 'state');
    must(isServer(server) && (contact === undefined || isId(contact)), 'place');
    const invite = readInvite(text);
    const keys = decodeInviteKeys(row.keys);
    try {
      must(invite.expires * 1000 === expiresAt, 'expiry');
      must(sameBytes(keys.secret, invite.secret), 'keys');
      must(sameBytes(row.rendezvousKey, rendezvousKey(invite)), 'rendezvous');
      must(sameBytes(invite.identityHash, identityHash(this.#mine())), 'identity');
      const { reply } = openBundle(invite, bundle);
      must(reply.server === server && sameBytes(reply.id, mailboxIdOf(replyKey)), 'reply');
    } finally {
      wipeWithin([keys, invite.secret]);
    }
    this.#reads(replyKey);
    this.#reads(row.rendezvousKey);
  }

  /** Whether it may come in: one of mine that is under way and that the outbox does not know is nobody's to bring. */
  #message({ key, row }: RecordOf<'messages'>): boolean {
    const { id, from, number, text, delivery } = row;
    const contact = contactIdOf(key);
    this.#known(contact);
    must(isId(id) && isMessageKey(key, contact) && key.endsWith(`/${id}`), 'key');
    must(number <= NUMBER_MAX && (row.sealed ?? 0) <= NUMBER_MAX, 'number');
    must(text !== '' && text.length <= TEXT_MAX_BYTES, 'text');
    must((delivery === undefined) === (from === 'them'), 'delivery');
    if (delivery === undefined) return true;
    must(isSealable(text), 'text');
    return delivery.state === 'delivered' || delivery.state === 'failed' || this.#underWay.has(key);
  }

  #known(contactId: string): Known {
    const known = this.#contacts.get(contactId);
    must(known !== undefined, 'contact');
    return known;
  }

  #mine(): Identity {
    must(this.#me !== undefined, 'profile');
    return this.#me;
  }
}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new RecordError(what);
}

const isId = (text: string): boolean => /^[0-9a-f]{32}$/.test(text);
const isRunId = (text: string | undefined): boolean => text === undefined || /^[0-9a-f]{8}$/.test(text);
const isPass = ({ length }: Uint8Array): boolean => length > 0 && length <= 255;

function isMessageKey(key: string, contact: string): boolean {
  const place = placeOf(key);
  return (
    place <= ORDER_MAX && /\/[0-9a-f]{32}$/.test(key) && key === messageKey(contact, place, key.slice(-32))
  );
}

/** As one is called by oneself, and calls others. */
function ownName(name: string): string {
  try {
    return cleanName(name);
  } catch {
    throw new RecordError('name');
  }
}

/** As they call themselves; empty where they have not said it yet. */
function theirName(name: string): string {
  must(!isNameTooLong(name), 'name');
  return plainName(name);
}

/** The ways back follow from their secrets and the two identities. */
function ways({ recovery }: ContactRow, me: Identity, peer: Identity): void {
  for (const { secret, generation, read, write } of recovery.ways) {
    must(generation <= LAST_GENERATION, 'generation');
    must(sameBytes(read.key, recoveryMailboxKey(secret, me)), 'way');
    must(sameBytes(write.id, mailboxIdOf(recoveryMailboxKey(secret, peer))), 'way');
  }
  must(recovery.handled.length <= LISTED_MAX && recovery.handled.every(isId), 'handled');
  const { mine } = recovery;
  if (mine === undefined) return;
  must(
    recovery.ways.some(({ secret }) => sameBytes(secret, mine.secret)),
    'way',
  );
  const keys = decodeRecoveryKeys(mine.keys);
  wipeWithin(keys);
  must(keys.generation === mine.generation, 'generation');
  must(mine.bundle.length >= MIN_ENVELOPE && mine.bundle.length <= MAX_ENVELOPE, 'bundle');
}

/** The numbers of what was said, on either side. */
function numbers({ sent, confirmed, received, beyond, ...row }: ContactRow): void {
  must(confirmed <= sent && sent - confirmed <= UNCONFIRMED_MAX && sent <= GIVEN_MAX, 'sent');
  must(received <= NUMBER_MAX && beyond.length <= BEYOND_MAX, 'received');
  must(isRising([received, ...beyond, NUMBER_MAX + 1]), 'beyond');
  for (const number of [row.profile, row.proof?.number, row.top?.number, row.before?.seen])
    must((number ?? 0) <= NUMBER_MAX, 'number');
  for (const [runs = [], last] of [
    [row.runs, sent],
    [row.theirRuns, NUMBER_MAX],
    [row.before?.runs, NUMBER_MAX],
  ] as const) {
    must(runs.length <= LISTED_MAX && isRising([0, ...runs.map(({ base }) => base), last + 1]), 'runs');
    for (const { id, after } of runs) must(isRunId(id) && isRunId(after), 'runs');
  }
}

/** The places of what was said. */
function orders(
  { clock, heard, begun, floor, floorBefore, top, keyChanges = [], readTo }: ContactRow,
  id: string,
): void {
  must(keyChanges.length <= LISTED_MAX, 'changes');
  const places = keyChanges.map(({ place }) => place);
  const floors = [floor, floorBefore].flatMap((one) => [one.heard, one.clock]);
  for (const place of [clock, heard, begun, top?.place ?? 0, ...floors, ...places])
    must(place <= ORDER_MAX, 'order');
  must(readTo === '' || isMessageKey(readTo, id), 'read');
}

/** What OpenPGP keys said, as far as a view tells it (incoming.ts). */
function proofs({ proof, attached, proven }: ContactRow): void {
  must((proof?.text ?? '').length <= PROOF_MAX_CHARACTERS, 'proof');
  must((attached?.text ?? '').length <= PROOF_MAX_CHARACTERS && isSealable(attached?.text ?? ''), 'proof');
  if (proven === undefined) return;
  must(/^[0-9A-F]{32,64}$/.test(proven.fingerprint) && /^\d{4}-\d{2}-\d{2}$/.test(proven.date), 'proof');
  must(proven.userIds.length <= LISTED_MAX, 'proof');
  for (const name of proven.userIds) must(name.length <= LISTED_MAX && !/\p{C}/u.test(name), 'proof');
}

function passes({ key, row }: RecordOf<'passes'>): void {
  must(key === 'all' && row.passes.length <= LISTED_MAX, 'key');
  for (const { server, pass, from } of row.passes)
    must(isServer(server) && (isPass(pass) || (from === 'guest' && pass.length === 0)), 'pass');
}

function isRising(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number > (numbers[at - 1] as number));
}
