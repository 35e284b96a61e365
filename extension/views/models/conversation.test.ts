import { describe, expect, it } from 'vitest';
import { TEXT_MAX_BYTES } from '../../bridge/types/bounds.ts';
import { BridgeError } from '../../bridge/types/errors.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { BOB, conversation, id, mine, NOW, theirs, WITH_LONG } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createConversation, SLOW_MS } from './conversation.ts';
import { createDrafts } from './drafts.ts';
import { MOST_IN_PAGE, PAGE } from './part.ts';

function open(client: FakeClient) {
  const surroundings = testSurroundings(client);
  const drafts = createDrafts(surroundings);
  return { surroundings, drafts, model: createConversation(surroundings, drafts, BOB.id) };
}

const HELLO = conversation(BOB.id, [theirs(1, 'Hello', NOW)], { firstUnread: id(1001) });

describe('a conversation', () => {
  it('shows that it waits only after a moment, and not once there is something to show', () => {
    const client = new FakeClient();
    const { model, surroundings } = open(client);
    surroundings.clock.pass(SLOW_MS - 1);
    expect(model.slow.value).toBe(false);
    surroundings.clock.pass(1);
    expect(model.slow.value).toBe(true);
    client.showConversation(HELLO);
    expect(model.slow.value).toBe(false);
  });

  it('keeps the line above what was unread on arrival', () => {
    const client = new FakeClient();
    client.showConversation(HELLO);
    const { model } = open(client);
    client.showConversation(conversation(BOB.id, HELLO.messages));
    expect(model.firstUnread.value).toBe(id(1001));
  });

  it('marks as read what is on the screen of somebody who looks, once', () => {
    const client = new FakeClient();
    client.showConversation(HELLO);
    const { model, surroundings } = open(client);
    expect(client.callsOf('mark-read')).toEqual([]);
    model.atEnd(true);
    expect(client.callsOf('mark-read')).toEqual([
      { type: 'mark-read', contactId: BOB.id, messageId: id(1001) },
    ]);
    surroundings.attentive.value = false;
    client.showConversation(conversation(BOB.id, [...HELLO.messages, theirs(2, 'Are you there?', NOW)]));
    expect(client.callsOf('mark-read')).toHaveLength(1);
    model.atEnd(false);
    surroundings.attentive.value = true;
    expect(client.callsOf('mark-read')).toHaveLength(1);
    model.atEnd(true);
    expect(client.callsOf('mark-read').at(-1)?.messageId).toBe(id(1002));
  });

  it('marks as read what came late and stands before the newest', () => {
    const client = new FakeClient();
    const [newest, late] = [theirs(3, 'Third', NOW), theirs(2, 'Second', NOW)];
    client.showConversation(conversation(BOB.id, [...HELLO.messages, newest]));
    open(client).model.atEnd(true);
    expect(client.callsOf('mark-read')).toHaveLength(1);
    client.showConversation(conversation(BOB.id, [...HELLO.messages, late, newest]));
    expect(client.callsOf('mark-read')).toHaveLength(2);
    client.showConversation(conversation(BOB.id, [...HELLO.messages, late, newest]));
    expect(client.callsOf('mark-read')).toHaveLength(2);
  });

  it('tries again to mark as read when that failed', async () => {
    const client = new FakeClient().refuse('mark-read', 'engine-gone');
    client.showConversation(HELLO);
    const { model, surroundings } = open(client);
    model.atEnd(true);
    await settled();
    surroundings.attentive.value = false;
    surroundings.attentive.value = true;
    expect(client.callsOf('mark-read')).toHaveLength(2);
  });

  it('sends the draft as it was written and empties the field at once', async () => {
    const client = new FakeClient().answer('send', () => ({ messageId: id(7) }));
    const { model } = open(client);
    model.type('  Two\nlines ');
    const sending = model.send();
    expect(model.draft.value).toBe('');
    await sending;
    expect(client.callsOf('send')).toEqual([{ type: 'send', contactId: BOB.id, text: '  Two\nlines ' }]);
  });

  it('sends no empty message', async () => {
    const client = new FakeClient();
    const { model } = open(client);
    model.type(' \n ');
    await model.send();
    expect(client.callsOf('send')).toEqual([]);
  });

  it('gives the text back when it could not be kept, above what was written since', async () => {
    let fail = (_: Error): void => {};
    const client = new FakeClient().answer(
      'send',
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
    );
    const { model } = open(client);
    model.type('First');
    const sending = model.send();
    model.type('Second');
    fail(new BridgeError('storage-full'));
    await sending;
    expect(model.draft.value).toBe('First\nSecond');
    expect(model.failure.value).toBe('storage-full');
    model.type('First');
    expect(model.failure.value).toBeUndefined();
  });

  it('counts bytes near the limit, and asks the engine for nothing beyond it', async () => {
    const client = new FakeClient();
    const { model } = open(client);
    model.type('a'.repeat(1_000));
    expect(model.left.value).toBeUndefined();
    model.type('€'.repeat(TEXT_MAX_BYTES / 3 - 10));
    expect(model.left.value).toBe(30);
    model.type('a'.repeat(TEXT_MAX_BYTES + 1));
    expect(model.left.value).toBe(-1);
    await model.send();
    expect(client.callsOf('send')).toEqual([]);
    expect(model.failure.value).toBe('text-too-long');
    expect(model.draft.value).toHaveLength(TEXT_MAX_BYTES + 1);
  });

  it('keeps a draft for each contact when it is left', () => {
    const { model, surroundings, drafts } = open(new FakeClient());
    model.type('Later');
    model.dispose();
    expect(createConversation(surroundings, drafts, id(99)).draft.value).toBe('');
    expect(createConversation(surroundings, drafts, BOB.id).draft.value).toBe('Later');
  });

  it('asks for an older page once, until it is there', () => {
    const client = new FakeClient();
    client.showConversation({ ...WITH_LONG, contactId: BOB.id });
    const { model } = open(client);
    expect(model.snapshot.value?.messages).toHaveLength(PAGE);
    model.older();
    expect(model.snapshot.value?.messages).toHaveLength(2 * PAGE);
    expect(client.watches).toEqual([{ topic: 'conversation', contactId: BOB.id, limit: 2 * PAGE }]);
    model.older();
    expect(model.snapshot.value?.messages).toHaveLength(120);
    model.older();
    expect(client.watches).toEqual([{ topic: 'conversation', contactId: BOB.id, limit: 3 * PAGE }]);
  });

  describe('of a thousand messages', () => {
    const messages = Array.from({ length: 1000 }, (_, n) => theirs(n, `${n}`, NOW));
    const LONG = conversation(BOB.id, messages);
    const place = (message: (typeof messages)[number]) => Number(message.text);

    function openLong(more: Parameters<typeof conversation>[2] = {}) {
      const client = new FakeClient();
      client.showConversation({ ...LONG, ...more });
      const { model } = open(client);
      const shown = () => (model.snapshot.value?.messages ?? []).map(place);
      return { client, model, shown };
    }

    it('shows each of them in turn, up to the first and back to the newest, and never many at once', () => {
      const { client, model, shown } = openLong();
      const seen = new Set(shown());
      const walk = (step: () => void, isOver: () => boolean) => {
        for (let steps = 0; steps < 30 && !isOver(); steps++) {
          const before = shown();
          step();
          expect(model.loading.value).toBeUndefined();
          expect(shown().length).toBeLessThanOrEqual(MOST_IN_PAGE + 1);
          // What the person was looking at stays, and nothing is left out.
          expect(shown().some((n) => before.includes(n))).toBe(true);
          for (const n of shown()) seen.add(n);
        }
        expect(isOver()).toBe(true);
      };
      walk(model.older, () => model.snapshot.value?.hasOlder === false);
      expect(seen.size).toBe(1000);
      expect(shown()[0]).toBe(0);
      seen.clear();
      walk(model.newer, () => model.snapshot.value?.hasNewer === false);
      expect(shown().at(-1)).toBe(999);
      // From here on what comes is shown.
      client.showConversation({ ...LONG, messages: [...messages, theirs(1000, '1000', NOW)] });
      expect(shown().at(-1)).toBe(1000);
      expect(client.watches).toHaveLength(1);
    });

    it('goes to any of them, and back to the end', () => {
      const { model, shown } = openLong();
      model.goTo(id(1000 + 300));
      expect(shown()).toContain(300);
      expect(shown().indexOf(300)).toBeGreaterThan(10);
      expect(model.going.value).toEqual({ to: 'message', id: id(1000 + 300) });
      model.arriveThere();
      expect(model.going.value).toBeUndefined();
      model.toEnd();
      expect(shown()).toEqual(messages.slice(-PAGE).map(place));
    });

    it('says so where the message to go to is not there any more', () => {
      const { model, shown } = openLong();
      model.goTo(id(7));
      expect(model.going.value).toBeUndefined();
      expect(model.failure.value).toBe('unknown-message');
      expect(shown().at(-1)).toBe(999);
    });

    it('begins where the unread ones begin, however many they are, and marks them at the end alone', () => {
      const { client, model, shown } = openLong({ firstUnread: id(1000 + 200) });
      expect(shown()).toContain(200);
      expect(shown()).not.toContain(999);
      expect(model.firstUnread.value).toBe(id(1000 + 200));
      expect(client.watches).toHaveLength(1);
      model.atEnd(false);
      expect(client.callsOf('mark-read')).toEqual([]);
    });

    it('announces what comes, and nothing that comes into the page by reading on', () => {
      const { client, model } = openLong({ firstUnread: id(1000 + 800) });
      for (let steps = 0; steps < 10; steps++) {
        model.newer();
        expect(model.arrived.value).toEqual([]);
      }
      const news = theirs(1000, '1000', NOW);
      client.showConversation({ ...LONG, messages: [...messages, news] });
      expect(model.arrived.value).toEqual([news]);
    });

    it('announces no old failure that comes into the page', () => {
      const failed = mine(100, '100', NOW, { state: 'failed', reason: 'expired' });
      const { model, shown } = openLong({
        messages: messages.map((message, n) => (n === 100 ? failed : message)),
      });
      model.goTo(id(1000 + 300));
      while (!shown().includes(100)) model.older();
      expect(model.undelivered.value).toEqual([]);
    });

    it('comes to the end with what is written there', async () => {
      const { client, model, shown } = openLong();
      client.answer('send', () => ({ messageId: id(9000) }));
      model.goTo(id(1000 + 300));
      model.type(' ');
      await model.send();
      expect(shown()).not.toContain(999);
      model.type('Here');
      await model.send();
      expect(shown().at(-1)).toBe(999);
      expect(model.going.value).toEqual({ to: 'end' });
    });
  });

  it('announces what is new of theirs, and neither what was there nor older pages', () => {
    const client = new FakeClient();
    client.showConversation({ ...WITH_LONG, contactId: BOB.id });
    const { model } = open(client);
    model.older();
    expect(model.arrived.value).toEqual([]);
    const news = theirs(900, 'News', NOW);
    client.showConversation({
      ...WITH_LONG,
      contactId: BOB.id,
      messages: [...WITH_LONG.messages, news, mine(901, 'Mine', NOW, { state: 'sent' })],
    });
    expect(model.arrived.value).toEqual([news]);
  });

  it('says why a message could not be tried again', async () => {
    const client = new FakeClient().refuse('retry', 'unknown-message');
    const { model } = open(client);
    await model.retry(id(3));
    expect(model.failure.value).toBe('unknown-message');
    await model.discard(id(3));
    expect(model.failure.value).toBeUndefined();
    expect(client.callsOf('discard')).toHaveLength(1);
  });

  it('says how many sealed ones opened', async () => {
    const client = new FakeClient().answer('clear-quarantine', () => ({ opened: 2 }));
    const { model } = open(client);
    await model.clearQuarantine();
    expect(model.opened.value).toBe(2);
  });

  it('watches nothing any more when it is left', () => {
    const client = new FakeClient();
    open(client).model.dispose();
    expect(client.watches).toEqual([]);
  });
});
