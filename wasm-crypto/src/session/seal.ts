/** Sealing (SPEC 6.5). */
import { CryptoError } from '../errors.ts';
import { labelledHash } from '../kdf.ts';
import { LABELS } from '../labels.ts';
import { classFor, ENVELOPE_CLASSES, LENGTH_PREFIX_BYTES, MAX_PLAINTEXT } from '../sizes.ts';
import { wipe } from '../sodium.ts';
import { makeBlock, sealPreamble } from './block.ts';
import { makeEnvelope } from './envelope.ts';
import { rootStep } from './root.ts';
import type { Ratchet, SendingChain, Session } from './state.ts';

/** No number may come twice under one chain key. */
const LAST_NUMBER = 2 ** 32 - 1;

/** A session whose newest chain is ours. */
type Speaking = Session & { readonly ratchet: Extract<Ratchet, { turn: 'theirs' }> };

/**
 * Seals a text of at most {@link MAX_PLAINTEXT} bytes into an envelope whose length only tells its class.
 * Throws `too-large`. Store the session before the envelope leaves: they belong together.
 */
export function seal(session: Session, plaintext: Uint8Array): { session: Session; envelope: Uint8Array } {
  if (plaintext.length > MAX_PLAINTEXT) throw new CryptoError('too-large', `${plaintext.length} bytes`);
  const speaking = begin(session);
  const preambleBytes = speaking.ratchet.sending.preamble.length;
  const size = classFor(ENVELOPE_CLASSES, preambleBytes + LENGTH_PREFIX_BYTES + plaintext.length);
  return sealNext(session, speaking, plaintext, size - preambleBytes);
}

/** The ratchet alone: a body of any length, without padding. */
export function sealBare(session: Session, body: Uint8Array): { session: Session; envelope: Uint8Array } {
  return sealNext(session, begin(session), body);
}

/** `given` is the caller's, `session` the same or one whose chain was begun from it. */
function sealNext(
  given: Session,
  session: Speaking,
  text: Uint8Array,
  padded?: number,
): { session: Session; envelope: Uint8Array } {
  const { sending } = session.ratchet;
  if (sending.next >= LAST_NUMBER) throw new CryptoError('too-large', 'chain');
  const { envelope, chainKey } = makeEnvelope(sending, text, padded);
  // The first key of a chain that was begun here is in no state that anybody holds.
  if (session !== given) wipe(sending.chainKey);
  return { session: advance(session, chainKey), envelope };
}

/** Written out field by field: this runs for every message, where spreading costs as much as the small seal. */
function advance(session: Speaking, chainKey: Uint8Array): Session {
  const { peer, associatedData, receiving, retired, live, ratchet } = session;
  const { step, root, nextHeaderKey, ours, sending } = ratchet;
  const { headerKey, next, previous, preamble } = sending;
  const chain: SendingChain = {
    headerKey,
    chainKey,
    next: next + 1,
    previous,
    preamble,
    associatedData: sending.associatedData,
  };
  const advanced: Ratchet = { turn: 'theirs', step, root, nextHeaderKey, ours, sending: chain };
  return { peer, associatedData, receiving, retired, live, ratchet: advanced };
}

const isSpeaking = (session: Session): session is Speaking => session.ratchet.turn === 'theirs';

/** Begins our next chain where it is our turn. */
function begin(session: Session): Speaking {
  if (isSpeaking(session)) return session;
  const ratchet = session.ratchet as Extract<Ratchet, { turn: 'mine' }>;
  const { ours, block, agreement, shared } = makeBlock(ratchet.theirs);
  const step = rootStep({ root: ratchet.root, step: ratchet.step, block, agreement, shared });
  wipe(agreement, shared);
  const headerKey = ratchet.nextHeaderKey;
  const preamble = sealPreamble(headerKey, session.associatedData, ratchet.handshake, block);
  const sending: SendingChain = {
    headerKey,
    chainKey: step.chainKey,
    next: 0,
    previous: ratchet.previous,
    preamble,
    associatedData: chainData(session.associatedData, preamble),
  };
  const { send, receive } = session.live;
  return {
    ...session,
    ratchet: {
      turn: 'theirs',
      step: ratchet.step + 1,
      root: step.root,
      nextHeaderKey: step.nextHeaderKey,
      ours,
      sending,
    },
    live: { send, receive: [step.live, ...receive.slice(0, 1)] },
  };
}

/** Binds a chain's messages to the session and to every byte of the chain's preamble. */
export function chainData(sessionData: Uint8Array, preamble: Uint8Array): Uint8Array {
  return labelledHash(32, LABELS.chain, sessionData, preamble);
}
