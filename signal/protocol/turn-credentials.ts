import { readU32, writeU32 } from './bytes.ts';
import { WireError } from './error.ts';

/** What a browser's `iceServers` takes, for `ttl` seconds from now. All text is printable ASCII. */
export interface TurnCredentials {
  /** `turn:` and `turns:` addresses, 1 to 253 of them, each 1 to 255 characters. */
  readonly urls: readonly string[];
  /** 1 to 255 characters. */
  readonly username: string;
  /** 1 to 255 characters. */
  readonly credential: string;
  /** Seconds. */
  readonly ttl: number;
}

/**
 * u32 ttl, u8 number of strings (username, credential, then the addresses), each as u8 length and ASCII.
 * Throws `bad-length` or `bad-value` for what can't be written.
 */
export function turnPayload(credentials: TurnCredentials): Uint8Array {
  const texts = [credentials.username, credentials.credential, ...credentials.urls];
  if (texts.length < 3 || texts.length > 255) throw new WireError('bad-length', '1 to 253 TURN addresses');
  const bytes = new Uint8Array(5 + texts.reduce((sum, text) => sum + 1 + text.length, 0));
  writeU32(bytes, 0, credentials.ttl);
  bytes[4] = texts.length;
  let at = 5;
  for (const text of texts) {
    if (text.length < 1 || text.length > 255)
      throw new WireError('bad-length', 'TURN text of 1 to 255 characters');
    bytes[at++] = text.length;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      requirePrintable(code);
      bytes[at++] = code;
    }
  }
  return bytes;
}

/** The credentials that fill `payload`. Throws {@link WireError}. */
export function readTurnPayload(payload: Uint8Array): TurnCredentials {
  if (payload.length < 5) throw new WireError('bad-length', 'TURN credentials begin with five bytes');
  const count = payload[4]!;
  const texts: string[] = [];
  let at = 5;
  for (let index = 0; index < count; index++) {
    const length = payload[at] ?? 0;
    if (length === 0 || at + 1 + length > payload.length) {
      throw new WireError('bad-length', 'TURN text runs over the frame');
    }
    texts.push(readText(payload, at + 1, length));
    at += 1 + length;
  }
  if (at !== payload.length) throw new WireError('bad-length', 'bytes after the TURN credentials');
  const [username, credential, ...urls] = texts;
  if (username === undefined || credential === undefined || urls.length === 0) {
    throw new WireError('bad-length', 'TURN credentials need a user, a secret and an address');
  }
  return { urls, username, credential, ttl: readU32(payload, 0) };
}

function readText(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let index = at; index < at + length; index++) {
    requirePrintable(bytes[index]!);
    text += String.fromCharCode(bytes[index]!);
  }
  return text;
}

function requirePrintable(code: number): void {
  if (code < 0x21 || code > 0x7e)
    throw new WireError('bad-value', 'TURN text is printable ASCII without spaces');
}
