import {
  BOB,
  conversation,
  IN_ALL_SCRIPTS,
  INES,
  LONG,
  MAYA,
  mine,
  NAMELESS,
  NOW,
  OF_ALL_KINDS,
  ready,
  THOUSAND,
  TOM,
  WITH_BOB,
} from '../../testing/samples.ts';
import { CHANGED, open, type Scenes, talk } from './scene.ts';

export const CONVERSATION: Scenes = {
  conversation: {
    app: ready(),
    conversations: talk,
    act: open(BOB.id),
    more: ['narrow', 'rtl', 'wide', 'popup'],
  },
  'conversation-words': {
    app: ready(),
    conversations: talk,
    act: open(BOB.id),
    press: ['Connection: direct · 24 ms'],
  },
  'conversation-failed': { app: ready(), conversations: talk, act: open(MAYA.id), more: ['narrow', 'rtl'] },
  'conversation-empty-waiting': { app: ready(), conversations: talk, act: open(INES.id) },
  'conversation-nameless': {
    app: ready({ contacts: [NAMELESS, BOB] }),
    conversations: [conversation(NAMELESS.id, [])],
    act: open(NAMELESS.id),
    more: ['narrow', 'wide'],
  },
  'conversation-quarantined': {
    app: ready({ contacts: [{ ...BOB, quarantined: 2 }] }),
    conversations: talk,
    act: open(BOB.id),
  },
  'conversation-offline': {
    app: ready({ server: { state: 'unreachable', retryAt: NOW + 40_000 } }),
    conversations: talk,
    act: open(TOM.id),
  },
  'conversation-connecting': {
    app: ready({ server: { state: 'connecting' } }),
    conversations: talk,
    act: open(TOM.id),
  },
  'conversation-long': {
    app: ready({ contacts: [LONG, BOB] }),
    conversations: talk,
    act: (app) => {
      open(LONG.id)(app);
      app.drafts
        .open(LONG.id)
        .set('A draft of several lines,\nso that the field grows,\nand then some more words.');
    },
    more: ['narrow', 'wide'],
  },
  // More is unread than a page holds.
  'conversation-unread': {
    app: ready({ contacts: [LONG, BOB] }),
    conversations: [THOUSAND],
    act: open(LONG.id),
  },
  'conversation-of-all-scripts': {
    app: ready({ contacts: OF_ALL_KINDS }),
    conversations: OF_ALL_KINDS.map(({ id }) => conversation(id, IN_ALL_SCRIPTS)),
    act: (app) => open(OF_ALL_KINDS[0]?.id ?? '')(app),
    more: ['narrow', 'rtl', 'wide'],
  },
  'conversation-too-long': {
    app: ready(),
    conversations: talk,
    act: (app) => {
      open(BOB.id)(app);
      app.drafts.open(BOB.id).set('word '.repeat(12_020));
    },
    press: ['Send'],
  },
  'conversation-until-accepted': {
    app: ready({
      contacts: [
        { ...BOB, connection: { state: 'mailbox', lacksRelay: true }, address: 'until-accepted', unread: 0 },
      ],
    }),
    conversations: [conversation(BOB.id, [])],
    act: open(BOB.id),
    more: ['narrow', 'rtl'],
  },
  'conversation-relayed-until-accepted': {
    app: ready({
      contacts: [{ ...BOB, connection: { state: 'relayed', roundTrip: 41 }, address: 'until-accepted' }],
    }),
    conversations: talk,
    act: open(BOB.id),
    press: ['Connection: relayed · 41 ms'],
    more: ['narrow'],
  },
  'conversation-server-held': {
    app: ready({
      contacts: [
        {
          ...INES,
          stage: 'ready',
          introduced: 'my-invite',
          connection: { state: 'offline' },
          moveTo: { server: 'https://letters.example.net', held: true },
        },
      ],
    }),
    conversations: talk,
    act: open(INES.id),
    more: ['narrow', 'rtl'],
  },
  'conversation-server-held-later': {
    app: ready({
      contacts: [
        {
          ...INES,
          stage: 'ready',
          connection: { state: 'offline' },
          moveTo: { server: 'https://letters.example.net', held: true },
        },
      ],
    }),
    conversations: talk,
    act: open(INES.id),
    press: ['Not now'],
  },
  'conversation-server-moves': {
    app: ready({
      contacts: [{ ...BOB, moveTo: { server: 'https://letters.example.net', held: false } }],
      backup: { offered: true },
    }),
    conversations: talk,
    act: open(BOB.id),
    more: ['narrow', 'wide'],
  },
  'conversation-changed': {
    app: ready({ contacts: [BOB, CHANGED], backup: { offered: true } }),
    conversations: talk,
    act: open(TOM.id),
    more: ['narrow', 'rtl', 'wide'],
  },
  'conversation-changed-later': {
    app: ready({ contacts: [{ ...CHANGED, id: BOB.id }] }),
    conversations: [
      {
        ...WITH_BOB,
        messages: [
          ...WITH_BOB.messages.slice(0, 5),
          mine(8, 'I have the key with me.', NOW - 90_000, { state: 'sent' }),
        ],
        keyChanges: [{ at: NOW - 60_000 }],
      },
    ],
    act: open(BOB.id),
    press: ['Look at the messages'],
    more: ['narrow'],
  },
  'conversation-changed-go-on': {
    app: ready({ contacts: [CHANGED] }),
    conversations: talk,
    act: open(TOM.id),
    press: ['Go on without comparing …'],
  },
  'conversation-changed-keep-old': {
    app: ready({ contacts: [CHANGED] }),
    conversations: talk,
    act: open(TOM.id),
    press: ['Keep the old key …'],
    more: ['narrow'],
  },
  'conversation-key-line': {
    app: ready({ contacts: [{ ...BOB, trust: { state: 'new-key', at: NOW } }] }),
    conversations: [
      {
        ...WITH_BOB,
        messages: WITH_BOB.messages.toSpliced(
          5,
          0,
          mine(8, 'I have the key with me.', NOW - 90_000, { state: 'failed', reason: 'key-changed' }),
        ),
        keyChanges: [{ at: NOW - 60_000, before: WITH_BOB.messages[5]?.id ?? '' }],
      },
    ],
    act: open(BOB.id),
  },
  'conversation-loading': { app: ready(), act: open(BOB.id) },
};
