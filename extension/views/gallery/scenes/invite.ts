import type { App } from '../../models/app.ts';
import { BOB, MAYA, OPEN_INVITE, PROPOSED, ready, TOM } from '../../testing/samples.ts';
import { CHANGED, type Scenes } from './scene.ts';

function scanInvite(app: App): void {
  app.navigation.go({ at: 'accept', scan: true });
}

export const INVITE: Scenes = {
  invite: {
    app: ready({ invites: [OPEN_INVITE] }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
    more: ['narrow', 'rtl', 'wide'],
  },
  'invite-again': {
    app: ready({ invites: [{ ...OPEN_INVITE, contactId: TOM.id }] }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
  },
  'invite-again-changed': {
    app: ready({ contacts: [BOB, TOM], invites: [{ ...OPEN_INVITE, contactId: TOM.id }] }),
    engine: (client) => client.answer('create-invite', () => ({ inviteId: OPEN_INVITE.id })),
    act: async (app, client) => {
      app.navigation.go({ at: 'invite', contactId: TOM.id });
      await Promise.resolve();
      client.show(ready({ contacts: [BOB, CHANGED] }));
    },
  },
  'invite-placing': {
    app: ready({ invites: [{ ...OPEN_INVITE, state: 'placing' }] }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
  },
  'invite-pass': {
    app: ready({
      server: { state: 'pass-needed', pass: 'missing' },
      invites: [{ ...OPEN_INVITE, state: 'placing' }],
    }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
  },
  'invite-expired': {
    app: ready({ invites: [{ ...OPEN_INVITE, state: 'expired' }] }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
  },
  'invite-gone': { app: ready(), act: (app) => app.navigation.go({ at: 'invite', inviteId: 'x' }) },
  'invite-accepted': {
    app: ready({ contacts: [MAYA], invites: [OPEN_INVITE] }),
    act: (app, client) => {
      app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id });
      client.show(ready({ contacts: [BOB, MAYA], taken: [{ id: OPEN_INVITE.id, contactId: BOB.id }] }));
    },
  },
  'invite-limit': {
    app: ready(),
    engine: (client) => client.refuse('create-invite', 'invite-limit'),
    act: (app) => app.navigation.go({ at: 'invite' }),
  },
  'invite-withdraw': {
    app: ready({ invites: [OPEN_INVITE] }),
    act: (app) => app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id }),
    press: ['Withdraw'],
  },
  'accept-scan': {
    app: ready(),
    act: scanInvite,
    more: ['narrow', 'rtl', 'wide'],
  },
  'accept-scan-asking': { app: ready(), camera: 'asking', act: scanInvite },
  'accept-scan-refused': { app: ready(), camera: 'refused', act: scanInvite, more: ['wide'] },
  'accept-scan-no-camera': { app: ready(), camera: 'none', act: scanInvite, more: ['wide'] },
  'accept-again': {
    app: ready({ proposed: { ...PROPOSED, from: BOB.id } }),
  },
  'accept-other-key': {
    app: ready(),
    engine: (client) => client.answer('read-invite', () => PROPOSED),
    act: async (app) => {
      app.navigation.go({ at: 'accept', contactId: TOM.id });
      const { value: place } = app.place;
      if (place.at !== 'accept') return;
      place.accept.type(PROPOSED.link);
      await place.accept.read();
    },
    more: ['narrow'],
  },
  accept: { app: ready(), act: (app) => app.navigation.go({ at: 'accept' }) },
  'accept-reads': {
    app: ready(),
    engine: (client) =>
      client.answer('read-invite', () => PROPOSED).refuse('accept-invite', 'invite-used-or-withdrawn'),
    act: (app) => app.navigation.go({ at: 'accept' }),
  },
  'accept-damaged': {
    app: ready(),
    engine: (client) => client.refuse('read-invite', 'invite-damaged'),
    act: (app) => {
      app.navigation.go({ at: 'accept' });
      const { value: place } = app.place;
      if (place.at !== 'accept') return;
      place.accept.type('https://aside.example.org/i#AQBqmJ2w');
      return place.accept.read();
    },
  },
  'accept-confirm': { app: ready({ proposed: PROPOSED }), more: ['narrow', 'rtl', 'wide'] },
  'accept-used': {
    app: ready({ proposed: PROPOSED }),
    engine: (client) => client.refuse('accept-invite', 'invite-used-or-withdrawn'),
    act: (app) => (app.stage.value.show === 'proposal' ? app.stage.value.accept.accept() : undefined),
  },
};
