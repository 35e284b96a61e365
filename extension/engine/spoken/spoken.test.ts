import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerByWords, decodeWordsMessage, encodeWordsMessage } from '@aside/wasm-crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildSignal } from '../../../signal/build.mjs';
import { startSignal } from '../../../signal/launch/server.mjs';
import type { ThreeWords } from '../../bridge/types/snapshots.ts';
import type { Clock } from '../clock.ts';
import { toHex } from '../encoding.ts';
import { FullDisks } from '../testing/full-disks.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { HostileServer } from '../testing/hostile-server.ts';
import { Person } from '../testing/person.ts';
import { changeRows, rowsOf } from '../testing/rows.ts';
import { SkipClock } from '../testing/skip-clock.ts';
import { SlowDisk } from '../testing/slow-disk.ts';
import { Stranger } from '../testing/stranger.ts';
import { wordsKindOf } from '../testing/words-kind.ts';
import { SPOKEN_LIFETIME } from './offer.ts';

let server: Awaited<ReturnType<typeof startSignal>>;
const everybody: { stop(): void }[] = [];

async function person(name: string, origin = server.origin, clock?: Clock): Promise<Person> {
  const made = await new Person(name, origin, clock).begin();
  everybody.push(made);
  return made;
}

beforeAll(async () => {
  await buildSignal();
  // Everybody here has one address, and asks for more words than one person would.
  server = await startSignal();
});
afterEach(() => {
  for (const one of everybody.splice(0)) one.stop();
});
afterAll(() => server.stop());

const other = ([first, second, third]: ThreeWords): ThreeWords => [first, second, (third + 1) % 2048];

describe('three words', () => {
  it('end in the same contact as a link', async () => {
    const [alice, bob] = [await person('Alice'), await person('Bob')];
    const words = await alice.words();
    for (const word of words) expect(word).toBeLessThan(2048);
    const toAlice = await bob.acceptWords(words);
    const fromBob = await alice.contact(({ name }) => name === 'Bob');
    expect(fromBob.introduced).toBe('my-invite');
    const known = await bob.contact(({ stage }) => stage === 'ready');
    expect(known).toMatchObject({ id: toAlice, name: 'Alice', introduced: 'their-invite' });
    expect(known.safety).toEqual(fromBob.safety);
    await bob.send(toAlice, 'Hello Alice');
    const heard = await alice.conversation(fromBob.id, (messages) => messages.length === 1);
    expect(heard[0]?.text).toBe('Hello Alice');
    const { invites } = await alice.app(({ spoken }) => spoken === undefined);
    expect(invites).toEqual([]);
  });

  it('lead to whoever took them after a restart too', async () => {
    const [alice, bob] = [await person('Alice'), await person('Bob')];
    await alice.words();
    const { id, words } = await alice.spoken('open');
    await bob.acceptWords(words);
    const { id: contactId } = await alice.contact(({ name }) => name === 'Bob');
    await alice.restart();
    expect((await alice.app(({ spoken }) => spoken === undefined)).taken).toEqual([{ id, contactId }]);
  });

  it('are over after a restart too, where it came between the contact that they made and their end', async () => {
    const [alice, bob] = [await person('Alice'), await person('Bob')];
    const words = await alice.words();
    const [row] = await rowsOf(alice, 'spoken');
    await bob.acceptWords(words);
    const { id: contactId } = await alice.contact(({ name }) => name === 'Bob');
    await alice.engine.stop();
    const none = new Uint8Array(32);
    await changeRows(alice.database, ['spoken'], async (tx) =>
      tx.put('spoken', 'mine', {
        ...(row as NonNullable<typeof row>),
        step: { at: 'agreed', share: none, invite: 'used', answer: none, reply: none },
      }),
    );
    alice.renew();
    await alice.engine.start();
    const { taken } = await alice.app(({ spoken }) => spoken === undefined);
    expect(taken).toEqual([{ id: row?.id, contactId }]);
  });

  it('lead to another server where it is named', async () => {
    const elsewhere = await startSignal();
    try {
      const alice = await person('Alice', elsewhere.origin);
      const bob = await person('Bob');
      const words = await alice.words();
      await expect(bob.acceptWords(words)).rejects.toMatchObject({ code: 'words-unknown' });
      const typed = elsewhere.origin.replace('http://', '');
      await bob.acceptWords(words, typed);
      // Nothing of hers goes to his server before she has allowed it.
      const { id, moveTo } = await alice.contact(({ name }) => name === 'Bob');
      expect(moveTo).toEqual({ server: server.origin, held: true });
      await alice.engine.handle({ type: 'allow-server', contactId: id, server: server.origin });
      expect((await bob.contact(({ stage }) => stage === 'ready')).server).toBe(elsewhere.origin);
    } finally {
      for (const one of everybody.splice(0)) one.stop();
      await elsewhere.stop();
    }
  });

  it('are burnt by one wrong guess, which their owner sees', async () => {
    const [alice, bob] = [await person('Alice'), await person('Bob')];
    const words = await alice.words();
    await expect(bob.acceptWords(other(words))).rejects.toMatchObject({ code: 'words-wrong' });
    expect((await alice.spoken('failed')).words).toEqual(words);
    await expect(bob.acceptWords(words)).rejects.toMatchObject({ code: 'words-unknown' });
    const fresh = await alice.words();
    await bob.acceptWords(fresh);
    await alice.contact(({ name }) => name === 'Bob');
  });

  it('tell their owner of a wrong guess once, until it was seen', async () => {
    const [alice, bob] = [await person('Alice'), await person('Bob')];
    const ofWords = () => alice.news.filter(({ about }) => about === 'words-failed');
    const guessWrong = async () => {
      const words = await alice.words();
      await expect(bob.acceptWords(other(words))).rejects.toMatchObject({ code: 'words-wrong' });
      await alice.spoken('failed');
    };
    await guessWrong();
    await expect.poll(ofWords).toEqual([{ about: 'words-failed', tag: 'words' }]);
    await alice.restart();
    await alice.spoken('failed');
    expect(ofWords()).toHaveLength(1);
    expect(alice.dismissed).toEqual([]);
    await alice.words();
    expect(alice.dismissed).toEqual(['words']);
    // Taken back, these are nobody's failure; and where a view is open, it says so itself.
    await alice.engine.handle({ type: 'cancel-words-invite' });
    alice.engine.viewsOpen(1);
    await guessWrong();
    await alice.engine.handle({ type: 'cancel-words-invite' });
    alice.engine.viewsOpen(0);
    await alice.app(({ spoken }) => spoken === undefined);
    expect(ofWords()).toHaveLength(1);
  });

  it('are neither my own nor nobody’s', async () => {
    const alice = await person('Alice');
    const [first, second, third] = await alice.words();
    await expect(alice.acceptWords([first, second, third])).rejects.toMatchObject({ code: 'invite-own' });
    await alice.engine.handle({ type: 'cancel-words-invite' });
    expect((await alice.app(({ spoken }) => spoken === undefined)).spoken).toBeUndefined();
    await expect(alice.acceptWords([first, second, third])).rejects.toMatchObject({ code: 'words-unknown' });
  });

  it('lead to whoever said them also where they have another server since', async () => {
    const elsewhere = await HostileServer.start();
    everybody.push(elsewhere);
    const [alice, bob] = [await person('Alice'), await person('Bob')];
    const words = await alice.words();
    await alice.engine.handle({ type: 'change-settings', change: { server: elsewhere.url } });
    await bob.acceptWords(words);
    await alice.contact(({ name }) => name === 'Bob');
  });

  it('last ten minutes', async () => {
    const clock = new HandClock();
    const alice = await person('Alice', server.origin, clock);
    const { words, expiresAt } = await alice.words().then(() => alice.spoken('open'));
    expect(expiresAt).toBe(clock.now() + SPOKEN_LIFETIME);
    await clock.advance(SPOKEN_LIFETIME);
    expect((await alice.spoken('lapsed')).words).toEqual(words);
  });

  it('stand through a restart of the server and of the browser', async () => {
    const data = mkdtempSync(join(tmpdir(), 'aside-spoken-'));
    const mortal = await startSignal({ data });
    const [alice, bob] = [await person('Alice', mortal.origin), await person('Bob')];
    const words = await alice.words();
    await mortal.kill();
    await alice.app((s) => s.server.state === 'unreachable');
    const again = await startSignal({ port: mortal.port, data });
    try {
      await alice.restart();
      await alice.app((s) => s.server.state === 'online');
      await bob.acceptWords(words, again.origin);
      await alice.contact(({ name }) => name === 'Bob');
    } finally {
      for (const one of everybody.splice(0)) one.stop();
      await again.stop();
      rmSync(data, { recursive: true, force: true });
    }
  });
});

describe('words that stand when others are asked for', () => {
  let hostile: HostileServer;
  let [alice, bob] = [] as unknown as [Person, Person];
  let words: ThreeWords;

  beforeEach(async () => {
    hostile = await HostileServer.start();
    everybody.push(hostile);
    [alice, bob] = [await person('Alice', hostile.url), await person('Bob', hostile.url)];
    words = await alice.words();
  });

  const ask = () => alice.engine.handle({ type: 'create-words-invite' });

  async function expectTheyStand(): Promise<void> {
    expect((await alice.spoken('open')).words).toEqual(words);
    await bob.acceptWords(words, hostile.url);
    await alice.contact(({ name }) => name === 'Bob');
  }

  it('go on where the server has none to lend', async () => {
    hostile.refuseWord = () => 'rate';
    await expect(ask()).rejects.toMatchObject({ code: 'words-limit' });
    hostile.refuseWord = () => undefined;
    await expectTheyStand();
  });

  it('go on where the server that is to lend others is away', async () => {
    const gone = await HostileServer.start();
    await gone.stop();
    await alice.engine.handle({ type: 'change-settings', change: { server: gone.url } });
    await expect(ask()).rejects.toMatchObject({ code: 'server-away' });
    await expectTheyStand();
  });

  it('go on where the disk does not take others, also after a restart', async () => {
    const disks = new FullDisks();
    try {
      disks.fill(alice.database, 1);
      await expect(ask()).rejects.toMatchObject({ code: 'storage-full' });
    } finally {
      disks.end();
    }
    await alice.restart();
    await expect.poll(() => hostile.leadsTo(words[0])).toBeDefined();
    await expectTheyStand();
  });

  it('lead to whoever asked for them also where the connection falls while the disk takes them', async () => {
    const disk = new SlowDisk('spoken');
    const asked = alice.words();
    await disk.reached;
    hostile.dropAll();
    await expect.poll(() => hostile.read.length).toBe(0);
    await expect.poll(() => hostile.read.length).toBe(2);
    disk.end();
    words = await asked;
    await expectTheyStand();
  });

  it('are over once there are others', async () => {
    const before = hostile.read;
    const fresh = await alice.words();
    expect(fresh).not.toEqual(words);
    await expect.poll(() => hostile.read.length).toBe(before.length);
    expect(new Set([...before, ...hostile.read]).size).toBe(before.length + 1);
    await bob.acceptWords(fresh);
    await alice.contact(({ name }) => name === 'Bob');
  });
});

describe('three words for a contact', () => {
  async function contacts() {
    const [alice, bob] = [await person('Alice'), await person('Bob')];
    const toAlice = await bob.acceptWords(await alice.words());
    const { id: toBob } = await alice.contact(({ name }) => name === 'Bob');
    await bob.contact(({ stage }) => stage === 'ready');
    return { alice, bob, toAlice, toBob };
  }

  it('connect again: the same contact, with what was written and compared', async () => {
    const { alice, bob, toAlice, toBob } = await contacts();
    const before = await alice.contact();
    await alice.engine.handle({
      type: 'note-compared',
      contactId: toBob,
      how: 'voice',
      digits: before.safety.digits,
    });
    const words = await alice.words(toBob);
    expect((await alice.spoken('open')).contactId).toBe(toBob);
    expect(await bob.acceptWords(words)).toBe(toAlice);
    const { contacts: known } = await alice.app(({ spoken }) => spoken === undefined);
    expect(known).toHaveLength(1);
    expect(known[0]).toMatchObject({ id: toBob, trust: { state: 'compared' }, safety: before.safety });
    await alice.send(toBob, 'as before');
    await bob.conversation(toAlice, (messages) => messages.length === 1);
  });

  it('accepted under another identity are a changed key, also after a restart', async () => {
    const { alice, toBob } = await contacts();
    const words = await alice.words(toBob);
    await alice.restart();
    await alice.spoken('open');
    const newBob = await person('Bob');
    await newBob.acceptWords(words);
    const changed = await alice.contact(({ trust }) => trust.state === 'changed');
    expect(changed.id).toBe(toBob);
    expect((await alice.app(() => true)).contacts).toHaveLength(1);
    await expect(alice.send(toBob, 'who are you?')).rejects.toMatchObject({ code: 'key-changed' });
  });

  it('are a changed key as well where they are another’s who said them', async () => {
    const { bob, toAlice } = await contacts();
    const newAlice = await person('Alice');
    const words = await newAlice.words();
    await bob.engine.handle({ type: 'accept-words', words, contactId: toAlice });
    const changed = await bob.contact(({ trust }) => trust.state === 'changed');
    expect(changed.id).toBe(toAlice);
    await expect(bob.send(toAlice, 'who are you?')).rejects.toMatchObject({ code: 'key-changed' });
  });

  it('are none for somebody who is no contact', async () => {
    const alice = await person('Alice');
    const words = await alice.words();
    await expect(alice.words('0'.repeat(32))).rejects.toMatchObject({ code: 'unknown-contact' });
    expect((await alice.spoken('open')).words).toEqual(words);
  });
});

describe('somebody who guesses', () => {
  it('has spent the guess before it is answered, also if my browser is killed then', async () => {
    const [alice, bob] = [await person('Alice'), await person('Bob')];
    const words = await alice.words();
    const stranger = await Stranger.at(server.url);
    everybody.push(stranger);
    await stranger.ask(words);
    await alice.spoken('guessed');
    await alice.restart();
    await alice.spoken('guessed');
    await expect(bob.acceptWords(words)).rejects.toMatchObject({ code: 'words-wrong' });
    // They had the words after all, and go on where they were.
    stranger.prove();
    expect(await stranger.heard('invite')).toBeDefined();
  });

  it('is shown no words that the disk did not take', async () => {
    const hostile = await HostileServer.start();
    everybody.push(hostile);
    const alice = await person('Alice', hostile.url);
    const disks = new FullDisks();
    try {
      disks.fill(alice.database, 1);
      const asked = alice.engine.handle({ type: 'create-words-invite' });
      await expect(asked).rejects.toMatchObject({ code: 'storage-full' });
      expect((await alice.app(() => true)).spoken).toBeUndefined();
      await expect.poll(() => hostile.read).toEqual([]);
    } finally {
      disks.end();
    }
    const bob = await person('Bob', hostile.url);
    await bob.acceptWords(await alice.words());
  });

  it('is answered nothing while the disk does not take that the guess is spent', async () => {
    const hostile = await HostileServer.start();
    everybody.push(hostile);
    const alice = await person('Alice', hostile.url);
    const words = await alice.words();
    const disks = new FullDisks();
    try {
      disks.fill(alice.database, 1);
      const stranger = await Stranger.at(hostile.url);
      everybody.push(stranger);
      const asked = stranger.ask(words);
      await expect.poll(() => disks.left(alice.database)).toBe(0);
      await alice.spoken('open');
      // All that came is the question.
      expect(hostile.puts).toHaveLength(1);
      // It was not acknowledged, so it is there for the next start.
      await alice.restart();
      await asked;
      await alice.spoken('guessed');
    } finally {
      disks.end();
    }
  });

  it('is not told that it was wrong while the disk does not take that', async () => {
    const hostile = await HostileServer.start();
    everybody.push(hostile);
    const alice = await person('Alice', hostile.url);
    const words = await alice.words();
    const stranger = await Stranger.at(hostile.url);
    everybody.push(stranger);
    await stranger.ask(other(words));
    const disks = new FullDisks();
    try {
      disks.fill(alice.database, 1);
      stranger.prove();
      await expect.poll(() => disks.left(alice.database)).toBe(0);
      await alice.spoken('guessed');
      // A question, its answer, and the proof: a stop now must not have told more than the next start knows.
      expect(hostile.puts).toHaveLength(3);
      await alice.restart();
      await alice.spoken('failed');
      await stranger.heard('refusal');
    } finally {
      disks.end();
    }
  });

  it('is answered once there is room on the disk, over the same connection', async () => {
    const hostile = await HostileServer.start();
    everybody.push(hostile);
    const clock = new SkipClock();
    const [alice, bob] = [await person('Alice', hostile.url, clock), await person('Bob', hostile.url)];
    const words = await alice.words();
    const disks = new FullDisks();
    try {
      const { visits } = hostile;
      disks.fill(alice.database, 1);
      let isFullAgain = false;
      hostile.fate = (put) => {
        // The guess was answered; the proof is what comes next.
        if (hostile.puts.length === 3 && !isFullAgain) {
          isFullAgain = true;
          disks.fill(alice.database, 1);
        }
        return [put];
      };
      const accepted = bob.acceptWords(words);
      let isDone = false;
      void accepted
        .finally(() => {
          isDone = true;
        })
        .catch(() => {});
      await clock.skipUntil(() => isDone, 500);
      await accepted;
      await alice.contact(({ name }) => name === 'Bob');
      expect(isFullAgain).toBe(true);
      expect(hostile.visits).toBe(visits);
    } finally {
      disks.end();
    }
  });

  it('has one, whatever they send', async () => {
    const alice = await person('Alice');
    const words = await alice.words();
    const [first, second] = [await Stranger.at(server.url), await Stranger.at(server.url)];
    everybody.push(first, second);
    await first.noise(words);
    await first.ask(other(words));
    await second.ask(words, 'refusal');
    first.prove();
    await first.heard('refusal');
    await alice.spoken('failed');
    await expect(second.ask(words)).rejects.toThrow('word-unknown');
  });

  it('but goes away has spent it too', async () => {
    const clock = new HandClock();
    const alice = await person('Alice', server.origin, clock);
    const stranger = await Stranger.at(server.url);
    everybody.push(stranger);
    await stranger.ask(await alice.words());
    await alice.spoken('guessed');
    await clock.advance(60_000);
    await alice.spoken('failed');
  });
});

describe('whoever wants something of a server that is away', () => {
  it('is told so at once, and not that anything else is wrong', async () => {
    const gone = await startSignal();
    const link = await (await person('Alice', gone.origin)).invite();
    // Nothing here comes with time: it stands.
    const clock = new HandClock();
    const bob = await person('Bob', gone.origin, clock);
    const carol = await person('Carol', server.origin, clock);
    await gone.stop();
    await bob.app(({ server }) => server.state === 'unreachable');
    await expect(bob.acceptWords([1, 2, 3])).rejects.toMatchObject({ code: 'server-away' });
    await expect(bob.words()).rejects.toMatchObject({ code: 'server-away' });
    await expect(bob.accept(link)).rejects.toMatchObject({ code: 'server-away' });
    await expect(carol.accept(link)).rejects.toMatchObject({ code: 'server-away' });
    // Whether there is one at an address that somebody typed is the question here.
    const typed = carol.acceptWords([1, 2, 3], gone.origin);
    await expect(typed).rejects.toMatchObject({ code: 'server-unreachable' });
  });

  it('and goes away while they are asking is told of no browser that does not answer', async () => {
    const gone = await HostileServer.start();
    gone.leadsTo = () => new Uint8Array(32).fill(9);
    const asked = new Promise<void>((done) => {
      gone.fate = () => {
        done();
        return [];
      };
    });
    const clock = new HandClock();
    const bob = await person('Bob', gone.url, clock);
    const accepting = expect(bob.acceptWords([1, 2, 3])).rejects.toMatchObject({ code: 'server-away' });
    await asked;
    await gone.stop();
    await bob.app(({ server }) => server.state === 'unreachable');
    await clock.advance(30_000);
    await accepting;
  });
});

describe('a hostile server', () => {
  let hostile: HostileServer;
  beforeEach(async () => {
    hostile = await HostileServer.start();
  });
  afterEach(() => hostile.stop());

  it('that poses as the inviter sees one proof, however often the words are said to it', async () => {
    const bob = await person('Bob', hostile.url);
    const said: ThreeWords = [1, 2, 3];
    const mine = new Uint8Array(32).fill(9);
    hostile.leadsTo = () => mine;
    let proofs = 0;
    hostile.fate = ({ mailbox, envelope }) => {
      if (mailbox !== toHex(mine)) return [];
      const message = decodeWordsMessage(envelope);
      if (message.kind === 'proof') {
        proofs++;
        return [{ mailbox: reply, envelope: encodeWordsMessage({ kind: 'refusal' }) }];
      }
      if (message.kind !== 'ask') return [];
      reply = toHex(message.reply);
      const guessed = answerByWords({ words: [1, 2, 4], mailbox: mine }, message);
      return [{ mailbox: reply, envelope: encodeWordsMessage(guessed.message) }];
    };
    let reply = '';
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(bob.acceptWords(said)).rejects.toMatchObject({ code: 'words-wrong' });
    }
    expect(proofs).toBe(1);
  });

  it('that drops every connection after every message delays, and nothing else', async () => {
    const [alice, bob] = [await person('Alice', hostile.url), await person('Bob', hostile.url)];
    const words = await alice.words();
    let drops = 4;
    hostile.fate = (put) => {
      if (drops-- > 0) queueMicrotask(() => hostile.dropAll());
      return [put];
    };
    await bob.acceptWords(words);
    await alice.contact(({ name }) => name === 'Bob');
    expect(drops).toBeLessThanOrEqual(0);
  });

  it('that holds up the invite for words which are taken back then hands it to nobody', async () => {
    const clock = new SkipClock();
    const alice = await person('Alice', hostile.url, clock);
    const [bob, carol] = [await person('Bob', hostile.url), await person('Carol', hostile.url)];
    const words = await alice.words();
    const exchange = new Set<string>();
    let refused = 0;
    // Asked, answered, proven; the next is the invite's bundle.
    hostile.refuse = ({ mailbox }) => {
      if (hostile.puts.length < 3) exchange.add(mailbox);
      if (exchange.has(mailbox)) return undefined;
      refused++;
      return 'server-busy';
    };
    bob.acceptWords(words).catch(() => {});
    await expect.poll(() => refused).toBeGreaterThan(0);
    await alice.engine.handle({ type: 'cancel-words-invite' });
    const fresh = await alice.words();
    hostile.refuse = () => undefined;
    await carol.acceptWords(fresh);
    expect((await alice.contact(({ name }) => name !== '')).name).toBe('Carol');
    expect((await alice.app(({ spoken }) => spoken === undefined)).contacts).toHaveLength(1);
    // Neither the invite that was made in vain is kept, nor the one that was used.
    await clock.skipUntil(async () => (await rowsOf(alice, 'invites')).length === 0, 1000);
  });

  it('that never takes the invite for words which are taken back holds up no others', async () => {
    const alice = await person('Alice', hostile.url);
    const [bob, carol] = [await person('Bob', hostile.url), await person('Carol', hostile.url)];
    const words = await alice.words();
    const [exchange, never] = [new Set<string>(), new Set<string>()];
    hostile.refuse = ({ mailbox, envelope }) => {
      if (wordsKindOf(envelope) !== undefined) exchange.add(mailbox);
      if (exchange.has(mailbox) || never.size > 0) return never.has(mailbox) ? 'server-busy' : undefined;
      never.add(mailbox);
      return 'server-busy';
    };
    bob.acceptWords(words).catch(() => {});
    await expect.poll(() => never.size).toBe(1);
    await carol.acceptWords(await alice.words());
    expect((await alice.contact(({ name }) => name !== '')).name).toBe('Carol');
  });

  it('that repeats everything makes one contact', async () => {
    const [alice, bob] = [await person('Alice', hostile.url), await person('Bob', hostile.url)];
    const words = await alice.words();
    hostile.fate = (put) => [put, put];
    await bob.acceptWords(words);
    await alice.contact(({ name }) => name === 'Bob');
    expect((await alice.app(({ spoken }) => spoken === undefined)).contacts).toHaveLength(1);
  });
});
