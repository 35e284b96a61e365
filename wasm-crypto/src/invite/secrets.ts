/** What follows from an invite's secret, each by a derivation of its own (SPEC 4.2). */
import { derive, derivePair } from '../kdf.ts';
import { LABELS } from '../labels.ts';
import type { Invite } from './text.ts';

/** The key of the rendezvous mailbox, 32 bytes. */
export function rendezvousKey(invite: Pick<Invite, 'secret'>): Uint8Array {
  return derive({ secret: invite.secret, label: LABELS.inviteRendezvous, length: 32 });
}

/** What a bundle is made and opened with: the rendezvous mailbox's key, and the key that seals the bundle. */
export function bundleSecrets(secret: Uint8Array): { rendezvous: Uint8Array; sealKey: Uint8Array } {
  const [rendezvous, sealKey] = derivePair(secret, [LABELS.inviteRendezvous, LABELS.inviteBundle]);
  return { rendezvous, sealKey };
}

/** What a handshake takes: the key that hides its part from the server, and the pre-shared key. */
export function handshakeSecrets(secret: Uint8Array): { sealKey: Uint8Array; preShared: Uint8Array } {
  const [sealKey, preShared] = derivePair(secret, [LABELS.inviteHandshake, LABELS.invitePreShared]);
  return { sealKey, preShared };
}
