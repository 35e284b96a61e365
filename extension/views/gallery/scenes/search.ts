import { BridgeError } from '../../../bridge/types/errors.ts';
import type { FoundMessage } from '../../../bridge/types/snapshots.ts';
import type { App } from '../../models/app.ts';
import type { FakeClient } from '../../testing/fake-client.ts';
import {
  BOB,
  contact,
  found,
  LONG,
  MAYA,
  mine,
  NOW,
  OF_ALL_KINDS,
  ready,
  TOM,
  theirs,
  WITH_BOB,
} from '../../testing/samples.ts';
import { open, type Scenes, talk } from './scene.ts';

const DAY = 86_400_000;
const RIVA = contact(40, 'Riva Lindqvist', {
  last: { text: 'Both of them, by Friday.', from: 'them', at: NOW - 9 * DAY },
});
const PEOPLE = [BOB, MAYA, TOM, RIVA, LONG];

const FOUND: readonly FoundMessage[] = [
  found(
    BOB.id,
    theirs(4, 'Shall we meet at the river instead? The café is full of people who know us.', NOW - 180_000),
    'riv',
  ),
  found(MAYA.id, mine(20, 'I have arrived. It rains.', NOW - DAY, { state: 'delivered' }), 'riv'),
  found(
    BOB.id,
    mine(
      21,
      '…and behind the mill the path follows the river for an hour, past the boats and the two old willows, until one sees the bridge. From there it is…',
      NOW - 20 * DAY,
      { state: 'delivered' },
    ),
    'riv',
  ),
  found(LONG.id, theirs(22, 'Rivers are only roads that move.', NOW - 500 * DAY), 'Riv'),
];

const WITH_WORDS: readonly FoundMessage[] = [
  found(
    BOB.id,
    theirs(
      4,
      'Shall we meet at the river, behind the bridge? The café is full of people who know us.',
      NOW - 180_000,
    ),
    ...['river', 'bridge', 'full of'],
  ),
  found(
    LONG.id,
    mine(
      21,
      '…follows the river for an hour, past the boats and … until one sees the bridge. From there … and the inn is full of people, and the …',
      NOW - 20 * DAY,
      { state: 'delivered' },
    ),
    ...['river', 'bridge', 'full of'],
  ),
];

/** What comes while one looks at it. */
const NEWS: readonly FoundMessage[] = [
  found(BOB.id, theirs(50, 'The river has risen.', NOW - 1000), 'riv'),
  found(MAYA.id, theirs(51, 'Which river?', NOW), 'riv'),
];

const SCRIPTS = OF_ALL_KINDS.map(({ id }) => id);
const IN_SCRIPTS: readonly FoundMessage[] = [
  found(SCRIPTS[0] ?? '', theirs(3, 'مرحبا Bob، نلتقي at 18:30 عند النَّهر؟', NOW - DAY), 'النَّهر'),
  found(
    SCRIPTS[1] ?? '',
    mine(4, 'נתראה מחר בשש ליד הנהר, אני מביאה את השרטוטים', NOW - 2 * DAY, { state: 'sent' }),
    'הנהר',
  ),
  found(SCRIPTS[2] ?? '', theirs(5, 'all 👩‍👩‍👧‍👦 here 🎉', NOW - 3 * DAY), '👩‍👩‍👧‍👦'),
  found(SCRIPTS[4] ?? '', theirs(7, '明天在河边见吗？我会带上那些图纸。', NOW - 700 * DAY), '河边'),
];

const finds =
  (messages: readonly FoundMessage[], further = false) =>
  (client: FakeClient): void => {
    client.answer('search-messages', ({ contactId }) => ({
      found: messages.filter((one) => contactId === undefined || one.contactId === contactId),
      since: 0,
      ...(further ? { next: { conversations: [{ contactId: BOB.id, reached: NOW - 240 * DAY }] } } : {}),
    }));
  };

const look =
  (text: string, contactId?: string) =>
  (app: App): void => {
    if (contactId !== undefined) open(contactId)(app);
    app.navigation.go({ at: 'search', ...(contactId === undefined ? {} : { contactId }) });
    const place = app.place.peek();
    if (place.at === 'search') place.search.type(text);
  };

/** Finds a part, and is not through with the next. */
const takesLong = (client: FakeClient): void => {
  client.answer('search-messages', ({ after }) =>
    after === undefined
      ? {
          found: FOUND.slice(0, 1),
          since: 0,
          next: { conversations: [{ contactId: BOB.id, reached: NOW - 240 * DAY }] },
        }
      : new Promise(() => {}),
  );
};

export const SEARCH: Scenes = {
  'search-empty': { app: ready(), conversations: talk, act: look(''), more: ['narrow', 'wide'] },
  search: {
    app: ready({ contacts: PEOPLE }),
    conversations: talk,
    engine: finds(FOUND),
    act: look('riv'),
    more: ['narrow', 'rtl', 'wide', 'popup'],
  },
  'search-in-conversation': {
    app: ready({ contacts: PEOPLE }),
    conversations: talk,
    engine: finds(FOUND),
    act: look('riv', BOB.id),
    more: ['narrow', 'rtl', 'wide'],
  },
  'search-of-all-kinds': {
    app: ready({ contacts: OF_ALL_KINDS }),
    engine: finds(IN_SCRIPTS),
    act: look('नदी'),
    more: ['narrow', 'rtl'],
  },
  'search-words': {
    app: ready({ contacts: PEOPLE }),
    engine: finds(WITH_WORDS),
    act: look('river bridge “full of”'),
    more: ['narrow', 'rtl'],
  },
  'search-nothing': {
    app: ready(),
    engine: finds([]),
    act: look('zeppelin'),
    more: ['narrow'],
  },
  'search-slow': { app: ready({ contacts: PEOPLE }), engine: takesLong, act: look('riv') },
  'search-paused': {
    app: ready({ contacts: PEOPLE }),
    engine: finds(
      Array.from({ length: 50 }, (_, n) =>
        found(BOB.id, theirs(100 + n, `The river again, the ${n + 1}. time`, NOW - n * DAY), 'riv'),
      ),
      true,
    ),
    act: look('riv', BOB.id),
    more: ['narrow'],
  },
  'search-fresh': {
    app: ready({ contacts: PEOPLE }),
    conversations: talk,
    engine: (client) => {
      finds(FOUND)(client);
      client.answer('search-changes', ({ since }) => ({
        looked: [],
        found: since === 0 ? NEWS : [],
        since: 1,
      }));
    },
    act: (app, client) => {
      look('riv')(app);
      const place = app.place.peek();
      if (place.at !== 'search') return;
      // Once it has found what there was.
      place.search.state.subscribe(({ state }) => {
        if (state === 'done') setTimeout(() => client.changeMessages());
      });
    },
    more: ['narrow', 'rtl', 'wide'],
  },
  'search-failed': {
    app: ready({ contacts: PEOPLE }),
    engine: (client) =>
      client.answer('search-messages', () => {
        throw new BridgeError('engine-gone');
      }),
    act: look('riv', BOB.id),
    more: ['narrow'],
  },
  'search-found': {
    app: ready({ contacts: PEOPLE }),
    conversations: talk,
    act: (app) => {
      app.navigation.go({ at: 'search' });
      app.navigation.go({ at: 'conversation', contactId: BOB.id, messageId: WITH_BOB.messages[3]?.id ?? '' });
    },
    more: ['narrow', 'wide'],
  },
};
