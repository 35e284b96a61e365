import { WireError } from './error.ts';

/** GET this over http(s) to see whether an Aside server lives at an address (WIRE.md, section 1). */
export const ABOUT_PATH = '/about';

export interface About {
  /** The wire's version. */
  readonly aside: 1;
  /** Whether it hands out TURN credentials. */
  readonly relay: boolean;
  /** Whether it asks for a pass before it takes in a mailbox that it does not know. */
  readonly pass: boolean;
}

/** The JSON text of an About answer. */
export function encodeAbout(about: About): string {
  return JSON.stringify({ aside: about.aside, relay: about.relay, pass: about.pass });
}

/** Reads the text of an About answer; members that it does not know are ignored. Throws `bad-value`. */
export function decodeAbout(text: string): About {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new WireError('bad-value', 'not JSON');
  }
  if (typeof value !== 'object' || value === null) throw new WireError('bad-value', 'not an Aside server');
  const { aside, relay, pass } = value as Record<string, unknown>;
  if (aside !== 1) throw new WireError('bad-value', 'not an Aside server of this version');
  return { aside, relay: relay === true, pass: pass === true };
}
