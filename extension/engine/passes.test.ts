import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSignal } from '../../signal/launch/server.mjs';
import { Passes } from './passes.ts';
import { makePair } from './testing/pair.ts';
import { Person } from './testing/person.ts';

/** People at a server that asks for a pass, through real engines and the real server. */
const [PASS, NEXT] = ['the-pass-of-this-choir', 'the-next-pass-of-this-choir'];
let server: Awaited<ReturnType<typeof startSignal>>;
const everybody: Person[] = [];

async function person(name: string, address: string): Promise<Person> {
  const made = await new Person(name, address).begin();
  everybody.push(made);
  return made;
}

const withPass = (pass = PASS) => `${server.origin}/#pass=${pass}`;

beforeAll(async () => {
  server = await startSignal({ env: { PASSES: `${PASS},${NEXT}` } });
});

afterAll(async () => {
  for (const one of everybody) one.stop();
  await server.stop();
});

describe('a server that asks for a pass', () => {
  it('serves whom a holder of one invites, who needs none, also after a restart', async () => {
    const alice = await person('Alice', withPass());
    const bob = await person('Bob', server.origin);
    const link = await alice.invite();
    expect(link).not.toContain(PASS);
    const toAlice = await bob.accept(link);
    const fromBob = await alice.contact(({ name }) => name === 'Bob');
    await bob.contact(({ stage }) => stage === 'ready');
    bob.stop();
    await alice.send(fromBob.id, 'while you were away');
    await bob.restart();
    await bob.conversation(toAlice, (messages) => messages.length === 1);
    await bob.send(toAlice, 'here I am');
    await alice.conversation(fromBob.id, (messages) => messages.length === 2);
    expect((await alice.app(() => true)).settings.server).toBe(server.origin);
  });

  it('serves two newcomers of one member, and one of two, each by the pass of their invite', async () => {
    const [hans, ines] = [await person('Hans', withPass()), await person('Ines', withPass(NEXT))];
    const [jan, kim] = [await person('Jan', server.origin), await person('Kim', server.origin)];
    for (const [guest, member] of [
      [jan, hans],
      [kim, hans],
      [jan, ines],
    ] as const) {
      const contactId = await guest.accept(await member.invite());
      const { id } = await member.contact(({ name }) => name === guest.name);
      await member.send(id, 'welcome');
      await guest.conversation(contactId, (messages) => messages.length === 1);
    }
    await jan.restart();
    for (const member of [hans, ines]) {
      const { id } = await jan.contact(({ name }) => name === member.name);
      const { id: toJan } = await member.contact(({ name }) => name === 'Jan');
      await member.send(toJan, 'still there?');
      await jan.conversation(id, (messages) => messages.length === 2);
      await jan.send(id, 'still here');
      await member.conversation(toJan, (messages) => messages.length === 3);
    }
    for (const guest of [jan, kim]) await guest.app(({ server: { state } }) => state === 'online');
  });

  it('serves whom a holder of one invites by three words, and makes them that one’s guest', async () => {
    const lena = await person('Lena', withPass());
    const words = await lena.words();
    const max = new Person('Max', server.origin);
    everybody.push(max);
    await max.engine.start();
    // What a first run with three words does.
    const check = { type: 'check-server', server: server.origin } as const;
    await expect(max.engine.handle(check)).rejects.toMatchObject({ code: 'server-pass-missing' });
    expect(await max.engine.handle({ ...check, invited: true })).toMatchObject({ server: server.origin });
    await max.engine.handle({ type: 'begin', name: 'Max', server: server.origin });
    const toLena = await max.acceptWords(words);
    const fromMax = await lena.contact(({ name }) => name === 'Max');
    await max.contact(({ stage }) => stage === 'ready');
    await lena.send(fromMax.id, 'heard you');
    await max.conversation(toLena, (messages) => messages.length === 1);
    await max.app(({ server: { state } }) => state === 'online');
    // One guess for them, too, as for whoever comes after them.
    const again = await lena.words();
    const wrong = [again[0], again[1], (again[2] + 1) % 2048] as const;
    await expect(max.acceptWords(wrong)).rejects.toMatchObject({ code: 'words-wrong' });
    expect((await lena.spoken('failed')).words).toEqual(again);
  });

  it('has nothing for words of somebody without a pass', async () => {
    const [nora, otto] = [await person('Nora', server.origin), await person('Otto', server.origin)];
    await expect(nora.words()).rejects.toMatchObject({ code: 'server-pass-missing' });
    await nora.app(({ server: { state } }) => state === 'online');
    await expect(otto.acceptWords([2047, 1, 2])).rejects.toMatchObject({ code: 'words-unknown' });
  });

  it('lets nobody invite with a pass that is none, and says whom to ask', async () => {
    const carol = await person('Carol', withPass('a-pass-that-was-withdrawn'));
    await expect(carol.invite()).rejects.toMatchObject({ code: 'server-pass-refused' });
  });

  it('is not taken for one to begin with where its address came without the pass', async () => {
    const fred = new Person('Fred', server.origin);
    everybody.push(fred);
    await fred.engine.start();
    const check = (address: string) => fred.engine.handle({ type: 'check-server', server: address });
    await expect(check(server.origin)).rejects.toMatchObject({ code: 'server-pass-missing' });
    expect(await check(withPass())).toMatchObject({ server: withPass() });
    await fred.engine.handle({ type: 'begin', name: 'Fred', server: withPass() });
    // The pass is known by now, and is not shown on any screen.
    expect(await check(server.origin)).toMatchObject({ server: server.origin });
  });

  it('says that it wants a pass, and opens what waits once there is one', async () => {
    const gina = await person('Gina', server.origin);
    await gina.engine.handle({ type: 'create-invite' });
    const stuck = await gina.app(({ server: { state } }) => state === 'pass-needed');
    expect(stuck.server).toEqual({ state: 'pass-needed', pass: 'missing' });
    expect(stuck.invites.map(({ state }) => state)).toEqual(['placing']);
    await gina.engine.handle({ type: 'change-settings', change: { server: withPass() } });
    await gina.app(({ invites }) => invites.every(({ state }) => state === 'open'));
    await gina.app(({ server: { state } }) => state === 'online');
  });

  it('takes a pass that comes later', async () => {
    const dora = await person('Dora', server.origin);
    const change = { type: 'change-settings', change: { server: withPass(NEXT) } } as const;
    await dora.engine.handle(change);
    expect((await dora.app(() => true)).settings.server).toBe(server.origin);
    const emil = await person('Emil', server.origin);
    await emil.accept(await dora.invite());
    await dora.contact(({ name }) => name === 'Emil');
  });
});

describe('passes that come at the same time', () => {
  it('are all kept, and being a guest takes away none of mine', async () => {
    const { database } = (await makePair()).alice;
    const passes = new Passes(database);
    await passes.load();
    const [first, second] = [Uint8Array.of(1), Uint8Array.of(2)];
    const [one, other] = ['https://one.example', 'https://other.example'];
    await Promise.all([passes.keep(one, first), passes.keep(other, second), passes.noteGuest(one)]);
    for (const kept of [passes, new Passes(database)]) {
      await kept.load();
      expect([kept.own(one), kept.own(other)]).toEqual([first, second]);
    }
  });
});
