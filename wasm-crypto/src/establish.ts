/** The one place where handshake and session meet (SPEC 5), and the invite with both. */
import { accept, type HandshakeSecrets, offer, type ResponderKeys } from './handshake.ts';
import type { Identity, IdentityKeys } from './identity.ts';
import type { InviteBundle } from './invite/bundle.ts';
import type { InviteKeys } from './invite/keys.ts';
import { handshakeSecrets } from './invite/secrets.ts';
import type { Invite } from './invite/text.ts';
import { recoverySecretOf } from './recovery/secrets.ts';
import { parseEnvelope, preambleOf } from './session/envelope.ts';
import { checkEnvelopeLength } from './session/open.ts';
import { startAsInitiator, startAsResponder } from './session/start.ts';
import type { Session } from './session/state.ts';
import { FIRST_PREAMBLE_BYTES, SEALED_HANDSHAKE_BYTES } from './sizes.ts';
import { wiping } from './wiping.ts';

/** What an invite leaves behind on both sides. */
export interface Introduced {
  readonly session: Session;
  /** 32 bytes that outlive the session, from which it can be made anew (SPEC 12). */
  readonly recovery: Uint8Array;
}

/**
 * The one who accepts an invite. They may seal at once; every envelope carries the handshake part until the first
 * reply was opened. Throws `forged` for a bundle whose keys cannot be agreed with.
 */
export function initiate(input: { me: IdentityKeys; invite: Invite; bundle: InviteBundle }): Introduced {
  const { me, invite, bundle } = input;
  return wiping((spent) => {
    const secrets = spent(handshakeSecrets(invite.secret));
    const { session, secret } = begin({ me, peer: bundle, secrets });
    return { session, recovery: recoverySecretOf(spent(secret)) };
  });
}

/**
 * The one who made the invite, with the first envelope that opens; any of the first chain may come first. The one-time
 * keys must be erased in the transaction that stores the session. Throws `malformed`, `wrong-version`, `forged` or
 * `too-far-ahead`.
 */
export function respond(input: {
  me: IdentityKeys;
  keys: InviteKeys;
  envelope: Uint8Array;
}): Introduced & { readonly peer: Identity; readonly plaintext: Uint8Array } {
  const { me, keys, envelope } = input;
  return wiping((spent) => {
    const secrets = spent(handshakeSecrets(keys.secret));
    const { session, peer, plaintext, secret } = answer({ me, keys, secrets, envelope });
    return { session, recovery: recoverySecretOf(spent(secret)), peer, plaintext };
  });
}

/** The initiator's session for one-time keys, wherever they came from; the caller wipes the handshake's secret. */
export function begin(input: {
  me: IdentityKeys;
  peer: { identity: Identity; oneTime: ResponderKeys['oneTime'] };
  secrets: HandshakeSecrets;
}): { session: Session; secret: Uint8Array } {
  const { me, peer, secrets } = input;
  const { secret, associatedData, part } = offer({ me, peer, secrets });
  const session = startAsInitiator({
    peer: peer.identity,
    secret,
    associatedData,
    handshake: part,
    theirs: peer.oneTime,
  });
  return { session, secret };
}

/** The responder's session, from whichever envelope of the first chain; the caller wipes the handshake's secret. */
export function answer(input: {
  me: IdentityKeys;
  keys: ResponderKeys;
  secrets: HandshakeSecrets;
  envelope: Uint8Array;
}): { session: Session; peer: Identity; plaintext: Uint8Array; secret: Uint8Array } {
  const { me, keys, secrets, envelope } = input;
  checkEnvelopeLength(envelope);
  const preamble = preambleOf(parseEnvelope(envelope), FIRST_PREAMBLE_BYTES);
  const part = preamble.subarray(0, SEALED_HANDSHAKE_BYTES);
  return wiping((_, made) => {
    const { secret, associatedData, peer } = accept({ me, keys, secrets, part });
    const started = startAsResponder({ peer, secret: made(secret), associatedData, ours: keys, envelope });
    return { ...started, peer, secret };
  });
}
