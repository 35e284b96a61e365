import { BridgeError } from '../../../bridge/types/errors.ts';
import {
  BOB,
  contact,
  INES,
  LONG,
  MAYA,
  NOW,
  OF_ALL_KINDS,
  OPEN_INVITE,
  ready,
  TOM,
} from '../../testing/samples.ts';
import { CHANGED, COMPARED, type Scenes, talk } from './scene.ts';

const everybody = [
  BOB,
  MAYA,
  TOM,
  INES,
  LONG,
  ...['Ada', 'Grace', 'Edsger', 'Barbara', 'Niklaus', 'Radia'].map((name, n) =>
    contact(20 + n, name, { last: { text: 'See you there.', from: 'them', at: NOW - (n + 2) * 86_400_000 } }),
  ),
];

export const LIST: Scenes = {
  list: { app: ready(), conversations: talk, more: ['narrow', 'rtl', 'wide', 'popup'] },
  'list-many': {
    app: ready({ contacts: everybody, invites: [OPEN_INVITE] }),
    act: (app) => {
      app.drafts.open(TOM.id).set('I was thinking that we');
    },
    more: ['narrow', 'rtl'],
  },
  'list-trust': {
    app: ready({
      contacts: [
        BOB,
        { ...MAYA, trust: COMPARED },
        CHANGED,
        { ...INES, trust: { state: 'new-key', at: NOW - 86_400_000 } },
        { ...LONG, trust: COMPARED },
      ],
      invites: [{ ...OPEN_INVITE, contactId: TOM.id }],
    }),
    more: ['narrow', 'rtl'],
  },
  'list-of-all-kinds': { app: ready({ contacts: OF_ALL_KINDS }), more: ['narrow', 'rtl', 'wide'] },
  'list-empty': { app: ready({ contacts: [] }), more: ['narrow', 'wide'] },
  'list-empty-pass': {
    app: ready({ contacts: [], server: { state: 'pass-needed', pass: 'missing' } }),
    more: ['narrow'],
  },
  'list-invites': {
    app: ready({
      contacts: [BOB],
      invites: [
        { ...OPEN_INVITE, id: 'n', createdAt: OPEN_INVITE.createdAt + 20_000 },
        OPEN_INVITE,
        { ...OPEN_INVITE, id: 'f', contactId: BOB.id },
        { ...OPEN_INVITE, id: 'g', createdAt: OPEN_INVITE.createdAt - 120_000, contactId: BOB.id },
        { ...OPEN_INVITE, id: 'p', createdAt: NOW - 86_000_000, state: 'placing' },
        {
          ...OPEN_INVITE,
          id: 'e',
          createdAt: NOW - 8 * 86_400_000,
          state: 'expired',
          expiresAt: NOW - 1,
        },
      ],
    }),
    more: ['narrow'],
  },
  'list-search': {
    app: ready({ contacts: everybody }),
    act: (app) => app.contacts.search('ra'),
    more: ['narrow', 'rtl'],
  },
  'list-search-nobody': {
    app: ready({ contacts: everybody }),
    act: (app) => app.contacts.search('zz'),
    more: ['narrow', 'rtl'],
  },
  'list-menu': { app: ready(), press: ['Menu'] },
  'list-unreachable': {
    app: ready({ server: { state: 'unreachable', retryAt: NOW + 12_000 } }),
    more: ['narrow'],
  },
  'list-connecting': { app: ready({ server: { state: 'connecting' } }) },
  'list-refused': { app: ready({ server: { state: 'refused' } }) },
  'list-pass': {
    app: ready({ server: { state: 'pass-needed', pass: 'missing' } }),
    more: ['narrow', 'rtl'],
  },
  'list-pass-refused': { app: ready({ server: { state: 'pass-needed', pass: 'refused' } }) },
  'list-elsewhere': { app: ready({ server: { state: 'elsewhere' } }) },
  'list-updating': { app: ready({ updating: true }) },
  gone: {
    app: ready(),
    engine: (client) =>
      client.answer('reconnect', () => {
        throw new BridgeError('engine-gone');
      }),
    act: (app) => app.server.reconnect(),
  },
};
