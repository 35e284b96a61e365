/** From a handshake to a session (SPEC 6.1). */

import { CryptoError } from '../errors.ts';
import type { Identity } from '../identity.ts';
import { FIRST_PREAMBLE_BYTES } from '../sizes.ts';
import { wiping } from '../wiping.ts';
import { clear, layOut, openHeader, parseEnvelope } from './envelope.ts';
import { NONE } from './missing.ts';
import { checkEnvelopeLength } from './open.ts';
import { openNew } from './receive.ts';
import { startRoot } from './root.ts';
import type { OurKeys, Session, TheirKeys } from './state.ts';

/** The initiator's session: its first chain answers the peer's one-time keys and carries the handshake part. */
export function startAsInitiator(input: {
  peer: Identity;
  secret: Uint8Array;
  associatedData: Uint8Array;
  handshake: Uint8Array;
  theirs: TheirKeys;
}): Session {
  const { peer, associatedData, handshake, theirs } = input;
  const { root, headerKey, live } = startRoot(input.secret);
  return {
    peer,
    associatedData,
    receiving: undefined,
    retired: [],
    live: { send: live, receive: [] },
    ratchet: { turn: 'mine', step: 1, root, nextHeaderKey: headerKey, theirs, previous: 0, handshake },
  };
}

/** The responder's session, from whichever envelope of the first chain came first. Throws as `open` does. */
export function startAsResponder(input: {
  peer: Identity;
  secret: Uint8Array;
  associatedData: Uint8Array;
  ours: OurKeys;
  envelope: Uint8Array;
}): { session: Session; plaintext: Uint8Array } {
  const { peer, associatedData, ours } = input;
  checkEnvelopeLength(input.envelope);
  const envelope = parseEnvelope(input.envelope);
  layOut(envelope);
  try {
    return wiping((spent, made) => {
      const { root, headerKey, live } = made(startRoot(input.secret));
      const base = {
        peer,
        associatedData,
        receiving: undefined,
        retired: [],
        live: { send: NONE, receive: [live] },
      };
      const waiting = { step: 1, root: spent(root), nextHeaderKey: headerKey, ours };
      const header = openHeader(headerKey);
      if (header === undefined) throw new CryptoError('forged', 'first envelope');
      const opened = openNew(base, waiting, 0, envelope, header, FIRST_PREAMBLE_BYTES, 'text');
      return { session: opened.session, plaintext: opened.body };
    });
  } finally {
    clear(input.envelope.length);
  }
}
