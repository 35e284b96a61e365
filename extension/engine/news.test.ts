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
});
