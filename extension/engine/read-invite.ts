/** What the text of an invite says, before any network is asked. */
import { CryptoError, type Invite, readInvite } from '@aside/wasm-crypto';
import { BridgeError } from '../bridge/types.ts';
import { readInviteLink } from './address.ts';

export interface ReadInvite {
  readonly invite: Invite;
  readonly server: string;
}

/** Reads an invite's link, or its bare text, which is at the server `mine`. Throws a `BridgeError`. */
export function readPasted(pasted: string, mine: string, now: number): ReadInvite {
  const trimmed = pasted.trim();
  return readInviteAt(readInviteLink(trimmed) ?? { server: mine, text: trimmed }, now);
}

/** With the problems that the client can tell by itself. Throws a `BridgeError`. */
export function readInviteAt(
  link: { readonly server: string; readonly text: string },
  now: number,
): ReadInvite {
  let invite: Invite;
  try {
    invite = readInvite(link.text);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    throw new BridgeError(error.code === 'wrong-version' ? 'invite-newer-version' : 'invite-damaged');
  }
  if (invite.expires * 1000 <= now) throw new BridgeError('invite-expired');
  return { invite, server: link.server };
}
