/** Live envelopes (SPEC 7): for whoever is there now. They advance no chain and change no session. */
import { concat, Reader, Writer } from '../codec.ts';
import { CryptoError } from '../errors.ts';
import { LABELS } from '../labels.ts';
import { pad, unpad } from '../padding.ts';
import { randomBytes } from '../random.ts';
import type { Session } from '../session/state.ts';
import {
  classFor,
  isClassLength,
  LENGTH_PREFIX_BYTES,
  LIVE_CLASSES,
  LIVE_HEADER_BYTES,
  LIVE_OVERHEAD,
  PROTOCOL_VERSION,
} from '../sizes.ts';
import { AEAD_NONCE_BYTES, aeadOpen, aeadSeal, wipe } from '../sodium.ts';
import { admit, type LiveWindow } from './window.ts';

/** Whole numbers below two to the 53rd. Within one attempt a counter is used once; attempts never fall. */
export interface LiveNumber {
  readonly attempt: number;
  readonly counter: number;
}

/** Throws `too-large` beyond 4,076 bytes, `malformed` for an attempt or a counter that is no such number. */
export function sealLive(session: Session, input: LiveNumber, plaintext: Uint8Array): Uint8Array {
  const { attempt, counter } = input;
  for (const number of [attempt, counter]) {
    if (!Number.isSafeInteger(number) || number < 0) throw new CryptoError('malformed', 'live number');
  }
  const size = classFor(LIVE_CLASSES, LIVE_HEADER_BYTES + LENGTH_PREFIX_BYTES + plaintext.length);
  const padded = pad(plaintext, size - LIVE_HEADER_BYTES);
  const content = new Writer(size).u53(attempt).u53(counter).put(padded).bytes;
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  const sealed = aeadSeal(session.live.send, nonce, liveData(session), content);
  wipe(padded, content);
  return concat(Uint8Array.of(PROTOCOL_VERSION), nonce, sealed);
}

/**
 * Opens a live envelope and admits it to the window. Throws `malformed`, `wrong-version`, `forged` (also for an
 * envelope under a live key that is no longer, or not yet, ours), `stale` or `duplicate`; the old window then stands.
 */
export function openLive(
  session: Session,
  window: LiveWindow,
  envelope: Uint8Array,
): LiveNumber & { window: LiveWindow; plaintext: Uint8Array } {
  if (!isClassLength(LIVE_CLASSES, LIVE_OVERHEAD, envelope.length))
    throw new CryptoError('malformed', 'live');
  if (envelope[0] !== PROTOCOL_VERSION) throw new CryptoError('wrong-version', 'live');
  const nonce = envelope.subarray(1, 1 + AEAD_NONCE_BYTES);
  const sealed = envelope.subarray(1 + AEAD_NONCE_BYTES);
  const ad = liveData(session);
  for (const key of session.live.receive) {
    const content = aeadOpen(key, nonce, ad, sealed);
    if (content === undefined) continue;
    try {
      const reader = new Reader(content);
      const attempt = reader.u53();
      const counter = reader.u53();
      const next = admit(window, attempt, counter);
      const plaintext = unpad(content.subarray(LIVE_HEADER_BYTES));
      return { window: next, attempt, counter, plaintext };
    } finally {
      wipe(content);
    }
  }
  throw new CryptoError('forged', 'live');
}

function liveData(session: Session): Uint8Array {
  return concat(LABELS.live, Uint8Array.of(PROTOCOL_VERSION), session.associatedData);
}
