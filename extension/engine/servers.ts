/** Whether a server can be used, asked before a person relies on it. */
import { ABOUT_PATH, type About, decodeAbout } from '@aside/signal/protocol';
import { BridgeError } from '../bridge/types/errors.ts';
import { AddressError, readTypedServer, serverWithPass, type TypedServer } from './address.ts';

const PATIENCE = 8000;
/** An honest answer has some twenty bytes. */
const ANSWER_MAX_CHARACTERS = 4096;

/** A server as typed: its canonical address, and its pass. Throws a {@link BridgeError}. */
export function typedServer(typed: string): TypedServer {
  try {
    return readTypedServer(typed);
  } catch (error) {
    if (error instanceof AddressError) throw new BridgeError(error.code);
    throw error;
  }
}

/**
 * Asks a server what it is, and gives its address as it was typed, pass and all; `hasPass` tells whether I have one of its
 * operator's from before, or need none. Throws a {@link BridgeError}: malformed, insecure, unreachable, not an Aside server, or without
 * the pass that it asks for.
 */
export async function checkServer(
  typed: string,
  hasPass: (server: string) => boolean,
): Promise<{ readonly server: string; readonly relay: boolean }> {
  const asked = typedServer(typed);
  const { server } = asked;
  let text: string;
  try {
    const answer = await fetch(`${server}${ABOUT_PATH}`, {
      signal: AbortSignal.timeout(PATIENCE),
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    });
    if (!answer.ok) throw new BridgeError('server-not-aside');
    text = (await answer.text()).slice(0, ANSWER_MAX_CHARACTERS);
  } catch (error) {
    throw error instanceof BridgeError ? error : new BridgeError('server-unreachable');
  }
  let about: About;
  try {
    about = decodeAbout(text);
  } catch {
    throw new BridgeError('server-not-aside');
  }
  if (about.pass && asked.pass === undefined && !hasPass(server))
    throw new BridgeError('server-pass-missing');
  return { server: serverWithPass(asked), relay: about.relay };
}
