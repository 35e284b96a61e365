/**
 * An invite by three words (SPEC 11): the accepter asks, the inviter answers, the accepter proves that it has the
 * words, the inviter proves the same and hands over an ordinary invite. States are plain values; who keeps one keeps
 * secrets. Words are numbers from 0 to 2,047: which word is which is for those who show them.
 */
import { concat, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { fromBase64Url, toBase64Url } from '../invite/base64url.ts';
import { readInvite } from '../invite/text.ts';
import { derive } from '../kdf.ts';
import { LABELS } from '../labels.ts';
import { MAILBOX_ID_BYTES, MAILBOX_KEY_BYTES } from '../mailbox.ts';
import { fillRandom, randomBytes } from '../random.ts';
import { PROTOCOL_VERSION } from '../sizes.ts';
import { mac, macFits } from '../sodium/ristretto.ts';
import { AEAD_NONCE_BYTES, aeadOpen, aeadSealInto, wipe } from '../sodium.ts';
import { wipeWithin } from '../wipe-within.ts';
import { type CPaceInputs, newScalar, sessionKeyOf, shareOf } from './cpace.ts';
import { SEALED_INVITE_BYTES, type WordsMessage } from './messages.ts';

/** How many words there are to choose from. */
export const SPOKEN_WORDS = 2048;

/** The first is lent by the server, and says where; the other two are the secret. */
export type ThreeWords = readonly [first: number, second: number, third: number];

/** What the two have in common: the words, and the mailbox (an id of 32 bytes) that the first word stands for. */
export interface Spoken {
  readonly words: ThreeWords;
  readonly mailbox: Uint8Array;
}

/** An accepter who waits for the inviter's share. */
export interface WordsAsked {
  readonly mailbox: Uint8Array;
  readonly reply: Uint8Array;
  readonly scalar: Uint8Array;
  readonly share: Uint8Array;
}

/** Either side once it has the key, which may still be the wrong one. */
export interface WordsKeys {
  readonly proof: Uint8Array;
  readonly seal: Uint8Array;
}

type Message<K extends WordsMessage['kind']> = Extract<WordsMessage, { kind: K }>;

/** Two words that nobody else knows: 22 bits. */
export function secretWords(): readonly [number, number] {
  const bytes = randomBytes(4);
  const word = (at: number): number => ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)) % SPOKEN_WORDS;
  const words = [word(0), word(2)] as const;
  wipe(bytes);
  return words;
}

/**
 * The key of the mailbox where whoever may open none of their own is answered, 32 bytes. It is no secret: everybody can
 * make it who knows the words mailbox (its id), as the server does, and read there what the server reads anyway.
 */
export function wordsReplyKey(mailbox: Uint8Array): Uint8Array {
  if (mailbox.length !== MAILBOX_ID_BYTES) throw new CryptoError('malformed', 'mailbox id');
  return derive({ secret: mailbox, label: LABELS.wordsReply, length: MAILBOX_KEY_BYTES });
}

/** The accepter's first step; answers go to the mailbox `reply`. Throws `malformed` for words or ids out of range. */
export function askByWords(
  spoken: Spoken,
  reply: Uint8Array,
): { state: WordsAsked; message: Message<'ask'> } {
  if (reply.length !== MAILBOX_ID_BYTES) throw new CryptoError('malformed', 'mailbox id');
  const { scalar, share } = newShare(spoken);
  return {
    state: { mailbox: spoken.mailbox, reply, scalar, share },
    message: { kind: 'ask', share, reply },
  };
}

/**
 * The inviter's first step. From here on the guess counts as made: store that before the answer goes out. Throws
 * `forged` for a share that is no point.
 */
export function answerByWords(
  spoken: Spoken,
  ask: Message<'ask'>,
): { state: WordsKeys; message: Message<'answer'> } {
  const { scalar, share } = newShare(spoken);
  try {
    const a = { y: ask.share, ad: ask.reply };
    const state = keysFrom({ scalar, theirs: ask.share, sid: spoken.mailbox, a, b: withoutData(share) });
    return { state, message: { kind: 'answer', share } };
  } finally {
    wipe(scalar);
  }
}

/** The accepter's second step: the proof is what the inviter checks. Throws `forged` for a share that is no point. */
export function proveWords(
  asked: WordsAsked,
  answer: Message<'answer'>,
): { state: WordsKeys; message: Message<'proof'> } {
  const a = { y: asked.share, ad: asked.reply };
  const b = withoutData(answer.share);
  const state = keysFrom({ scalar: asked.scalar, theirs: answer.share, sid: asked.mailbox, a, b });
  return { state, message: { kind: 'proof', tag: mac(state.proof, LABELS.wordsAccepter) } };
}

/** Whether the accepter has the words. To be asked once: a wrong proof ends the invite. */
export function wordsFit(keys: WordsKeys, proof: Message<'proof'>): boolean {
  return macFits(keys.proof, LABELS.wordsAccepter, proof.tag);
}

/** The inviter's last step, after {@link wordsFit}. `text` is an ordinary invite's (SPEC 4.1). Throws `damaged` for another. */
export function handOverInvite(keys: WordsKeys, text: string): Message<'invite'> {
  wipeWithin(readInvite(text));
  const bytes = fromBase64Url(text) ?? new Uint8Array(0);
  const sealed = new Uint8Array(SEALED_INVITE_BYTES);
  const nonce = sealed.subarray(0, AEAD_NONCE_BYTES);
  fillRandom(nonce);
  aeadSealInto(sealed, AEAD_NONCE_BYTES, keys.seal, nonce, associatedData(), bytes);
  wipe(bytes);
  return { kind: 'invite', tag: mac(keys.proof, LABELS.wordsInviter), sealed };
}

/** The accepter's last step: the text of an ordinary invite. Throws `forged` where whoever sent it lacks the words. */
export function takeInvite(keys: WordsKeys, message: Message<'invite'>): string {
  if (!macFits(keys.proof, LABELS.wordsInviter, message.tag)) throw new CryptoError('forged', 'words');
  const nonce = message.sealed.subarray(0, AEAD_NONCE_BYTES);
  const bytes = aeadOpen(keys.seal, nonce, associatedData(), message.sealed.subarray(AEAD_NONCE_BYTES));
  if (bytes === undefined) throw new CryptoError('forged', 'invite by words');
  const text = toBase64Url(bytes);
  wipe(bytes);
  wipeWithin(readInvite(text));
  return text;
}

/** A fresh scalar, and the share that it makes of the words. */
function newShare(spoken: Spoken): { scalar: Uint8Array; share: Uint8Array } {
  const inputs = inputsOf(spoken);
  const scalar = newScalar();
  const share = shareOf(scalar, inputs);
  wipe(inputs.prs);
  return { scalar, share };
}

/** The inviter sends nothing along with its share. */
function withoutData(share: Uint8Array): { y: Uint8Array; ad: Uint8Array } {
  return { y: share, ad: new Uint8Array(0) };
}

function inputsOf({ words, mailbox }: Spoken): CPaceInputs {
  if (mailbox.length !== MAILBOX_ID_BYTES) throw new CryptoError('malformed', 'mailbox id');
  for (const word of words) {
    if (!Number.isInteger(word) || word < 0 || word >= SPOKEN_WORDS)
      throw new CryptoError('malformed', 'word');
  }
  const [first, second, third] = words;
  return {
    prs: new Writer(4).u16(second).u16(third).bytes,
    ci: concat(LABELS.words, new Writer(3).u8(PROTOCOL_VERSION).u16(first).bytes),
    sid: mailbox,
  };
}

function keysFrom(input: Parameters<typeof sessionKeyOf>[0]): WordsKeys {
  const isk = sessionKeyOf(input);
  const keys = derive({ secret: isk, label: LABELS.wordsKeys, length: 64 });
  const split = { proof: keys.slice(0, 32), seal: keys.slice(32) };
  wipe(isk, keys);
  return split;
}

function associatedData(): Uint8Array {
  return concat(LABELS.wordsInvite, Uint8Array.of(PROTOCOL_VERSION));
}
