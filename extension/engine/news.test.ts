import { afterEach, describe, expect, it } from 'vitest';
import { HandClock } from './testing/hand-clock.ts';
import { type TwoContacts, twoContacts } from './testing/two-contacts.ts';

let two: TwoContacts;
afterEach(() => two.end());

describe('a notification', () => {
  it('tells of no message that was read before the view was closed', async () => {
    const clock = new HandClock();
    two = await twoContacts(clock);
    const { alice, bob, toBob, toAlice } = two;
    alice.engine.viewsOpen(1);
    const messageId = await bob.send(toAlice, 'Look here.');
    await alice.conversation(toBob, (messages) => messages.length === 1);
    await alice.engine.handle({ type: 'mark-read', contactId: toBob, messageId });
    alice.engine.viewsOpen(0);
    await clock.advance(1000);
    const ofMessages = () => alice.news.filter(({ about }) => about === 'message');
    expect(ofMessages()).toEqual([]);
    await bob.send(toAlice, 'And here.');
    await alice.conversation(toBob, (messages) => messages.length === 2);
    await clock.advance(1000);
    expect(ofMessages()).toEqual([{ tag: toBob, about: 'message', name: 'Bob', count: 1 }]);
  });

  it('comes to nobody who has a view open, nor to who wants none', async () => {
    const clock = new HandClock();
    two = await twoContacts(clock);
    const { alice, bob, toBob, toAlice } = two;
    const write = async (count: number) => {
      await bob.send(toAlice, `Message ${count}`);
      await alice.conversation(toBob, (messages) => messages.length === count);
      await clock.advance(1000);
    };
    const ofMessages = () => alice.news.filter(({ about }) => about === 'message');
    alice.engine.viewsOpen(1);
    await write(1);
    expect(ofMessages()).toEqual([]);
    alice.engine.viewsOpen(0);
    await alice.engine.handle({ type: 'change-settings', change: { notifications: false } });
    await write(2);
    expect(ofMessages()).toEqual([]);
    // It was those two that kept it away.
    await alice.engine.handle({ type: 'change-settings', change: { notifications: true } });
    await write(3);
    expect(ofMessages()).toHaveLength(1);
  });
});
