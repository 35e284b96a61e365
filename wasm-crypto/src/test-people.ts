/** Two people for tests: Alice made the invite (and responds), Bob accepts it (and initiates). */
import { CryptoError } from './errors.ts';
import { initiate, respond } from './establish.ts';
import { type IdentityKeys, newIdentity } from './identity.ts';
import { openBundle } from './invite/bundle.ts';
import { type CreatedInvite, createInvite } from './invite/create.ts';
import { type Invite, readInvite } from './invite/text.ts';
import { open } from './session/open.ts';
import { seal } from './session/seal.ts';
import type { Session } from './session/state.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const utf8 = (text: string): Uint8Array => encoder.encode(text);
export const asText = (bytes: Uint8Array): string => decoder.decode(bytes);

export interface Pair {
  readonly alice: IdentityKeys;
  readonly bob: IdentityKeys;
  readonly invite: Invite;
  readonly created: CreatedInvite;
  /** Before anything was sealed. */
  readonly bobSession: Session;
  /** What Bob's side of the handshake left. */
  readonly recovery: Uint8Array;
}

/** An invite that Bob has accepted and nobody has spoken over. */
export function invited(): Pair {
  const alice = newIdentity();
  const bob = newIdentity();
  const reply = { id: new Uint8Array(32).fill(7), server: 'https://aside.example.org' };
  const created = createInvite({ me: alice, expires: 2_000_000_000, reply });
  const invite = readInvite(created.text);
  const bundle = openBundle(invite, created.bundle);
  const { session: bobSession, recovery } = initiate({ me: bob, invite, bundle });
  return { alice, bob, invite, created, bobSession, recovery };
}

/** Both sessions after Bob's first message and Alice's reply. */
export function acquainted(): Pair & { a: Session; b: Session } {
  const pair = invited();
  const hello = seal(pair.bobSession, utf8('hello'));
  const met = respond({ me: pair.alice, keys: pair.created.keys, envelope: hello.envelope });
  const reply = seal(met.session, utf8('hi'));
  const opened = open(hello.session, reply.envelope);
  return { ...pair, a: reply.session, b: opened.session };
}

export const texts = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `text ${index}`);

/** Seals one after another. */
export function sealAll(
  session: Session,
  all: readonly string[],
): { session: Session; envelopes: Uint8Array[] } {
  let state = session;
  const envelopes = all.map((text) => {
    const sealed = seal(state, utf8(text));
    state = sealed.session;
    return sealed.envelope;
  });
  return { session: state, envelopes };
}

/** One message each way, so that two chains pass. */
export function exchange(a: Session, b: Session): { a: Session; b: Session } {
  const there = seal(a, utf8('there'));
  const opened = open(b, there.envelope);
  const back = seal(opened.session, utf8('back'));
  return { a: open(there.session, back.envelope).session, b: back.session };
}

export const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export const unhex = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(2 * at, 2 * at + 2), 16),
  );

/** The code of the CryptoError that a call throws; anything else fails the test. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof CryptoError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}
