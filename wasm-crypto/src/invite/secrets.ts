/** What follows from an invite's secret, each by a derivation of its own (SPEC 4.2). */
import { derive } from '../kdf.ts';
import { LABELS } from '../labels.ts';
import type { Invite } from './text.ts';

const from = (secret: Uint8Array, label: Uint8Array): Uint8Array => derive({ secret, label, length: 32 });

/** The key of the rendezvous mailbox, 32 bytes. */
export function rendezvousKey(invite: Pick<Invite, 'secret'>): Uint8Array {
  return from(invite.secret, LABELS.inviteRendezvous);
}

/** The key that seals the bundle. */
export function bundleKey(secret: Uint8Array): Uint8Array {
  return from(secret, LABELS.inviteBundle);
}

/** The key that hides the handshake part from the server. */
export function handshakeKey(secret: Uint8Array): Uint8Array {
  return from(secret, LABELS.inviteHandshake);
}

/** The handshake's pre-shared key. */
export function preSharedKey(secret: Uint8Array): Uint8Array {
  return from(secret, LABELS.invitePreShared);
}
