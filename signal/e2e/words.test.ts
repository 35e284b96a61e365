import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { startSignal } from '../launch/server.mjs';
import { SPOKEN_WORDS } from '../protocol/index.ts';
import { LIMITS } from '../src/limits.ts';
import { type Answer, type Mailbox, newMailbox, TestClient } from './client.ts';

/** Through the front door: words that stand for mailboxes. Every test is an address of its own. */
let server: Awaited<ReturnType<typeof startSignal>>;
beforeAll(async () => {
  await buildSignal();
  server = await startSignal({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => server.stop());

let addresses = 0;
const newAddress = () => ({ 'x-forwarded-for': `192.0.2.${++addresses}` });
const connect = (headers = newAddress()) => TestClient.connect(server.url, headers);

async function lend(client: TestClient, box: Mailbox, wish?: number) {
  const frame = { type: 'lend-word', mailbox: box.mailbox, ...(wish === undefined ? {} : { wish }) } as const;
  const answer = await client.ask(frame);
  if (typeof answer === 'string' || answer.type !== 'word-lent') throw new Error(JSON.stringify(answer));
  return answer;
}
const resolve = (client: TestClient, word: number): Promise<Answer> =>
  client.ask({ type: 'resolve-word', word });

describe('a word', () => {
  it('leads from one socket to the mailbox that another has open', async () => {
    const [alice, bob] = [await connect(), await connect()];
    const box = newMailbox();
    await alice.open(box);
    const { word, seconds, mailbox } = await lend(alice, box);
    expect(word).toBeLessThan(SPOKEN_WORDS);
    expect(seconds).toBe(600);
    expect(mailbox).toEqual(box.mailbox);
    expect(await resolve(bob, word)).toMatchObject({ type: 'word-found', mailbox: box.mailbox });
    expect(await bob.send(box, 'ask')).toBe('stored');
    await alice.frames('deliver', 1);
    await alice.ask({ type: 'close', mailbox: box.mailbox });
    expect(await resolve(bob, word)).toMatchObject({ type: 'refused', reason: 'word-unknown' });
  });

  it('is lent for a mailbox that this very socket reads, and for no other', async () => {
    const [alice, eve] = [await connect(), await connect()];
    const box = newMailbox();
    await alice.open(box);
    expect(await eve.ask({ type: 'lend-word', mailbox: box.mailbox })).toMatchObject({
      type: 'refused',
      reason: 'not-open',
    });
  });

  it('outlives its socket, and is the same on the next one', async () => {
    const [alice, bob] = [await connect(), await connect()];
    const box = newMailbox();
    await alice.open(box);
    const { word } = await lend(alice, box);
    await alice.close();
    expect(await resolve(bob, word)).toMatchObject({ type: 'word-found' });
    const again = await connect();
    await again.open(box);
    expect((await lend(again, box)).word).toBe(word);
    await again.ask({ type: 'close', mailbox: box.mailbox });
    await again.open(box);
    expect((await lend(again, box, word)).word).toBe(word);
  });

  it('is not given back by a socket that does not read its mailbox any more', async () => {
    const [first, second, bob] = [await connect(), await connect(), await connect()];
    const box = newMailbox();
    await first.open(box);
    const { word } = await lend(first, box);
    await second.open(box);
    await first.frames('taken', 1);
    expect(await first.ask({ type: 'close', mailbox: box.mailbox })).toMatchObject({
      type: 'refused',
      reason: 'not-open',
    });
    expect(await resolve(bob, word)).toMatchObject({ type: 'word-found', mailbox: box.mailbox });
  });

  it('is not lent to an address without end, nor guessed without end', async () => {
    const greedy = await connect();
    const boxes = Array.from({ length: LIMITS.wordsPerAddress + 1 }, newMailbox);
    for (const box of boxes) await greedy.open(box);
    for (const box of boxes.slice(1)) await lend(greedy, box);
    expect(await greedy.ask({ type: 'lend-word', mailbox: boxes[0]!.mailbox })).toMatchObject({
      type: 'refused',
      reason: 'no-word',
    });
    const guesser = await connect();
    const answers: Answer[] = [];
    for (let word = 0; word < LIMITS.wordsBurst + 5; word++) answers.push(await resolve(guesser, word));
    const rated = answers.filter((a) => typeof a === 'object' && a.type === 'refused' && a.reason === 'rate');
    expect(rated.length).toBeGreaterThan(0);
    expect(rated[0]).toMatchObject({ retryAfter: expect.any(Number) });
    expect((await resolve(await connect(), 1)) as object).not.toMatchObject({ reason: 'rate' });
  });
});
