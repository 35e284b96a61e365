import { NOW, ready, SETTINGS } from '../../testing/samples.ts';
import type { Scenes } from './scene.ts';

export const SETTINGS_AND_LOCK: Scenes = {
  settings: {
    app: ready({ settings: { ...SETTINGS, direct: 'accepted' } }),
    act: (app) => app.navigation.go({ at: 'settings' }),
    more: ['narrow', 'rtl', 'wide'],
  },
  'settings-server': {
    app: ready(),
    engine: (client) =>
      client.answer('check-server', ({ server }) => ({ server: `https://${server}`, relay: false })),
    act: (app) => {
      app.navigation.go({ at: 'settings' });
      const { value: place } = app.place;
      if (place.at !== 'settings') return;
      place.settings.typeName('Alice Liddell');
      place.settings.server.type('chat.example.net');
      return place.settings.server.check();
    },
  },
  'settings-leave': {
    app: ready(),
    act: (app) => {
      app.navigation.go({ at: 'settings' });
      const { value: place } = app.place;
      if (place.at !== 'settings') return;
      place.settings.typeName('Alice Liddell');
      app.navigation.back();
    },
    more: ['narrow', 'wide'],
  },
  'settings-server-fails': {
    app: ready(),
    engine: (client) => client.refuse('check-server', 'server-malformed'),
    act: (app) => {
      app.navigation.go({ at: 'settings' });
      const { value: place } = app.place;
      if (place.at !== 'settings') return;
      place.settings.server.type('chat example');
      return place.settings.server.check();
    },
  },
  'settings-pass': {
    app: ready({ server: { state: 'pass-needed', pass: 'refused' } }),
    act: (app) => app.navigation.go({ at: 'settings' }),
  },
  'settings-lock': {
    app: ready({ lock: { passphrase: true } }),
    act: (app) => {
      app.navigation.go({ at: 'settings' });
    },
    more: ['narrow', 'rtl'],
  },
  'settings-lock-set': {
    app: ready(),
    act: async (app) => {
      app.navigation.go({ at: 'settings' });
      const { value: place } = app.place;
      if (place.at !== 'settings') return;
      const { lock } = place.settings;
      lock.begin('set');
      lock.type('next', 'orbit velvet canyon');
      lock.type('again', 'orbit velvet');
      await lock.save();
    },
    more: ['narrow'],
  },
  'settings-lock-change': {
    app: ready({ lock: { passphrase: true, retryAt: NOW + 40_000 } }),
    act: (app) => {
      app.navigation.go({ at: 'settings' });
      const { value: place } = app.place;
      if (place.at === 'settings') place.settings.lock.begin('change');
    },
  },
  'settings-erase': {
    app: ready({ lock: { passphrase: true } }),
    act: (app) => app.navigation.go({ at: 'settings' }),
    press: ['Erase everything'],
  },
  'list-lock': { app: ready({ lock: { passphrase: true } }), press: ['Menu'] },
  locked: { app: { phase: 'locked' }, more: ['narrow', 'rtl', 'wide'] },
  'locked-wrong': {
    app: { phase: 'locked' },
    engine: (client) => client.refuse('unlock', 'passphrase-wrong'),
    act: async (app) => {
      const { value: stage } = app.stage;
      if (stage.show !== 'locked') return;
      stage.locked.type('orbit velvet');
      await stage.locked.unlock();
    },
  },
  'locked-wait': { app: { phase: 'locked', retryAt: NOW + 40_000 } },
  'locked-erase': { app: { phase: 'locked' }, press: ['Erase everything'] },
};
