/** The one place where invite, handshake and session meet (SPEC 5). */
import { accept, offer } from './handshake.ts';
import type { Identity, IdentityKeys } from './identity.ts';
import type { InviteBundle } from './invite/bundle.ts';
import type { InviteKeys } from './invite/keys.ts';
import { handshakeSecrets } from './invite/secrets.ts';
import type { Invite } from './invite/text.ts';
import { parseEnvelope, preambleOf } from './session/envelope.ts';
import { checkEnvelopeLength } from './session/open.ts';
import { startAsInitiator, startAsResponder } from './session/start.ts';
import type { Session } from './session/state.ts';
import { FIRST_PREAMBLE_BYTES, SEALED_HANDSHAKE_BYTES } from './sizes.ts';
import { wipe } from './sodium.ts';

/**
 * The one who accepts an invite. They may seal at once; every envelope carries the handshake part until the first
 * reply was opened. Throws `forged` for a bundle whose keys cannot be agreed with.
 */
export function initiate(input: { me: IdentityKeys; invite: Invite; bundle: InviteBundle }): Session {
  const { me, invite, bundle } = input;
  const secrets = handshakeSecrets(invite.secret);
  const { secret, associatedData, part } = offer({ me, peer: bundle, secrets });
  const session = startAsInitiator({
    peer: bundle.identity,
    secret,
    associatedData,
    handshake: part,
    theirs: bundle.oneTime,
  });
  wipe(secret, secrets.sealKey, secrets.preShared);
  return session;
}

/**
 * The one who made the invite, with the first envelope that opens; any of the first chain may come first. The one-time
 * keys must be erased in the transaction that stores the session. Throws `malformed`, `wrong-version`, `forged` or
 * `too-far-ahead`.
 */
export function respond(input: { me: IdentityKeys; keys: InviteKeys; envelope: Uint8Array }): {
  session: Session;
  peer: Identity;
  plaintext: Uint8Array;
} {
  const { me, keys, envelope } = input;
  checkEnvelopeLength(envelope);
  const preamble = preambleOf(parseEnvelope(envelope), FIRST_PREAMBLE_BYTES);
  const secrets = handshakeSecrets(keys.secret);
  const part = preamble.subarray(0, SEALED_HANDSHAKE_BYTES);
  const { secret, associatedData, peer } = accept({ me, keys, secrets, part });
  const started = startAsResponder({ peer, secret, associatedData, ours: keys, envelope });
  wipe(secret, secrets.sealKey, secrets.preShared);
  return { ...started, peer };
}
