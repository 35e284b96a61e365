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
describe('whoever was told that the server cannot be reached', () => {
  it('has not spent the one guess when it answers after all', async () => {
    const clock = new HandClock();
    const opened: Uint8Array[] = [];
    const said: Uint8Array[] = [];
    let answer: (answer: WordAnswer) => void = () => {};
    const socket = {
      openMailbox: (key: Uint8Array) => opened.push(mailboxIdOf(key)),
      closeMailbox: () => {},
      resolveWord: () =>
        new Promise<WordAnswer>((done) => {
          answer = done;
        }),
      store: async (_to: Uint8Array, envelope: Uint8Array) => {
        said.push(envelope);
        return { kind: 'done', outcome: 'stored' };
      },
    };
    const whenAway = (_server: string, patience: number, call: () => void) => clock.after(patience, call);
    const sockets = { to: () => socket, whenAway } as unknown as Sockets;
    const guess = new SpokenGuess({ sockets, clock, isMine: () => false });
    const accepting = guess.accept([1, 2, 3], SERVER);
    const refused = expect(accepting).rejects.toMatchObject({ code: 'server-away' });
    guess.opened(toHex(opened[0] as Uint8Array));
    await clock.advance(15_000);
    await refused;
    answer({ kind: 'found', mailbox: randomBytes(32) });
    await settle();
    expect(said).toEqual([]);
  });
});
