/**
 * What the engine takes from the channel, checked once at its door: views are ours, but a view of another version may
 * still be open after an update, and what is written to disk as a setting is believed at every start.
 */
import * as v from 'valibot';
import {
  BACKUP_HEAD_BYTES,
  BACKUP_PART_BYTES,
  DRAFT_MAX_CHARACTERS,
  SEARCH_MAX_CHARACTERS,
} from './types/bounds.ts';
import type { Command } from './types/commands.ts';
import { AUTO_LOCKS, type Watch } from './types/snapshots.ts';

/** Longer than anything that a person types or pastes here; the engine's own bounds are narrower and have names. */
const TEXT_MAX = 200_000;
const ID_MAX = 100;
/** The 60 digits of a safety number. */
const DIGITS_MAX = 60;
/** Names on an OpenPGP key, and how long each: as many as a view tells. */
const USER_IDS_MAX = 8;
const USER_ID_MAX = 240;
/** More than the largest QR code holds. */
const CODE_MAX = 8000;
/** More than anybody has. */
const CONVERSATIONS_MAX = 10_000;

const id = v.pipe(v.string(), v.maxLength(ID_MAX));
const typed = v.pipe(v.string(), v.maxLength(TEXT_MAX));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const word = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2047));

const bytes = (most: number) =>
  v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= most);

const contact = { contactId: id };
const message = { contactId: id, messageId: id };
const bare = <T extends string>(type: T) => v.strictObject({ type: v.literal(type) });

const command = v.variant('type', [
  v.strictObject({ type: v.literal('begin'), name: typed, server: typed }),
  v.strictObject({
    type: v.literal('check-server'),
    server: typed,
    invited: v.exactOptional(v.literal(true)),
  }),
  v.strictObject({
    type: v.literal('change-settings'),
    change: v.strictObject({
      name: v.exactOptional(typed),
      server: v.exactOptional(typed),
      direct: v.exactOptional(v.picklist(['everybody', 'accepted', 'nobody'])),
      notifications: v.exactOptional(v.boolean()),
      openAs: v.exactOptional(v.picklist(['panel', 'popup'])),
      autoLock: v.exactOptional(v.picklist(AUTO_LOCKS)),
    }),
  }),
  v.strictObject({ type: v.literal('create-invite'), contactId: v.exactOptional(id) }),
  v.strictObject({ type: v.literal('withdraw-invite'), inviteId: id }),
  v.strictObject({ type: v.literal('read-invite'), text: typed }),
  v.strictObject({ type: v.literal('accept-invite'), text: typed, contactId: v.exactOptional(id) }),
  bare('dismiss-proposed-invite'),
  v.strictObject({ type: v.literal('create-words-invite'), contactId: v.exactOptional(id) }),
  bare('cancel-words-invite'),
  v.strictObject({
    type: v.literal('accept-words'),
    words: v.strictTuple([word, word, word]),
    server: v.exactOptional(typed),
    contactId: v.exactOptional(id),
  }),
  v.strictObject({ type: v.literal('send'), ...contact, text: typed }),
  v.strictObject({
    type: v.literal('set-draft'),
    ...contact,
    text: v.pipe(v.string(), v.maxLength(DRAFT_MAX_CHARACTERS)),
  }),
  v.strictObject({ type: v.literal('retry'), ...message }),
  v.strictObject({ type: v.literal('discard'), ...message }),
  v.strictObject({ type: v.literal('mark-read'), ...message }),
  v.strictObject({
    type: v.literal('search-messages'),
    text: v.pipe(v.string(), v.maxLength(SEARCH_MAX_CHARACTERS)),
    contactId: v.exactOptional(id),
    after: v.exactOptional(
      v.strictObject({
        conversations: v.pipe(
          v.array(v.strictObject({ contactId: id, reached: v.number(), before: v.exactOptional(id) })),
          v.maxLength(CONVERSATIONS_MAX),
        ),
      }),
    ),
  }),
  v.strictObject({
    type: v.literal('search-changes'),
    text: v.pipe(v.string(), v.maxLength(SEARCH_MAX_CHARACTERS)),
    contactId: v.exactOptional(id),
    since: whole,
  }),
  v.strictObject({ type: v.literal('rename-contact'), ...contact, name: typed }),
  v.strictObject({ type: v.literal('set-direct'), ...contact, direct: v.picklist(['yes', 'never']) }),
  v.strictObject({ type: v.literal('allow-server'), ...contact, server: typed }),
  v.strictObject({ type: v.literal('remove-contact'), ...contact }),
  v.strictObject({
    type: v.literal('note-proof'),
    contactId: id,
    digits: v.pipe(v.string(), v.maxLength(DIGITS_MAX)),
    checked: v.exactOptional(
      v.strictObject({
        fingerprint: v.pipe(v.string(), v.regex(/^[0-9A-F]{32,64}$/)),
        userIds: v.pipe(v.array(v.pipe(v.string(), v.maxLength(USER_ID_MAX))), v.maxLength(USER_IDS_MAX)),
        date: v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/)),
      }),
    ),
  }),
  bare('identity-statement'),
  v.strictObject({ type: v.literal('read-statement'), ...contact, text: typed }),
  v.strictObject({ type: v.literal('attach-proof'), ...contact, text: typed }),
  v.strictObject({ type: v.literal('their-proof'), ...contact }),
  v.strictObject({
    type: v.literal('note-compared'),
    ...contact,
    how: v.picklist(['eye', 'voice']),
    digits: v.pipe(v.string(), v.maxLength(DIGITS_MAX)),
  }),
  v.strictObject({
    type: v.literal('compare-code'),
    ...contact,
    code: v.pipe(v.string(), v.maxLength(CODE_MAX)),
  }),
  v.strictObject({ type: v.literal('take-back-comparison'), ...contact }),
  v.strictObject({
    type: v.picklist(['accept-key', 'refuse-key']),
    ...contact,
    digits: v.pipe(v.string(), v.maxLength(DIGITS_MAX)),
  }),
  v.strictObject({ type: v.literal('clear-quarantine'), ...contact }),
  v.strictObject({ type: v.literal('ping'), ...contact }),
  bare('take-over'),
  bare('reconnect'),
  bare('used'),
  bare('lock'),
  v.strictObject({ type: v.literal('unlock'), passphrase: typed }),
  v.strictObject({ type: v.literal('set-passphrase'), current: v.exactOptional(typed), next: typed }),
  v.strictObject({ type: v.literal('remove-passphrase'), current: typed }),
  v.strictObject({ type: v.literal('begin-backup'), passphrase: typed }),
  v.strictObject({ type: v.literal('read-backup'), backupId: id }),
  v.strictObject({ type: v.literal('backup-saved'), backupId: id }),
  v.strictObject({ type: v.literal('cancel-backup'), backupId: id }),
  bare('backup-not-now'),
  v.strictObject({ type: v.literal('begin-restore'), passphrase: typed, head: bytes(BACKUP_HEAD_BYTES) }),
  v.strictObject({ type: v.literal('restore-part'), restoreId: id, bytes: bytes(BACKUP_PART_BYTES) }),
  v.strictObject({ type: v.literal('finish-restore'), restoreId: id }),
  v.strictObject({ type: v.literal('cancel-restore'), restoreId: id }),
  bare('wipe'),
]) satisfies v.GenericSchema<unknown, Command>;

const watch = v.variant('topic', [
  v.strictObject({ topic: v.picklist(['app', 'messages']) }),
  v.strictObject({
    topic: v.literal('conversation'),
    ...contact,
    limit: whole,
    place: v.exactOptional(v.strictObject({ messageId: id, newer: whole })),
  }),
]) satisfies v.GenericSchema<unknown, Watch>;

const from = { to: v.literal('engine'), view: id };
const incoming = v.variant('kind', [
  v.strictObject({ ...from, kind: v.literal('hello'), updating: v.exactOptional(v.literal(true)) }),
  v.strictObject({ ...from, kind: v.literal('watch'), watching: whole, watch }),
  v.strictObject({ ...from, kind: v.literal('unwatch'), watching: whole }),
  // A call with a command that makes no sense is answered; whoever asked must not wait for ever.
  v.strictObject({
    ...from,
    kind: v.literal('call'),
    call: whole,
    command: v.fallback(v.nullable(command), null),
  }),
]);

/** A message for the engine; `command` is `null` where it is none of this version's. */
export type Incoming = v.InferOutput<typeof incoming>;

/** Reads what came over the channel; `undefined` for what is not for the engine, or nothing that this version knows. */
export function readIncoming(data: unknown): Incoming | undefined {
  const parsed = v.safeParse(incoming, data);
  return parsed.success ? parsed.output : undefined;
}
