/** Opening (SPEC 6.6): which chain an envelope belongs to shows by the header key that fits. */
import { CryptoError } from '../errors.ts';
import { ENVELOPE_CLASSES, ENVELOPE_OVERHEAD, isClassLength, PREAMBLE_BYTES } from '../sizes.ts';
import { clear, layOut, openHeader, type Parsed, parseEnvelope, type Whole } from './envelope.ts';
import { boundRetired, openCurrent, openNew, openRetired } from './receive.ts';
import type { Session } from './state.ts';

/**
 * Opens an envelope. The old session stands where this throws: `malformed`, `wrong-version`, `forged`, `duplicate`,
 * `rollback`, `unknown-chain`, `too-far-ahead`. Store the session before the envelope is acknowledged.
 */
export function open(session: Session, envelope: Uint8Array): { session: Session; plaintext: Uint8Array } {
  checkEnvelopeLength(envelope);
  const opened = openWhole(session, envelope, 'text');
  return { session: opened.session, plaintext: opened.body };
}

/** Throws `malformed` for a length that no class has. */
export function checkEnvelopeLength(envelope: Uint8Array): void {
  if (!isClassLength(ENVELOPE_CLASSES, ENVELOPE_OVERHEAD, envelope.length)) {
    throw new CryptoError('malformed', `envelope of ${envelope.length} bytes`);
  }
}

/** The ratchet alone: a body of any length, without padding. */
export function openBare(session: Session, envelope: Uint8Array): { session: Session; body: Uint8Array } {
  return openWhole(session, envelope, 'body');
}

function openWhole(
  session: Session,
  bytes: Uint8Array,
  whole: Whole,
): { session: Session; body: Uint8Array } {
  const envelope = parseEnvelope(bytes);
  layOut(envelope);
  try {
    return openLaidOut(session, envelope, whole);
  } finally {
    clear(bytes.length);
  }
}

function openLaidOut(
  session: Session,
  envelope: Parsed,
  whole: Whole,
): { session: Session; body: Uint8Array } {
  const { receiving, ratchet, retired, associatedData } = session;
  if (receiving !== undefined) {
    const header = openHeader(receiving.headerKey);
    if (header !== undefined) {
      const { chain, body } = openCurrent(associatedData, receiving, envelope, header, whole);
      const kept = chain.missing === receiving.missing ? retired : boundRetired(retired, chain.missing);
      const { peer, live } = session;
      return { session: { peer, associatedData, receiving: chain, retired: kept, live, ratchet }, body };
    }
  }
  if (ratchet.turn === 'theirs') {
    const header = openHeader(ratchet.nextHeaderKey);
    if (header !== undefined) {
      return openNew(session, ratchet, ratchet.sending.next, envelope, header, PREAMBLE_BYTES, whole);
    }
  }
  for (const [index, old] of retired.entries()) {
    const header = openHeader(old.headerKey);
    if (header === undefined) continue;
    const { chain, body } = openRetired(associatedData, old, envelope, header, whole);
    return { session: { ...session, retired: retired.with(index, chain) }, body };
  }
  throw new CryptoError('unknown-chain');
}
