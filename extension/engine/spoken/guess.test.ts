import { mailboxIdOf, randomBytes } from '@aside/wasm-crypto';
import { loadCrypto } from '@aside/wasm-crypto/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../encoding.ts';
import type { WordAnswer } from '../mail/requests.ts';
import type { Sockets } from '../mail/sockets.ts';
import { HandClock, settle } from '../testing/hand-clock.ts';
import { SpokenGuess } from './guess.ts';

beforeAll(loadCrypto);

const SERVER = 'https://aside.example.org';
const WORDS = [1, 2, 3] as const;

/** A guess with a server that opens mailboxes and says of a word what `resolveWord` does. */
function guessAt(resolveWord: () => Promise<WordAnswer>) {
  const clock = new HandClock();
  const opened: Uint8Array[] = [];
  const said: Uint8Array[] = [];
  const socket = {
    openMailbox: (key: Uint8Array) => opened.push(mailboxIdOf(key)),
    closeMailbox: () => {},
    resolveWord,
    store: async (_to: Uint8Array, envelope: Uint8Array) => {
      said.push(envelope);
      return { kind: 'done', outcome: 'stored' };
    },
  };
  const whenAway = (_server: string, patience: number, call: () => void) => clock.after(patience, call);
  const sockets = { to: () => socket, whenAway } as unknown as Sockets;
  const guess = new SpokenGuess({ sockets, clock, isMine: () => false });
  return { clock, guess, said, open: () => guess.opened(toHex(opened[0] as Uint8Array)) };
}

describe('whoever was told that the server cannot be reached', () => {
  it('has not spent the one guess when it answers after all', async () => {
    let answer: (answer: WordAnswer) => void = () => {};
    const { clock, guess, said, open } = guessAt(
      () =>
        new Promise((done) => {
          answer = done;
        }),
    );
    const refused = expect(guess.accept(WORDS, SERVER)).rejects.toMatchObject({ code: 'server-away' });
    open();
    await clock.advance(15_000);
    await refused;
    answer({ kind: 'found', mailbox: randomBytes(32) });
    await settle();
    expect(said).toEqual([]);
  });
});

describe('where a server does not say where a word leads', () => {
  it.each([
    ['word-unknown', 'words-unknown'],
    ['rate', 'words-rate'],
    // The words may be the right ones: whoever is told that nobody waits for them asks for others.
    ['server-busy', 'server-away'],
  ] as const)('because of %s, the person is told %s', async (reason, code) => {
    const { guess, open } = guessAt(async () => ({ kind: 'refused', reason, retryAfter: 0 }));
    const refused = expect(guess.accept(WORDS, SERVER)).rejects.toMatchObject({ code });
    open();
    await refused;
  });
});
