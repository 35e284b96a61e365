/** Looking for words in the messages, as a view asks for it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Command, CommandResults } from '../../bridge/types/commands.ts';
import type { FoundMessage, SearchPlace } from '../../bridge/types/snapshots.ts';
import type { Transaction } from '../storage/database.ts';
import { messageKey } from '../storage/rows.ts';
import { makePair } from '../testing/pair.ts';
import { Person } from '../testing/person.ts';
import { changeRows } from '../testing/rows.ts';
import { type TwoContacts, twoContacts } from '../testing/two-contacts.ts';
import { Search } from './search.ts';

/** Keys of the rows that were opened. */
const { opened } = vi.hoisted(() => ({ opened: [] as string[] }));

vi.mock('../../../wasm-crypto/src/vault/rows.ts', async (load) => {
  const real = await load<typeof import('../../../wasm-crypto/src/vault/rows.ts')>();
  return {
    ...real,
    openRow(...given: Parameters<typeof real.openRow>) {
      opened.push(given[1]);
      return real.openRow(...given);
    },
  };
});

type Result = CommandResults['search-messages'];
type Asked = Omit<Extract<Command, { type: 'search-messages' }>, 'type'>;

let two: TwoContacts;

beforeEach(async () => {
  two = await twoContacts();
});

afterEach(() => two.end());

const ask = (asked: Asked): Promise<Result> => two.alice.engine.handle({ type: 'search-messages', ...asked });

/** All that a search finds, call by call; `between` happens after the first. */
async function all(
  asked: Asked,
  between: (first: Result) => Promise<unknown> = async () => {},
): Promise<FoundMessage[]> {
  const found: FoundMessage[] = [];
  let next: SearchPlace | undefined;
  for (let calls = 0; ; calls++) {
    const result = await ask({ ...asked, ...(next === undefined ? {} : { after: next }) });
    found.push(...result.found);
    if (calls === 0) await between(result);
    next = result.next;
    if (next === undefined) return found;
  }
}

const textOf = (excerpt: FoundMessage['excerpt']) => excerpt.map(({ text }) => text).join('');
const hitsOf = (excerpt: FoundMessage['excerpt']) => excerpt.flatMap(({ text, hit }) => (hit ? [text] : []));
const idOf = (n: number) => n.toString(16).padStart(32, '0');
const numbers = (found: readonly FoundMessage[]) => found.map(({ id }) => Number.parseInt(id, 16));
/** n, n - 1, and so on to 0. */
const downFrom = (n: number) => Array.from({ length: n + 1 }, (_, i) => n - i);

interface Laid {
  readonly contactId: string;
  readonly count: number;
  readonly text: (n: number) => string;
  readonly at: (n: number) => number;
}

/** Lays long conversations on Alice's disk; their places lie apart, so that what comes late can come between. */
async function lay(...conversations: readonly Laid[]): Promise<void> {
  const { alice } = two;
  await alice.engine.stop();
  await changeRows(alice.database, ['messages'], async (tx: Transaction) => {
    for (const { contactId, count, text, at } of conversations)
      for (let n = 0; n < count; n++)
        tx.put('messages', messageKey(contactId, n + 1, idOf(n)), {
          id: idOf(n),
          from: n % 2 === 0 ? 'them' : 'me',
          number: n + 1,
          text: text(n),
          at: at(n),
          ...(n % 2 === 0 ? {} : { delivery: { state: 'delivered' } as const }),
        });
  });
  alice.renew();
  await alice.engine.start();
}

describe('a search', () => {
  it('finds what either wrote, in one conversation or in all, with the words around it', async () => {
    const { alice, bob, toAlice, toBob, server } = two;
    const carol = await new Person('Carol', server.url).begin();
    const fromCarol = await carol.accept(await alice.invite());
    const toCarol = (await alice.contact(({ name }) => name === 'Carol')).id;
    const mine = await alice.send(toBob, 'Shall we meet at the RIVER?');
    await bob.conversation(toAlice, (m) => m.length === 1);
    await bob.send(toAlice, 'Which river?');
    await bob.send(toAlice, 'Ah, that one.');
    await alice.conversation(toBob, (m) => m.length === 3);
    await carol.send(fromCarol, 'The Rivér is high.');
    const theirs = await alice.conversation(toCarol, (m) => m.length === 1);
    const inOne = await ask({ text: ' river', contactId: toBob });
    expect(inOne.next).toBeUndefined();
    expect(inOne.found.map(({ from, excerpt }) => [from, ...hitsOf(excerpt)])).toEqual([
      ['them', 'river'],
      ['me', 'RIVER'],
    ]);
    expect(inOne.found[1]).toEqual({
      contactId: toBob,
      id: mine,
      from: 'me',
      at: expect.any(Number),
      excerpt: [
        { text: 'Shall we meet at the ', hit: false },
        { text: 'RIVER', hit: true },
        { text: '?', hit: false },
      ],
    });
    const inAll = await all({ text: 'river' });
    expect(inAll).toHaveLength(3);
    expect(inAll).toContainEqual({
      contactId: toCarol,
      id: theirs[0]?.id,
      from: 'them',
      at: theirs[0]?.at,
      excerpt: [
        { text: 'The ', hit: false },
        { text: 'Rivér', hit: true },
        { text: ' is high.', hit: false },
      ],
    });
    expect((await ask({ text: 'rivers' })).found).toEqual([]);
    carol.stop();
  });

  it('finds a message that has all the words, in whatever order, and a phrase as it was written', async () => {
    const { alice, bob, toAlice, toBob } = two;
    for (const text of ['Shall we meet at the river?', 'The river is high.', 'Meet me there.'])
      await alice.send(toBob, text);
    await bob.conversation(toAlice, (m) => m.length === 3);
    const hits = async (text: string) => (await ask({ text })).found.map(({ excerpt }) => hitsOf(excerpt));
    expect(await hits('river meet')).toEqual([['meet', 'river']]);
    expect(await hits('"the river" high')).toEqual([['The river', 'high']]);
    expect(await hits('"river the"')).toEqual([]);
    expect(await hits('river sea')).toEqual([]);
  });

  it('for nothing finds nothing, and in the conversation of nobody does not begin', async () => {
    await two.alice.send(two.toBob, 'Shall we meet?');
    for (const text of ['', '  ', '\u0301\u200b', '" "']) expect((await ask({ text })).found).toEqual([]);
    await expect(ask({ text: 'we', contactId: 'x' })).rejects.toMatchObject({ code: 'unknown-contact' });
  });

  it('goes through a long conversation from the newest on, a bounded part of it a call', async () => {
    const { toBob } = two;
    await lay({
      contactId: toBob,
      count: 1000,
      text: (n) => (n % 100 === 0 ? 'river' : 'sea'),
      at: (n) => n,
    });
    const parts: number[] = [];
    const found: FoundMessage[] = [];
    let after: SearchPlace | undefined;
    let reached = 1000;
    do {
      opened.length = 0;
      const result = await ask({
        text: 'river',
        contactId: toBob,
        ...(after === undefined ? {} : { after }),
      });
      const rows = opened.filter((key) => key.split('/').length === 3).length;
      parts.push(rows);
      found.push(...result.found);
      after = result.next;
      // It says how far it has come: nothing further back was opened, and nothing before that is left out.
      const now = after?.conversations[0]?.reached ?? 0;
      expect(reached - now).toBeGreaterThan(200);
      expect(result.found.every(({ at }) => at >= now)).toBe(true);
      reached = now;
    } while (after !== undefined);
    expect(numbers(found)).toEqual([900, 800, 700, 600, 500, 400, 300, 200, 100, 0]);
    expect(parts.length).toBeGreaterThan(2);
    expect(Math.max(...parts)).toBeLessThan(300);
  });

  it('ends a call early where it has found much already, and misses none', async () => {
    await lay({ contactId: two.toBob, count: 300, text: () => 'river', at: (n) => n });
    opened.length = 0;
    expect((await ask({ text: 'river' })).next).toBeDefined();
    expect(opened.length).toBeLessThan(100);
    expect(numbers(await all({ text: 'river' }))).toEqual(downFrom(299));
  });

  it('ends a call early where the messages are long, and misses none', async () => {
    const text = () => `${'water '.repeat(9000)}river`;
    await lay({ contactId: two.toBob, count: 20, text, at: (n) => n });
    const { found, next } = await ask({ text: 'river' });
    expect(found.length).toBeLessThan(8);
    expect(next).toBeDefined();
    expect(numbers(await all({ text: 'river' }))).toEqual(downFrom(19));
  });

  it('of all conversations goes back in time through them together', async () => {
    const { alice, server, toBob } = two;
    const carol = await new Person('Carol', server.url).begin();
    await carol.accept(await alice.invite());
    const toCarol = (await alice.contact(({ name }) => name === 'Carol')).id;
    const text = () => 'river';
    await lay(
      { contactId: toBob, count: 200, text, at: (n) => 10_000 + n },
      { contactId: toCarol, count: 200, text, at: (n) => 10_000 + 2 * n },
    );
    const owners: string[][] = [];
    let after: SearchPlace | undefined;
    for (let calls = 0; calls < 3; calls++) {
      const { found, next } = await ask({ text: 'river', ...(after === undefined ? {} : { after }) });
      owners.push([...new Set(found.map(({ contactId }) => contactId))]);
      after = next;
    }
    // Carol's newest hundred are newer than all of Bob's.
    expect(owners).toEqual([[toCarol], [toCarol], [toBob]]);
    const whole = await all({ text: 'river' });
    for (const contactId of [toBob, toCarol])
      expect(numbers(whole.filter((one) => one.contactId === contactId))).toEqual(downFrom(199));
    carol.stop();
  });
});

describe('a search that goes on', () => {
  it('finds each message once, whatever comes or goes meanwhile', async () => {
    const { alice, bob, toAlice, toBob } = two;
    await lay({ contactId: toBob, count: 300, text: () => 'river', at: (n) => n });
    // What Bob writes from now on stands behind it all.
    await alice.send(toBob, 'And now?');
    await bob.conversation(toAlice, (m) => m.length === 1);
    const found = await all({ text: 'river' }, async () => {
      await bob.send(toAlice, 'another river');
      await alice.conversation(toBob, (m) => m.at(-1)?.text === 'another river');
    });
    expect(numbers(found)).toEqual(downFrom(299));
    expect((await ask({ text: 'another' })).found).toHaveLength(1);
  });

  it('is over for a contact who was removed', async () => {
    const { alice, toBob } = two;
    await lay({ contactId: toBob, count: 300, text: () => 'river', at: (n) => n });
    const { next } = await ask({ text: 'river' });
    await alice.engine.handle({ type: 'remove-contact', contactId: toBob });
    const rest = await ask({ text: 'river', ...(next === undefined ? {} : { after: next }) });
    expect(rest).toEqual({ found: [], since: expect.any(Number) });
  });

  it.each(['lock', 'wipe'] as const)('ends with its error at a %s', async (type) => {
    const { alice, toBob } = two;
    await lay({ contactId: toBob, count: 300, text: () => 'sea', at: (n) => n });
    await alice.engine.handle({ type: 'set-passphrase', next: 'four words or five' });
    const first = await ask({ text: 'river' });
    expect(first.next).toBeDefined();
    // One is under way, one comes after it.
    const underWay = ask({ text: 'river' });
    const isRefused = expect(underWay).rejects.toMatchObject({ code: 'locked' });
    const ending = alice.engine.handle({ type });
    await isRefused;
    await ending;
    const after = ask({ text: 'river', ...(first.next === undefined ? {} : { after: first.next }) });
    const code = type === 'lock' ? 'locked' : 'not-ready';
    await expect(after).rejects.toMatchObject({ code });
  });
});

describe('what changed since a search', () => {
  /** What a view that has searched is told, and asks. */
  async function follow(asked: Asked) {
    let { since } = await ask(asked);
    const revisions: number[] = [];
    const stop = two.alice.engine.watch({ topic: 'messages' }, ({ revision }) => revisions.push(revision));
    return {
      stop,
      /** Until there is something new. */
      async isTold() {
        await expect.poll(() => (revisions.at(-1) ?? since) > since).toBe(true);
      },
      /** All that is new, call by call; `undefined` where nobody knows. */
      async look() {
        const looked: string[] = [];
        const found: FoundMessage[] = [];
        for (;;) {
          const news = await two.alice.engine.handle({ type: 'search-changes', ...asked, since });
          if ('lost' in news) return undefined;
          looked.push(...news.looked.map(({ messageId }) => messageId));
          found.push(...news.found);
          if (news.since === since) return { looked, found };
          since = news.since;
        }
      },
    };
  }

  it('is told, and has what came and went, and nothing of other conversations', async () => {
    const { alice, bob, toAlice, toBob, server } = two;
    const carol = await new Person('Carol', server.url).begin();
    await carol.accept(await alice.invite());
    const toCarol = (await alice.contact(({ name }) => name === 'Carol')).id;
    const inAll = await follow({ text: 'river high' });
    const withCarol = await follow({ text: 'river high', contactId: toCarol });
    await bob.send(toAlice, 'How high is the river?');
    const [theirs] = await alice.conversation(toBob, (m) => m.length === 1);
    await bob.send(toAlice, 'And the sea?');
    await alice.conversation(toBob, (m) => m.length === 2);
    await inAll.isTold();
    const came = await inAll.look();
    expect(came?.looked).toHaveLength(2);
    expect(came?.found.map(({ id, excerpt }) => [id, ...hitsOf(excerpt)])).toEqual([
      [theirs?.id, 'high', 'river'],
    ]);
    expect(await withCarol.look()).toEqual({ looked: [], found: [] });
    // What cannot be sent can be taken back.
    server.refuse = () => 'mailbox-full';
    const mine = await alice.send(toBob, 'The river is high.');
    await alice.conversation(toBob, (m) => m.at(-1)?.delivery?.state === 'failed');
    expect((await inAll.look())?.found.map(({ id }) => id)).toContain(mine);
    await alice.engine.handle({ type: 'discard', contactId: toBob, messageId: mine });
    await inAll.isTold();
    const went = await inAll.look();
    expect(went?.looked).toContain(mine);
    expect(went?.found.map(({ id }) => id)).not.toContain(mine);
    inAll.stop();
    withCarol.stop();
    carol.stop();
  });

  it('opens what changed and nothing else, however much there is', async () => {
    const { alice, bob, toAlice, toBob } = two;
    await lay({ contactId: toBob, count: 300, text: () => 'river', at: (n) => n });
    await alice.send(toBob, 'And now?');
    await bob.conversation(toAlice, (m) => m.length === 1);
    const search = await follow({ text: 'river' });
    await bob.send(toAlice, 'another river');
    await alice.conversation(toBob, (m) => m.at(-1)?.text === 'another river');
    await search.isTold();
    opened.length = 0;
    const news = await search.look();
    expect(news?.found.map(({ excerpt }) => textOf(excerpt))).toEqual(['another river']);
    expect(opened.filter((key) => key.split('/').length === 3).length).toBeLessThan(5);
    search.stop();
  });

  it('is not known of another engine', async () => {
    const { toBob } = two;
    const search = await follow({ text: 'river' });
    await lay({ contactId: toBob, count: 1, text: () => 'river', at: (n) => n });
    expect(await search.look()).toBeUndefined();
    search.stop();
  });
});

describe('whoever claims to be a contact', () => {
  let newBob: Person;

  beforeEach(async () => {
    newBob = await new Person('Bob', two.server.url).begin();
  });

  afterEach(() => newBob.stop());

  const COUNT = 60;

  /** Bob wrote with his old key, and somebody who says that they are Bob with a new one. */
  async function keyChanges(): Promise<void> {
    const { alice, toBob } = two;
    await lay({ contactId: toBob, count: 200, text: () => 'old river', at: (n) => n });
    const { inviteId } = await alice.engine.handle({ type: 'create-invite', contactId: toBob });
    const { invites } = await alice.app((s) =>
      s.invites.some((i) => i.id === inviteId && i.state === 'open'),
    );
    const fromNew = await newBob.accept(invites.find(({ id }) => id === inviteId)?.link as string);
    for (let n = 0; n < COUNT; n++) await newBob.send(fromNew, `new river ${n}`);
    await alice.conversation(toBob, (m) => m.at(-1)?.text === `new river ${COUNT - 1}`);
  }

  const decide = async (type: 'accept-key' | 'refuse-key') => {
    const { safety } = await two.alice.contact(({ id }) => id === two.toBob);
    await two.alice.engine.handle({ type, contactId: two.toBob, digits: safety.digits });
  };

  const texts = (found: readonly FoundMessage[]) =>
    new Set(
      found.map(({ id, excerpt }) =>
        textOf(excerpt) === 'old river' ? id : textOf(excerpt).replace(' river', ''),
      ),
    );
  const old = downFrom(199).map(idOf);
  const fresh = downFrom(COUNT - 1).map((n) => `new ${n}`);

  it('is found with them, before and after one has gone on with the new key', async () => {
    await keyChanges();
    for (const asked of [{ text: 'river' }, { text: 'river', contactId: two.toBob }]) {
      const found = await all(asked);
      expect(found).toHaveLength(200 + COUNT);
      expect(found.every(({ contactId }) => contactId === two.toBob)).toBe(true);
      // They stand behind the contact: theirs are the newest.
      expect(textOf(found[0]?.excerpt ?? [])).toBe(`new river ${COUNT - 1}`);
    }
    const found = await all({ text: 'river' }, async ({ next }) => {
      expect(next).toBeDefined();
      await decide('accept-key');
    });
    expect(texts(found)).toEqual(new Set([...old, ...fresh]));
  });

  it('is not found any more once they were turned away, and the rest still is', async () => {
    await keyChanges();
    const found = await all({ text: 'river' }, () => decide('refuse-key'));
    expect([...texts(found)].filter((one) => !one.startsWith('new'))).toEqual(old);
    expect(texts(await all({ text: 'river' }))).toEqual(new Set(old));
  });

  it('takes along what they wrote, and whoever has found it searches again', async () => {
    await keyChanges();
    const { since } = await ask({ text: 'river' });
    await decide('refuse-key');
    await two.alice.contact(({ id, trust }) => id === two.toBob && trust.state !== 'changed');
    const news = await two.alice.engine.handle({ type: 'search-changes', text: 'river', since });
    expect(news).toEqual({ lost: true });
  });
});

it('what waits behind a gap is not found before it is shown', async () => {
  const { alice, bob, clock } = await makePair();
  const search = new Search({ database: bob.database, contacts: bob.contacts, clock });
  const found = async () =>
    (await search.find('text', undefined, undefined)).found.map(({ excerpt }) => textOf(excerpt));
  const say = (number: number) =>
    alice.forge({
      ...{ v: 1, kind: 'text', seen: 0, begun: 0, clock: number, number, order: number },
      id: idOf(number),
      text: `text ${number}`,
    });
  const [one, , three] = [await say(1), await say(2), await say(3)];
  const before = (await search.find('text', undefined, undefined)).since;
  for (const envelope of [one, three]) await bob.inbox.receive(bob.id, envelope);
  expect(await found()).toEqual(['text 1']);
  const { since } = await search.find('text', undefined, undefined);
  const news = async () =>
    await Promise.all(
      [before, since].map(async (revision) => {
        const result = await search.look('text', undefined, revision);
        return 'lost' in result ? result : result.found.map(({ excerpt }) => textOf(excerpt));
      }),
    );
  expect(await news()).toEqual([['text 1'], ['text 1']]);
  await clock.advance(2001);
  expect(await found()).toEqual(['text 3', 'text 1']);
  // Nothing was written since, and it is news all the same.
  expect(await news()).toEqual([
    ['text 1', 'text 3'],
    ['text 1', 'text 3'],
  ]);
});
