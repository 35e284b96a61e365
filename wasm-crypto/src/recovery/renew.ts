/** A session made anew between two who know each other (SPEC 12.5): the handshake of 5, over a recovery bundle. */
import { CryptoError } from '../errors.ts';
import { answer, begin } from '../establish.ts';
import { encodeIdentity } from '../identity.ts';
import type { Session } from '../session/state.ts';
import { equalPublic } from '../sodium.ts';
import { wiping } from '../wiping.ts';
import type { RecoveryBundle, RecoveryPair } from './bundle.ts';
import type { RecoveryKeys } from './keys.ts';
import { recoveryHandshakeSecrets } from './secrets.ts';

/**
 * The one who read a bundle. They may seal at once. Throws `forged` for a bundle whose keys cannot be agreed with.
 */
export function renew(pair: RecoveryPair, bundle: RecoveryBundle): Session {
  const { me, peer, recovery } = pair;
  return wiping((spent) => {
    const secrets = spent(recoveryHandshakeSecrets(recovery, bundle.generation));
    const { session, secret } = begin({ me, peer: { identity: peer, oneTime: bundle.oneTime }, secrets });
    spent(secret);
    return session;
  });
}

/**
 * The one who made the bundle, with the first envelope that opens; any of the first chain may come first. The one-time
 * keys must be erased in the transaction that stores the session. Throws `malformed`, `wrong-version`, `forged` (also
 * for another peer) or `too-far-ahead`.
 */
export function openRenewed(
  pair: RecoveryPair,
  keys: RecoveryKeys,
  envelope: Uint8Array,
): { session: Session; plaintext: Uint8Array } {
  const { me, peer, recovery } = pair;
  return wiping((spent, made) => {
    const secrets = spent(recoveryHandshakeSecrets(recovery, keys.generation));
    const { secret, session, plaintext, peer: found } = answer({ me, keys, secrets, envelope });
    spent(secret);
    made([session, plaintext]);
    // All of it: one who has their Ed25519 key alone could sign any other X25519 key.
    if (!equalPublic(encodeIdentity(found), encodeIdentity(peer))) throw new CryptoError('forged', 'peer');
    return { session, plaintext };
  });
}
