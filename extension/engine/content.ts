/**
 * What travels inside the ratchet, as JSON in UTF-8. *Numbered* content carries the sender's sequence number and is
 * kept in the outbox until the contact's receipt; a receipt is not numbered and is never receipted (PROTOCOL 5).
 */
import { MAX_PLAINTEXT, wipe } from '@aside/wasm-crypto';
import * as v from 'valibot';
import { isNameTooLong } from '../bridge/name.ts';
import { PROOF_MAX_CHARACTERS, TEXT_MAX_BYTES } from '../bridge/types/bounds.ts';
import { isServer } from './address.ts';

const VERSION = 1;
/** The highest number of a content. */
export const NUMBER_MAX = 2 ** 40;
/** Sequence numbers stay where a double is exact and a message's key keeps its width. */
const sequence = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(NUMBER_MAX));
/** A content's own number; nothing has number 0, which stands for "nothing yet" in what has been seen. */
const ownNumber = v.pipe(sequence, v.minValue(1));
const runId = v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/));
/**
 * Which run of the writer's program gave this number, the first that it gave, and the run before it: another run that
 * gave it too shows.
 */
const run = v.optional(v.strictObject({ id: runId, base: ownNumber, after: v.optional(runId) }));
/** The run that gave the number up to which all is held: what it confirms was sealed in no other. */
const of = v.optional(runId);
/** The writer's clock: the highest order that they know of in the conversation, of either of the two. */
const clock = sequence;
/** The numbers that have been seen are of the session before: they confirm nothing. */
const before = v.optional(v.literal(true));
/** What every content says of the other side's. */
const frame = {
  v: v.literal(VERSION),
  /** Everything up to this number has been stored. */
  seen: sequence,
  of,
  before,
  clock,
};
const numbered = { ...frame, number: ownNumber, run };
const mailboxId = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const messageId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/));
const server = v.pipe(v.string(), v.check(isServer));
const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

const profile = v.strictObject({
  ...numbered,
  kind: v.literal('profile'),
  /** As the contact calls themselves. */
  name: v.pipe(
    v.string(),
    v.check((name) => !isNameTooLong(name)),
  ),
  /** The first content of a session: numbers below this one belong to a session that is gone. */
  first: v.boolean(),
  /** The mailbox that the contact reads for me. */
  mailbox: v.strictObject({ id: mailboxId, server }),
  /** The writer's recovery mailbox in the life of the two that this session follows, where they had one (SPEC 12.9). */
  follows: v.optional(mailboxId),
});

const text = v.strictObject({
  ...numbered,
  kind: v.literal('text'),
  id: messageId,
  /** Where it stands in the conversation (SPEC 12.11): given when it was written, and never again. */
  order: ownNumber,
  /** The writer's clock when the session began in which it is sealed. */
  begun: sequence,
  text: v.pipe(
    v.string(),
    v.check((t) => t !== '' && utf8Length(t) <= TEXT_MAX_BYTES),
  ),
});

const receipt = v.strictObject({
  ...frame,
  kind: v.literal('receipt'),
  /** Numbers beyond a gap that have been stored as well. */
  beyond: v.pipe(v.array(sequence), v.maxLength(256)),
  /** The run that gave the highest of them. */
  beyondOf: of,
});

/** A statement of the writer's identity that their OpenPGP key signed (SPEC 15), in the place of the one before; empty for none. */
const proof = v.strictObject({
  ...numbered,
  kind: v.literal('proof'),
  text: v.pipe(v.string(), v.maxLength(PROOF_MAX_CHARACTERS)),
});

/** Fills the number of a message that its writer gave up on, so that nobody waits for it. */
const nothing = v.strictObject({
  ...numbered,
  kind: v.literal('void'),
});

const content = v.variant('kind', [profile, text, proof, receipt, nothing]);

/** What goes with a recovery bundle: where its maker reads now. */
const note = v.strictObject({ v: v.literal(VERSION), mailbox: v.strictObject({ id: mailboxId, server }) });

export type RecoveryNote = v.InferOutput<typeof note>;
export type Content = v.InferOutput<typeof content>;
export type Profile = v.InferOutput<typeof profile>;
export type Text = v.InferOutput<typeof text>;
export type SignedProof = v.InferOutput<typeof proof>;
export type Receipt = v.InferOutput<typeof receipt>;
/** Content before its place in the sequence is known, which only the transaction that seals it can tell. */
export type Draft =
  | Omit<Profile, keyof typeof numbered>
  | Omit<Text, keyof typeof numbered | 'order' | 'begun'>
  | Omit<SignedProof, keyof typeof numbered>
  | Omit<Receipt, keyof typeof frame | 'beyond' | 'beyondOf'>;

/** A contact sent something inside the ratchet that this version does not understand. */
export class ContentError extends Error {
  override readonly name = 'ContentError';
  readonly code = 'content-malformed';
}

export function encodeContent(value: Content): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** No frame of a text or a proof is longer: everything that one may say is said, and each number has all its digits. */
const LONGEST_FRAME: Required<Omit<Text, 'text'>> = {
  v: VERSION,
  kind: 'text',
  id: '0'.repeat(32),
  number: NUMBER_MAX,
  run: { id: '0'.repeat(8), base: NUMBER_MAX, after: '0'.repeat(8) },
  seen: NUMBER_MAX,
  of: '0'.repeat(8),
  before: true,
  clock: NUMBER_MAX,
  order: NUMBER_MAX,
  begun: NUMBER_MAX,
};

/**
 * Whether an envelope holds a text or a proof, also when it is sealed anew in a later session, whose frame may be longer
 * (SPEC 12.7). Quotation marks and line ends grow when they are written as JSON: few near their bound are over this one.
 */
export function isSealable(text: string): boolean {
  const plaintext = encodeContent({ ...LONGEST_FRAME, text });
  wipe(plaintext);
  return plaintext.length <= MAX_PLAINTEXT;
}

/** Throws a {@link ContentError} for anything but content of this version, within its bounds. */
export function decodeContent(bytes: Uint8Array): Content {
  try {
    return v.parse(content, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    throw new ContentError();
  }
}

/** The content of a plaintext that was opened for it: the bytes are overwritten. Throws as {@link decodeContent}. */
export function contentOf(plaintext: Uint8Array): Content {
  try {
    return decodeContent(plaintext);
  } finally {
    wipe(plaintext);
  }
}

export function encodeNote(value: RecoveryNote): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** What goes with a recovery bundle; `undefined` where it is of no version that is known here. */
export function decodeNote(bytes: Uint8Array): RecoveryNote | undefined {
  try {
    return v.parse(note, JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    return undefined;
  }
}

export { VERSION as CONTENT_VERSION };
