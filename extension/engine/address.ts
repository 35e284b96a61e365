/**
 * The addresses that a person types or pastes: a server's and an invite's.
 *
 * A server is known by its origin. TLS is required but on loopback, where there is nobody to listen in and no
 * certificate to be had; the extension's own content security policy would let `ws://` through (PLATFORM).
 */

/** Longest server origin that an invite or a contact may name. */
const SERVER_MAX_CHARACTERS = 200;

export type AddressProblem = 'server-malformed' | 'server-insecure';

export class AddressError extends Error {
  override readonly name = 'AddressError';
  readonly code: AddressProblem;
  constructor(code: AddressProblem) {
    super(code);
    this.code = code;
  }
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The canonical origin of a server as typed: `chat.example.org` becomes `https://chat.example.org`, and loopback
 * names without a scheme get `http`. Throws an {@link AddressError}.
 */
export function canonicalServer(typed: string): string {
  const text = typed.trim();
  // Chromium takes a host with spaces in it, and then looks for it in vain.
  if (text === '' || /\s/.test(text) || text.length > SERVER_MAX_CHARACTERS)
    throw new AddressError('server-malformed');
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${guessScheme(text)}://${text}`);
  } catch {
    throw new AddressError('server-malformed');
  }
  if (url.protocol === 'wss:' || url.protocol === 'ws:') {
    url = new URL(url.href.replace(/^ws/, 'http'));
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new AddressError('server-malformed');
  if (url.username !== '' || url.password !== '' || url.hostname === '')
    throw new AddressError('server-malformed');
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) throw new AddressError('server-insecure');
  // Names outside of ASCII grow as they become what is sent over the wire.
  if (url.origin.length > SERVER_MAX_CHARACTERS) throw new AddressError('server-malformed');
  return url.origin;
}

/** Without a port that goes without saying, or one server would have two names. */
const ORIGIN =
  /^(?!https:.*:443$|http:.*:80$)https?:\/\/(\[[\da-f:.]+\]|[a-z\d!"$&'()*+,.;=_`{}~-]+)(?::[1-9]\d{0,4})?$/;

/**
 * Whether a text is an origin as {@link canonicalServer} gives it, here or in another browser, which may know other names
 * outside of ASCII: it shows what it is, and it has TLS or is this very machine.
 */
export function isServer(text: string): boolean {
  if (text.length > SERVER_MAX_CHARACTERS) return false;
  const host = ORIGIN.exec(text)?.[1];
  return host !== undefined && (text.startsWith('https:') || LOOPBACK.test(host));
}

/** What follows the address of a server that asks for a pass (WIRE 7). */
const PASS_MARK = '#pass=';

/** A server as its operator gives it out: its address, and the pass behind it if there is one. */
export interface TypedServer {
  readonly server: string;
  readonly pass?: Uint8Array;
}

/** Reads a typed server with its pass. Throws an {@link AddressError}. */
export function readTypedServer(typed: string): TypedServer {
  const at = typed.indexOf(PASS_MARK);
  if (at === -1) return { server: canonicalServer(typed) };
  const pass = typed.slice(at + PASS_MARK.length).trim();
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(pass)) throw new AddressError('server-malformed');
  return { server: canonicalServer(typed.slice(0, at)), pass: new TextEncoder().encode(pass) };
}

/** The address with its pass, as {@link readTypedServer} reads it. */
export function serverWithPass({ server, pass }: TypedServer): string {
  return pass === undefined ? server : `${server}/${PASS_MARK}${new TextDecoder().decode(pass)}`;
}

function guessScheme(text: string): 'http' | 'https' {
  const host = text.replace(/[/?#].*$/, '').replace(/:\d+$/, '');
  return LOOPBACK.test(host) ? 'http' : 'https';
}

/** Where the socket of a server is: `wss://…` followed by the wire format's path. */
export function socketAddress(server: string, path: string): string {
  return `${server.replace(/^http/, 'ws')}${path}`;
}

/** An invite's address for people: the landing page of the server with the invite's text in the fragment. */
export function inviteLink(server: string, text: string): string {
  return `${server}/i#${text}`;
}

/** Longest text of an invite, and so the most that is looked at in a pasted link. */
const INVITE_MAX_CHARACTERS = 400;

/**
 * The server and the invite's text in a link. Nothing but the strict shape `<origin>/i#<text>` passes, because the
 * toolbar button offers to accept whatever tab is open. Returns `undefined` for any other address.
 */
export function readInviteLink(link: string): { readonly server: string; readonly text: string } | undefined {
  const trimmed = link.trim();
  if (trimmed.length > INVITE_MAX_CHARACTERS) return undefined;
  const match = /^(https?:\/\/[^/?#\s]+)\/i#([A-Za-z0-9_-]{20,})$/.exec(trimmed);
  if (match === null) return undefined;
  try {
    const server = canonicalServer(match[1] as string);
    return server === match[1] ? { server, text: match[2] as string } : undefined;
  } catch {
    return undefined;
  }
}
