import { beforeEach, describe, expect, it } from 'vitest';
import { BridgeError } from '../bridge/types/errors.ts';
import type { ConversationSnapshot, Snapshots } from '../bridge/types/snapshots.ts';
import { settle } from './testing/hand-clock.ts';
import { Watchers } from './watchers.ts';

const conversation = (contactId: string) => ({ topic: 'conversation', contactId, limit: 50 }) as const;
const snapshotOf = (contactId: string): ConversationSnapshot => ({
  contactId,
  messages: [],
  hasOlder: false,
  hasNewer: false,
  draft: '',
  keyChanges: [],
});

let known: Set<string>;
let looking: string[];
let told: string[];
let slow: Map<string, Promise<void>>;
let watchers: Watchers;
const tell = (snapshot: Snapshots[keyof Snapshots]): void => {
  if ('phase' in snapshot) told.push('app');
  else told.push('revision' in snapshot ? 'messages' : snapshot.contactId);
};

beforeEach(() => {
  [known, looking, told, slow] = [new Set(['a', 'b']), [], [], new Map()];
  watchers = new Watchers({
    app: () => ({ phase: 'starting' }),
    messages: () => ({ revision: 1 }),
    conversation: async (contactId) => {
      await slow.get(contactId);
      if (!known.has(contactId)) throw new BridgeError('unknown-contact');
      return snapshotOf(contactId);
    },
    looking: (contactId, now) => looking.push(`${contactId} ${now}`),
  });
});

describe('watchers', () => {
  it('hear at once, and once for all changes of a turn, the conversation before the list', async () => {
    watchers.add({ topic: 'app' }, tell);
    watchers.add(conversation('a'), tell);
    await settle();
    expect(told).toEqual(['app', 'a']);
    for (let i = 0; i < 5; i++) watchers.conversationChanged('a');
    watchers.conversationChanged('b');
    await settle();
    expect(told.slice(2)).toEqual(['a', 'app']);
  });

  it('are told although another has no snapshot', async () => {
    watchers.add(conversation('nobody'), tell);
    watchers.add(conversation('a'), tell);
    watchers.add({ topic: 'app' }, tell);
    await settle();
    told = [];
    watchers.conversationChanged('nobody');
    watchers.conversationChanged('a');
    await settle();
    expect(told).toEqual(['a', 'app']);
  });

  it('of a conversation that did not exist are told when it does', async () => {
    watchers.add(conversation('new'), tell);
    await settle();
    expect(told).toEqual([]);
    known.add('new');
    looking = [];
    watchers.revisit('new');
    await settle();
    expect([told, looking]).toEqual([['new'], ['new true']]);
    watchers.add(conversation('a'), tell);
    looking = [];
    watchers.revisit();
    expect(looking).toEqual(['new true', 'a true']);
  });

  it('never get an older snapshot after a newer one, nor any after they stopped', async () => {
    let release = () => {};
    slow.set(
      'a',
      new Promise((done) => {
        release = done;
      }),
    );
    const stop = watchers.add(conversation('a'), tell);
    watchers.add({ topic: 'app' }, tell);
    await settle();
    expect(told).toEqual([]);
    stop();
    release();
    await settle();
    expect(told).toEqual(['app']);
  });

  it('say when the last of them looks away', () => {
    const first = watchers.add(conversation('a'), tell);
    const second = watchers.add(conversation('a'), tell);
    first();
    first();
    expect(looking).toEqual(['a true', 'a true']);
    second();
    expect(looking.at(-1)).toBe('a false');
  });
});
