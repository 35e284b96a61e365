import { describe, expect, it } from 'vitest';
import { BridgeError, SHOWN_MAX_MESSAGES, TEXT_MAX_BYTES } from '../../bridge/types.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { BOB, conversation, id, mine, NOW, theirs, WITH_LONG } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createConversation, PAGE, SLOW_MS } from './conversation.ts';
import { createDrafts } from './drafts.ts';

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

  it('says where it shows no more, and does not ask for more then', () => {
    const client = new FakeClient();
    const messages = Array.from({ length: SHOWN_MAX_MESSAGES + 1 }, (_, n) => theirs(n, `${n}`, NOW));
    client.showConversation({ ...WITH_LONG, contactId: BOB.id, messages });
    const { model } = open(client);
    model.older();
    expect(model.showsMost.value).toBe(false);
    for (let pages = 0; pages <= SHOWN_MAX_MESSAGES / PAGE; pages++) model.older();
    expect(model.snapshot.value?.messages).toHaveLength(SHOWN_MAX_MESSAGES);
    expect(model.loadingOlder.value).toBe(false);
    expect(model.showsMost.value).toBe(true);
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
