import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../encoding.ts';
import { type TwoContacts, twoContacts } from '../testing/two-contacts.ts';

let two: TwoContacts;

beforeEach(async () => {
  two = await twoContacts();
});
afterEach(() => two.end());

/** The longest of its kind that is taken. Each that is longer is refused with this code. */
async function longest<T>(take: (length: number) => Promise<T>, code: string, upTo: number): Promise<T> {
  let [taken, refused] = [0, upTo];
  let last: T | undefined;
  while (refused - taken > 1) {
    const length = Math.floor((taken + refused) / 2);
    try {
      last = await take(length);
      taken = length;
    } catch (error) {
      expect(error).toMatchObject({ code });
      refused = length;
    }
  }
  return last as T;
}

/**
 * Bob writes what does not arrive, and restarts, so that another run of his follows the one that sealed it. Alice comes
 * back from a copy, and Bob seals all of it anew.
 */
async function sealedAnew<T>(write: () => Promise<T>): Promise<T> {
  const { alice, bob, server, toAlice, toBob } = two;
  const copy = await alice.copy();
  await alice.send(toBob, 'forgotten');
  await bob.conversation(toAlice, (m) => m.length === 1);
  const from = server.puts.length;
  server.fate = () => [];
  const written = await write();
  await bob.send(toAlice, 'last');
  await bob.conversation(toAlice, (m) => m.at(-1)?.delivery?.state === 'sent');
  await bob.restart();
  // Not even where he is asked for it once more.
  const lost = server.puts.slice(from).map(({ envelope }) => toHex(envelope));
  server.fate = (put) => (lost.includes(toHex(put.envelope)) ? [] : [put]);
  await alice.goBackTo(copy);
  await alice.send(toBob, 'back');
  return written;
}

describe('the longest that can be sealed', () => {
  it('can be sealed anew, as a text', async () => {
    const { alice, bob, toAlice, toBob } = two;
    // As JSON a quotation mark is two bytes, and a letter one.
    const text = (length: number) => '"'.repeat(length >> 1) + 'a'.repeat(length & 1);
    const send = async (length: number) => {
      await bob.send(toAlice, text(length));
      return length;
    };
    const length = await sealedAnew(() => longest(send, 'text-too-long', 80_000));
    expect(length).toBeGreaterThan(61_000);
    const heard = await alice.conversation(toBob, (m) => m.some((one) => one.text === text(length)));
    expect(heard.length).toBeGreaterThan(1);
  });

  it('can be sealed anew, as a proof', async () => {
    const { alice, bob, toAlice, toBob } = two;
    const { text: statement } = await bob.engine.handle({ type: 'identity-statement' });
    const proof = (length: number) =>
      `-----BEGIN PGP SIGNED MESSAGE-----\nA: ${'\u0001'.repeat(length / 6)}${'a'.repeat(length % 6)}\n\n${statement}\n-----BEGIN PGP SIGNATURE-----\nA\n-----END PGP SIGNATURE-----`;
    const attach = async (length: number) => {
      await bob.engine.handle({ type: 'attach-proof', contactId: toAlice, text: proof(length) });
      return length;
    };
    const length = await sealedAnew(() => longest(attach, 'proof-too-long', 80_000));
    expect(length).toBeGreaterThan(60_500);
    await alice.contact(({ proof }) => proof.theirs !== undefined);
    const { text } = await alice.engine.handle({ type: 'their-proof', contactId: toBob });
    expect(text).toBe(proof(length));
  });
});
