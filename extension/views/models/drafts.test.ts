import { describe, expect, it } from 'vitest';
import { DRAFT_MAX_CHARACTERS } from '../../bridge/types/bounds.ts';
import { BridgeError, type BridgeErrorCode } from '../../bridge/types/errors.ts';
import type { MessageView } from '../../bridge/types/snapshots.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { BOB, conversation, MAYA, mine, NOW, ready } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createApp } from './app.ts';
import { createDrafts } from './drafts.ts';

/** What the engine says of the conversation. */
const shown = (draft: string, messages: readonly MessageView[] = []) =>
  conversation(BOB.id, messages, { draft });

function begin(client = new FakeClient()) {
  const drafts = createDrafts(testSurroundings(client));
  return { client, drafts, draft: drafts.open(BOB.id) };
}

/** An engine that answers one kind of command when the test says so. */
function slow(type: 'set-draft' | 'send') {
  const waiting: { done(): void; fail(code: BridgeErrorCode): void }[] = [];
  const client = new FakeClient().answer(
    type,
    () =>
      new Promise<never>((resolve, reject) =>
        waiting.push({
          done: () => resolve({} as never),
          fail: (code) => reject(new BridgeError(code)),
        }),
      ),
  );
  const next = async (how: (each: (typeof waiting)[number]) => void): Promise<void> => {
    const each = waiting.shift();
    if (each === undefined) throw new Error('nothing was asked');
    how(each);
    await settled();
  };
  return {
    client,
    done: () => next((each) => each.done()),
    fail: (code: BridgeErrorCode) => next((each) => each.fail(code)),
  };
}

const askedOf = (client: FakeClient) => client.callsOf('set-draft').map(({ text }) => text);

describe('a draft', () => {
  it('is given to the engine with every key, whether or not it has answered to those before', async () => {
    const { client, done } = slow('set-draft');
    const { draft } = begin(client);
    draft.arrive(shown(''));
    for (const text of ['H', 'He', 'Hel']) draft.set(text);
    expect(askedOf(client)).toEqual(['H', 'He', 'Hel']);
    await done();
    // What it says now, it said before it heard the rest.
    draft.arrive(shown('H'));
    expect(draft.text.value).toBe('Hel');
    await done();
    await done();
    draft.arrive(shown('Hello'));
    expect(draft.text.value).toBe('Hello');
    expect(askedOf(client)).toHaveLength(3);
  });

  it('is given to the engine also while what was written before it is being sent', async () => {
    const { client, done } = slow('send');
    const { draft } = begin(client);
    draft.arrive(shown(''));
    draft.set('Hello');
    await settled();
    void draft.send();
    expect(draft.text.value).toBe('');
    draft.set('And');
    void draft.send();
    draft.set('More');
    // The next moment may lock it.
    expect(askedOf(client)).toEqual(['Hello', 'And', 'More']);
    await done();
    await done();
    expect([draft.text.value, askedOf(client).length]).toEqual(['More', 3]);
  });

  it('does not come back by what the engine said of it before it was sent', async () => {
    const { client } = slow('set-draft');
    const { draft } = begin(client);
    draft.arrive(shown(''));
    draft.set('Hello');
    await settled();
    void draft.send();
    draft.arrive(shown('Hello'));
    expect(draft.text.value).toBe('');
  });

  it('is taken from the engine by nothing empty while it is being sent', async () => {
    const { client, done } = slow('set-draft');
    client.answer('send', () => new Promise<never>(() => {}));
    const { draft } = begin(client);
    draft.arrive(shown(''));
    draft.set('Hello');
    await settled();
    void draft.send();
    await done();
    // Should the engine end now, that is all there is of it.
    expect(askedOf(client)).toEqual(['Hello']);
  });

  it('comes from the engine unless something was written here', () => {
    const { draft } = begin();
    draft.arrive(shown('As I was saying'));
    expect(draft.text.value).toBe('As I was saying');
    draft.set('');
    draft.arrive(shown('As I was saying'));
    expect(draft.text.value).toBe('');
  });

  it('stands before what was written until it came, and is not overwritten by that', async () => {
    const { client, draft } = begin();
    draft.set('And then');
    await settled();
    expect(askedOf(client)).toEqual([]);
    draft.arrive(shown('As I was saying'));
    expect(draft.text.value).toBe('As I was saying\nAnd then');
    expect(askedOf(client)).toEqual(['As I was saying\nAnd then']);
  });

  it('stays on the screen when the engine does not take it, and is tried again', async () => {
    const { client, draft } = begin(new FakeClient().refuse('set-draft', 'engine-gone'));
    draft.arrive(shown(''));
    draft.set('Hello');
    await settled();
    draft.set('Hello!');
    expect(draft.text.value).toBe('Hello!');
    expect(askedOf(client)).toHaveLength(2);
    await settled();
    // The next engine shows what it has, and gets what it lacks.
    draft.arrive(shown(''));
    expect(askedOf(client)).toHaveLength(3);
    await settled();
    draft.set('x'.repeat(DRAFT_MAX_CHARACTERS + 1));
    expect(askedOf(client)).toHaveLength(3);
  });
});

describe('a draft in two views', () => {
  it('goes from the one when it was sent in the other', async () => {
    const { draft } = begin();
    draft.arrive(shown(''));
    draft.set('Hello');
    await settled();
    draft.arrive(shown('', [mine(1, 'Hello', NOW, { state: 'waiting' })]));
    expect(draft.text.value).toBe('');
  });

  it('goes on in the one as it was written on in the other, and loses nothing of its own', async () => {
    const { client, draft } = begin();
    draft.arrive(shown('Hello'));
    draft.arrive(shown('Hello Bob'));
    expect(draft.text.value).toBe('Hello Bob');
    client.refuse('set-draft', 'storage-full');
    draft.set('Hello Bob, and so on');
    await settled();
    draft.arrive(shown('Hello'));
    expect(draft.text.value).toBe('Hello Bob, and so on');
  });

  it('is not held on to in the list when it was sent in the other', async () => {
    const client = new FakeClient(ready());
    client.showConversation(shown(''));
    const app = createApp(testSurroundings(client));
    app.navigation.go({ at: 'conversation', contactId: BOB.id });
    app.drafts.open(BOB.id).set('Hello');
    await settled();
    app.navigation.back();
    client.show(ready({ contacts: [{ ...BOB, draft: 'Hello' }, MAYA] }));
    expect(app.drafts.texts.value).toEqual({ [BOB.id]: 'Hello' });
    client.show(ready());
    expect(app.drafts.texts.value).toEqual({});
  });
});

describe('a draft whose conversation is left', () => {
  it('before the one that the engine has had come goes with that, and takes its place nowhere', async () => {
    const { client, drafts, draft } = begin();
    draft.set('And then');
    draft.leave();
    client.showConversation(shown('As I was saying'));
    await settled();
    expect(askedOf(client)).toEqual(['As I was saying\nAnd then']);
    expect(client.watches).toEqual([]);
    expect(drafts.open(BOB.id).text.value).toBe('As I was saying\nAnd then');
  });

  it('and come back to before that takes its place nowhere either', async () => {
    const { client, drafts, draft } = begin();
    draft.set('And then');
    draft.leave();
    const again = drafts.open(BOB.id);
    again.set('And then some');
    await settled();
    expect(askedOf(client)).toEqual([]);
    client.showConversation(shown('As I was saying'));
    expect(again.text.value).toBe('As I was saying\nAnd then some');
  });

  it('while it is sent says why that failed to who comes back', async () => {
    const { client, fail } = slow('send');
    const { drafts, draft } = begin(client);
    draft.arrive(shown(''));
    draft.set('Hello');
    void draft.send();
    draft.leave();
    await fail('storage-full');
    const again = drafts.open(BOB.id);
    expect([again.text.value, again.failure.value]).toEqual(['Hello', 'storage-full']);
    again.set('Hello!');
    expect(again.failure.value).toBeUndefined();
  });
});

describe('two messages that could not be sent', () => {
  it.each([
    ['the first first', [0, 1]],
    ['the second first', [1, 0]],
  ] as const)('come back in their order, %s, before what was written since', async (_, refusals) => {
    const refuse: (() => void)[] = [];
    const client = new FakeClient().answer(
      'send',
      () => new Promise((_, reject) => refuse.push(() => reject(new BridgeError('storage-full')))),
    );
    const { draft } = begin(client);
    draft.arrive(shown(''));
    for (const text of ['One', 'Two']) {
      draft.set(text);
      void draft.send();
    }
    draft.set('Three');
    for (const at of refusals) {
      refuse[at]?.();
      await settled();
    }
    expect([draft.text.value, draft.failure.value]).toEqual(['One\nTwo\nThree', 'storage-full']);
    expect(askedOf(client).at(-1)).toBe('One\nTwo\nThree');
  });
});

describe('a message that an engine was to send which went away', () => {
  async function lost() {
    const { client, fail } = slow('send');
    const begun = begin(client);
    begun.draft.arrive(shown(''));
    begun.draft.set('Hello');
    await settled();
    void begun.draft.send();
    await fail('engine-gone');
    expect(begun.draft.text.value).toBe('Hello');
    return begun;
  }
  const sent = mine(1, 'Hello', NOW, { state: 'waiting' });

  it('cannot be sent again before it is known whether it was', async () => {
    const { client, draft } = await lost();
    await draft.send();
    expect(client.callsOf('send')).toHaveLength(1);
    expect(draft.failure.value).toBe('engine-gone');
    draft.arrive(shown('Hello'));
    void draft.send();
    expect(client.callsOf('send')).toHaveLength(2);
  });

  it('leaves the composer where it was sent', async () => {
    const { draft } = await lost();
    draft.set('Hello\nAnd more');
    draft.arrive(shown('', [sent]));
    expect(draft.text.value).toBe('And more');
    expect(draft.failure.value).toBeUndefined();
  });

  it.each([
    ['the second', [1], 'One\nThree'],
    ['the first', [0], 'Two\nThree'],
    ['neither', [], 'One\nTwo\nThree'],
    ['both', [0, 1], 'Three'],
  ] as const)('stays alone where of two only %s was sent', async (_, were, left) => {
    const { client, fail } = slow('send');
    const { draft } = begin(client);
    draft.arrive(shown(''));
    const texts = ['One', 'Two'];
    for (const text of texts) {
      draft.set(text);
      void draft.send();
    }
    draft.set('Three');
    for (const _ of texts) await fail('engine-gone');
    expect(draft.text.value).toBe('One\nTwo\nThree');
    const messages = were.map((at) => mine(at + 1, texts[at] as string, NOW, { state: 'waiting' }));
    draft.arrive(shown('Three', messages));
    expect([draft.text.value, draft.failure.value]).toEqual([
      left,
      were.length === 2 ? undefined : 'engine-gone',
    ]);
  });

  it('stays where one like it was sent earlier', async () => {
    const { draft } = await lost();
    draft.arrive(shown('Hello', [{ ...sent, at: NOW - 1 }]));
    expect(draft.text.value).toBe('Hello');
    expect(draft.failure.value).toBe('engine-gone');
  });
});

describe('locking', () => {
  it('comes after the last words, also where the engine has not answered to those before', async () => {
    const { client } = slow('set-draft');
    client.show(ready());
    client.showConversation(shown(''));
    const app = createApp(testSurroundings(client));
    app.navigation.go({ at: 'conversation', contactId: BOB.id });
    for (const text of ['H', 'He', 'Hel']) app.drafts.open(BOB.id).set(text);
    await app.lockNow();
    expect(client.calls).toMatchObject([
      { type: 'set-draft', text: 'H' },
      { type: 'set-draft', text: 'He' },
      { type: 'set-draft', text: 'Hel' },
      { type: 'lock' },
    ]);
  });

  it('leaves nothing that a late answer empties the draft with', async () => {
    const { client, done } = slow('set-draft');
    const { drafts, draft } = begin(client);
    draft.arrive(shown(''));
    draft.set('Hello');
    drafts.forget();
    await done();
    expect(askedOf(client)).toEqual(['Hello']);
    expect(drafts.texts.value).toEqual({});
  });
});
