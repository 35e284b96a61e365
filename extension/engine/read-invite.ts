/** What the text of an invite says, before any network is asked. */
import { CryptoError, type Invite, readInvite } from '@aside/wasm-crypto';
import { BridgeError } from '../bridge/types/errors.ts';
import { readInviteLink } from './address.ts';

export interface ReadInvite {
  readonly invite: Invite;
  readonly server: string;
}

/** An address that has nothing behind `#`, where the invite was: some programs cut it off. */
const CUT = /^https?:\/\/[^#\s]+#?$/i;

/** The most that is searched for a link: a long message around it. Characters. */
const SEARCHED_MAX = 10_000;
const LINKS = /https?:\/\/[^/?#\s]+\/i#[A-Za-z0-9_-]+/g;

/** The one invite's link in a text that has more around it, as who copies a whole message pastes it. */
function linkWithin(text: string): ReturnType<typeof readInviteLink> {
  if (text.length > SEARCHED_MAX) return undefined;
  const links = new Set(text.match(LINKS));
  const [only] = links;
  return only === undefined || links.size > 1 ? undefined : readInviteLink(only);
}

/**
 * An invite's link as it was pasted, also in the midst of other words, or its bare text, which is at the server `mine`,
 * if there is one. Throws a `BridgeError`.
 */
export function pastedLink(pasted: string, mine: string | undefined): { server: string; text: string } {
  const text = pasted.trim();
  if (text === '') throw new BridgeError('invite-missing');
  if (CUT.test(text)) throw new BridgeError('invite-cut');
  const link = readInviteLink(text) ?? linkWithin(text);
  if (link !== undefined) return link;
  if (mine === undefined) throw new BridgeError('invite-damaged');
  return { server: mine, text };
}

/** Reads an invite's link, or its bare text, which is at the server `mine`. Throws a `BridgeError`. */
export function readPasted(pasted: string, mine: string, now: number): ReadInvite {
  return readInviteAt(pastedLink(pasted, mine), now);
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
