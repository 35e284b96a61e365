import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import type { SpokenView } from '../../bridge/types/snapshots.ts';
import { SPOKEN_WORDS } from '../../locales/spoken-words.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { BOB, ready, SPOKEN } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createApp } from './app.ts';
import { createSayWords } from './say-words.ts';
import { createTypeWords } from './type-words.ts';

const numbers = ['river', 'window', 'lemonade'].map((word) => SPOKEN_WORDS.indexOf(word));

describe('saying three words', () => {
  it('asks for new ones, unless some stand or have just failed', async () => {
    const client = new FakeClient();
    const surroundings = testSurroundings(client);
    client.answer('create-words-invite', () => ({ spokenId: 'x' }));
    for (const present of [SPOKEN, { ...SPOKEN, state: 'failed' as const }]) {
      createSayWords(surroundings, () => {}, signal(present));
    }
    expect(client.callsOf('create-words-invite')).toEqual([]);
    createSayWords(surroundings, () => {}, signal({ ...SPOKEN, state: 'lapsed' as const }));
    const model = createSayWords(surroundings, () => {}, signal(undefined));
    expect(model.making.value.state).toBe('running');
    await settled();
    expect(client.callsOf('create-words-invite')).toHaveLength(2);
    expect(model.making.value.state).toBe('done');
  });

  it('takes them back and leaves, whatever the engine says', async () => {
    const client = new FakeClient();
    const surroundings = testSurroundings(client);
    client.refuse('cancel-words-invite', 'engine-gone');
    let left = 0;
    const model = createSayWords(surroundings, () => left++, signal(SPOKEN));
    await model.takeBack();
    expect(left).toBe(1);
    expect(client.callsOf('cancel-words-invite')).toHaveLength(1);
  });
});

describe('three words that a wrong try used up', () => {
  const failed = { ...SPOKEN, state: 'failed' as const };

  function start() {
    const client = new FakeClient(ready({ spoken: SPOKEN }));
    client.answer('create-words-invite', () => ({ spokenId: 'x' }));
    client.answer('cancel-words-invite', () => {
      client.show(ready());
      return {};
    });
    return { client, app: createApp(testSurroundings(client)) };
  }

  it('are told of wherever one is, until it is closed', async () => {
    const { client, app } = start();
    app.navigation.go({ at: 'conversation', contactId: BOB.id });
    expect(app.burntWords.value).toBeUndefined();
    client.show(ready({ spoken: failed }));
    expect(app.burntWords.value).toEqual(failed);
    await app.closeBurntWords();
    expect(app.burntWords.value).toBeUndefined();
  });

  it('are told of once: who saw it on their own screen is not told on the next one', () => {
    const { client, app } = start();
    app.navigation.go({ at: 'say-words' });
    client.show(ready({ spoken: failed }));
    expect(app.burntWords.value).toBeUndefined();
    app.navigation.back();
    expect(client.callsOf('cancel-words-invite')).toHaveLength(1);
    expect(app.burntWords.value).toBeUndefined();
  });

  it('give way to new ones with one press', () => {
    const { client, app } = start();
    client.show(ready({ spoken: failed }));
    app.navigation.go({ at: 'say-words', fresh: failed.id });
    expect(client.callsOf('create-words-invite')).toHaveLength(1);
    expect(app.burntWords.value).toBeUndefined();
  });
});

describe('three words for a contact', () => {
  const forBob = { ...SPOKEN, contactId: BOB.id };

  function saying(present: SpokenView | undefined, contactId: string | undefined = BOB.id) {
    const client = new FakeClient();
    client.answer('create-words-invite', () => ({ spokenId: SPOKEN.id }));
    const spoken = signal(present);
    const whom = contactId === undefined ? {} : { contactId };
    const model = createSayWords(testSurroundings(client), () => {}, spoken, whom);
    return { client, spoken, model, made: () => client.callsOf('create-words-invite') };
  }

  it('are asked for with their name, and go on where they stand', () => {
    expect(saying(undefined).made()).toEqual([{ type: 'create-words-invite', contactId: BOB.id }]);
    expect(saying(forBob).made()).toEqual([]);
  });

  it('do not take the place of words for somebody else unasked, unless those are over', async () => {
    const { made, model } = saying(SPOKEN);
    expect(made()).toEqual([]);
    await model.make();
    expect(made()).toHaveLength(1);
    expect(saying(forBob, undefined).made()).toEqual([]);
    expect(saying({ ...SPOKEN, state: 'failed' }).made()).toHaveLength(1);
  });

  it('are known to have stood once they were seen, so that their end is no beginning', async () => {
    const { model, spoken } = saying(undefined);
    await settled();
    expect(model.stood.value).toBe(false);
    spoken.value = forBob;
    expect(model.stood.value).toBe(true);
    spoken.value = undefined;
    expect(model.stood.value).toBe(true);
    const again = model.make();
    expect(model.stood.value).toBe(false);
    await again;
  });

  it('are not taken for those before them, which are there until they are', async () => {
    const { model, spoken } = saying({ ...forBob, id: 'before', state: 'failed' });
    await model.make();
    expect(model.stood.value).toBe(false);
    spoken.value = forBob;
    expect(model.stood.value).toBe(true);
  });

  it('are accepted as theirs', async () => {
    const client = new FakeClient().answer('accept-words', () => ({ contactId: BOB.id }));
    const model = createTypeWords({ client }, () => {}, { contactId: BOB.id });
    model.type('river window lemonade');
    await model.accept();
    expect(client.callsOf('accept-words')).toEqual([
      { type: 'accept-words', words: numbers, contactId: BOB.id },
    ]);
  });
});

describe('typing three words', () => {
  function typing(client = new FakeClient()) {
    const opened: string[] = [];
    client.answer('accept-words', () => ({ contactId: BOB.id }));
    return { client, opened, model: createTypeWords({ client }, (id) => opened.push(id)) };
  }

  it.each([
    ['River window lemonade', undefined, undefined],
    ['river window lemonade at chat.example.org', undefined, 'chat.example.org'],
    ['river window lemonade', ' chat.example.net ', 'chat.example.net'],
  ])('sends the numbers of "%s", and a server only where one is named', async (text, server, sent) => {
    const { client, opened, model } = typing();
    model.type(text);
    if (server !== undefined) model.typeServer(server);
    await model.accept();
    const named = sent === undefined ? {} : { server: sent };
    expect(client.callsOf('accept-words')).toEqual([{ type: 'accept-words', words: numbers, ...named }]);
    expect(opened).toEqual([BOB.id]);
  });

  it('asks for the server that was to be named, and is content with mine after all', async () => {
    const { client, model } = typing();
    model.type('river window lemonade');
    model.typeServer(' ');
    expect(await model.accept()).toBe(false);
    expect(model.state.value).toEqual({ step: 'typing', code: 'server-missing' });
    model.useMine();
    expect(model.state.value).toEqual({ step: 'typing' });
    expect(await model.accept()).toBe(true);
    expect(client.callsOf('accept-words')).toEqual([{ type: 'accept-words', words: numbers }]);
  });

  it('asks for all three before anything is sent', async () => {
    const { client, model } = typing();
    model.type('river window');
    await model.accept();
    expect(model.state.value).toEqual({ step: 'typing', short: true });
    expect(client.callsOf('accept-words')).toEqual([]);
    model.type('river window l');
    expect(model.state.value).toEqual({ step: 'typing' });
  });

  it('goes through the suggestions with the arrow keys, round and round', () => {
    const { model } = typing();
    model.type('river s');
    const { suggestions } = model.heard.value;
    expect(suggestions.length).toBe(4);
    model.move(-1);
    expect(model.active.value).toBe(3);
    model.move(1);
    expect(model.active.value).toBe(0);
    model.choose(suggestions[0] as string);
    expect(model.text.value).toBe(`river ${suggestions[0]} `);
    expect(model.active.value).toBeUndefined();
    model.move(1);
    expect(model.active.value).toBeUndefined();
  });

  it('says why it did not work until something else is typed', async () => {
    const { client, model } = typing();
    client.refuse('accept-words', 'words-wrong');
    model.type('river window lemonade');
    await model.accept();
    expect(model.state.value).toEqual({ step: 'typing', code: 'words-wrong' });
    model.type('river window');
    expect(model.state.value).toEqual({ step: 'typing' });
  });
});
