import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import type { CommandResults } from '../../bridge/types/commands.ts';
import type { FoundMessage, SearchPlace } from '../../bridge/types/snapshots.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { BOB, found, MAYA, NOW, theirs } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { SLOW_MS } from './conversation.ts';
import { type Person, personOf } from './person.ts';
import { createSearch, ENOUGH_FOUND, SEARCH_REST_MS } from './search.ts';

const [BOB_SHOWN, MAYA_SHOWN] = [personOf(BOB, 'Somebody'), personOf(MAYA, 'Somebody')];

type Result = CommandResults['search-messages'];

/** A search whose calls a test answers one by one. */
function open(contactId?: string) {
  const answers: { readonly resolve: (result: Result) => void; readonly reject: (error: unknown) => void }[] =
    [];
  const client = new FakeClient();
  client.answer('search-messages', () => new Promise((resolve, reject) => answers.push({ resolve, reject })));
  const surroundings = testSurroundings(client);
  const everybody = signal<readonly Person[]>([BOB_SHOWN, MAYA_SHOWN]);
  const model = createSearch(surroundings, everybody, contactId);
  const rest = () => surroundings.clock.pass(SEARCH_REST_MS);
  const answer = async (messages: readonly FoundMessage[], next?: SearchPlace) => {
    answers.shift()?.resolve({ found: messages, since: 0, ...(next === undefined ? {} : { next }) });
    await settled();
  };
  const fail = async () => {
    answers.shift()?.reject(new Error('nothing'));
    await settled();
  };
  const asked = () =>
    client.callsOf('search-messages').map(({ text, after }) => [text, after?.conversations[0]?.reached]);
  return { client, model, everybody, rest, answer, fail, asked, clock: surroundings.clock };
}

const message = (n: number, contactId = BOB.id) =>
  found(contactId, theirs(n, `river ${n}`, NOW - n), 'river');
const behind = (reached: number): SearchPlace => ({ conversations: [{ contactId: BOB.id, reached }] });
const some = (count: number, from = 0) => Array.from({ length: count }, (_, n) => message(from + n));

describe('a search', () => {
  it('begins once the typing rests, and goes on until all is looked through', async () => {
    const { model, rest, answer, asked, clock } = open();
    model.type('ri');
    clock.pass(SEARCH_REST_MS - 1);
    model.type('River ');
    expect(asked()).toEqual([]);
    expect(model.state.value).toEqual({ state: 'searching' });
    rest();
    expect(asked()).toEqual([['River', undefined]]);
    await answer([message(1)], behind(50));
    expect(model.found.value).toEqual([message(1)]);
    await answer([], behind(20));
    await answer([message(60)]);
    expect(asked()).toEqual([
      ['River', undefined],
      ['River', 50],
      ['River', 20],
    ]);
    expect(model.state.value).toEqual({ state: 'done' });
    expect(model.found.value).toEqual([message(1), message(60)]);
  });

  it('is the same with a capital or a space more, and another with another letter', async () => {
    const { model, rest, answer, asked } = open();
    model.type('river');
    rest();
    await answer([message(1)]);
    model.type('RIVER ');
    rest();
    expect(asked()).toHaveLength(1);
    model.type('rivers');
    rest();
    expect(asked()).toHaveLength(2);
  });

  it('shows nothing of what comes for an older text', async () => {
    const { model, rest, answer } = open();
    model.type('sea');
    rest();
    model.type('river');
    rest();
    await answer([message(9)], behind(5));
    expect(model.found.value).toEqual([]);
    await answer([message(1)]);
    expect(model.found.value).toEqual([message(1)]);
    model.type(' ');
    expect(model.found.value).toEqual([]);
    expect(model.state.value).toEqual({ state: 'idle' });
  });

  it('leaves what was found until there is something in its place, and not for long', async () => {
    const { model, rest, answer, clock } = open();
    model.type('river');
    rest();
    await answer([message(1)]);
    model.type('rivers');
    expect(model.found.value).toEqual([message(1)]);
    clock.pass(SLOW_MS);
    expect(model.found.value).toEqual([]);
    expect(model.slow.value).toEqual({});
    await answer([], behind(50));
    expect(model.slow.value).toEqual({ reached: 50 });
    await answer([]);
    expect(model.slow.value).toBeUndefined();
  });

  it('asks before it looks further where it has found much', async () => {
    const { model, rest, answer, asked } = open();
    model.type('river');
    rest();
    await answer(some(ENOUGH_FOUND), behind(50));
    expect(model.state.value).toEqual({ state: 'paused' });
    expect(asked()).toHaveLength(1);
    model.goOn();
    expect(asked().at(-1)).toEqual(['river', 50]);
    await answer(some(10, ENOUGH_FOUND), behind(40));
    expect(model.state.value).toEqual({ state: 'searching' });
    await answer([]);
    expect(model.found.value).toHaveLength(ENOUGH_FOUND + 10);
  });

  it('shows each message once, the newest first, and none of who has been removed', async () => {
    const { model, rest, answer, everybody } = open();
    model.type('river');
    rest();
    await answer([message(5), message(7)], behind(50));
    await answer([message(6, MAYA.id), message(7)]);
    expect(model.found.value).toEqual([message(5), message(6, MAYA.id), message(7)]);
    everybody.value = [MAYA_SHOWN];
    expect(model.found.value).toEqual([message(6, MAYA.id)]);
  });

  it('says why it failed, and goes on from there', async () => {
    const { model, rest, answer, fail, asked } = open();
    model.type('river');
    rest();
    await answer([message(1)], behind(50));
    await fail();
    expect(model.state.value).toEqual({ state: 'failed', code: 'internal' });
    expect(model.found.value).toEqual([message(1)]);
    model.goOn();
    expect(asked().at(-1)).toEqual(['river', 50]);
    model.type('sea');
    rest();
    await answer([]);
    await fail();
    // What another text had found does not stand for this one.
    expect(model.found.value).toEqual([]);
  });

  it('waits while one looks at what it found, and goes on after that', async () => {
    const { model, rest, answer, asked } = open();
    model.type('river');
    rest();
    await answer([message(1)], behind(50));
    model.leave();
    await answer([message(2)], behind(40));
    expect(asked()).toHaveLength(2);
    model.enter();
    expect(asked().at(-1)).toEqual(['river', 50]);
    await answer([message(2)]);
    expect(model.found.value).toEqual([message(1), message(2)]);
    model.leave();
    model.enter();
    expect(asked()).toHaveLength(3);
  });
});

describe('what comes while one looks at what was found', () => {
  type News = CommandResults['search-changes'];

  /** A search that has found these, and how it is told of news. */
  async function found(...messages: readonly FoundMessage[]) {
    const search = open();
    const { model, rest, answer, client } = search;
    model.enter();
    model.type('river');
    rest();
    await answer(messages);
    const news: News[] = [];
    client.answer('search-changes', ({ since }) => news.shift() ?? { looked: [], found: [], since });
    const tell = async (...some: readonly News[]) => {
      news.push(...some);
      client.changeMessages();
      await settled();
    };
    return { ...search, tell };
  }
  const [OLD, OLDER] = [message(5), message(7)];
  const [NEW, NEWER] = [message(2), message(1)];
  const came = (since: number, ...some: readonly FoundMessage[]): News => ({
    looked: some.map(({ contactId, id }) => ({ contactId, messageId: id })),
    found: some,
    since,
  });

  it('waits until it is asked for, and moves nothing', async () => {
    const { model, tell, client } = await found(OLD, OLDER);
    await tell(came(1, NEW));
    await tell(came(2, NEWER, OLD));
    expect(model.found.value).toEqual([OLD, OLDER]);
    expect(model.fresh.value).toEqual([NEWER, NEW]);
    expect(client.callsOf('search-changes').map(({ text, since }) => [text, since])).toEqual([
      ['river', 0],
      ['river', 1],
    ]);
    model.takeFresh();
    expect(model.found.value).toEqual([NEWER, NEW, OLD, OLDER]);
    expect(model.fresh.value).toEqual([]);
  });

  it('is shown at once where nothing is, or behind all that is', async () => {
    const none = await found();
    await none.tell(came(1, NEW));
    expect(none.model.found.value).toEqual([NEW]);
    const some = await found(OLD);
    await some.tell(came(1, OLDER));
    expect(some.model.found.value).toEqual([OLD, OLDER]);
    expect(some.model.fresh.value).toEqual([]);
  });

  it('goes with what goes', async () => {
    const { model, tell } = await found(OLD, OLDER);
    await tell(came(1, NEW));
    const looked = [OLD, NEW].map(({ contactId, id }) => ({ contactId, messageId: id }));
    await tell({ looked, found: [], since: 2 });
    expect(model.found.value).toEqual([OLDER]);
    expect(model.fresh.value).toEqual([]);
  });

  it('is looked at until there is no more, and again when what waits can be seen', async () => {
    const { model, tell, client } = await found(OLD);
    client.changeMessages();
    await settled();
    const before = client.callsOf('search-changes').length;
    await tell(came(1, NEW), came(2, NEWER));
    expect(model.fresh.value).toEqual([NEWER, NEW]);
    expect(client.callsOf('search-changes').length - before).toBe(2);
    await tell(came(2));
    await tell(came(4, message(0)));
    expect(model.fresh.value).toEqual([message(0), NEWER, NEW]);
  });

  it('is found by a search anew where nobody knows any more, and that moves nothing either', async () => {
    const { model, tell, answer, asked } = await found(OLD, OLDER);
    await tell({ lost: true });
    expect(asked()).toHaveLength(2);
    expect(model.found.value).toEqual([OLD, OLDER]);
    await answer([NEW, OLDER], behind(50));
    expect(model.found.value).toEqual([OLD, OLDER]);
    await answer([message(9)]);
    expect(model.found.value).toEqual([OLDER, message(9)]);
    expect(model.fresh.value).toEqual([NEW]);
    expect(model.state.value).toEqual({ state: 'done' });
  });

  it('is looked at by whoever comes back, and by nobody who has left', async () => {
    const { model, tell, client } = await found(OLD);
    model.leave();
    await tell();
    expect(client.callsOf('search-changes')).toEqual([]);
    expect(client.watches.some(({ topic }) => topic === 'messages')).toBe(false);
    client.answer('search-changes', () => came(1, NEW));
    model.enter();
    await settled();
    expect(model.fresh.value).toEqual([NEW]);
  });

  it('is nothing of another text', async () => {
    const { model, tell } = await found(OLD);
    await tell(came(1, NEW));
    model.type('sea');
    expect(model.fresh.value).toEqual([]);
    model.type('');
    await tell(came(2, NEWER));
    expect(model.fresh.value).toEqual([]);
  });
});

describe('people', () => {
  it('are found by their names in all conversations, and in one nobody is', () => {
    const { model } = open();
    expect(model.people.value).toEqual([]);
    model.type(' BÓ');
    expect(model.people.value).toEqual([BOB_SHOWN]);
    const inOne = open(BOB.id);
    inOne.model.type('bo');
    expect(inOne.model.people.value).toEqual([]);
    inOne.rest();
    expect(inOne.client.callsOf('search-messages')).toEqual([
      { type: 'search-messages', text: 'bo', contactId: BOB.id },
    ]);
  });
});
