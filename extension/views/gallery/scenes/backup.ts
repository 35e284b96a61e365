import type { App } from '../../models/app.ts';
import { NOW, ready, SETTINGS } from '../../testing/samples.ts';
import { settled } from '../../testing/surroundings.ts';
import { type Scenes, talk } from './scene.ts';

/** The screen for a back-up, with its passphrase typed twice. */
function openBackup(app: App) {
  app.navigation.go({ at: 'backup' });
  const { value: place } = app.place;
  if (place.at !== 'backup') return undefined;
  place.backup.type('next', 'orbit velvet canyon');
  place.backup.type('again', 'orbit velvet canyon');
  return place.backup;
}

function openRestore(app: App) {
  const { value: stage } = app.stage;
  if (stage.show !== 'first-run') return undefined;
  stage.firstRun.openRestore();
  return stage.firstRun.restore.value;
}

/** With a file of three parts and a passphrase. */
function startRestore(app: App): Promise<void> | undefined {
  const model = openRestore(app);
  model?.choose(new File([new Uint8Array(700_000)], 'Aside 2026-11-23.aside'));
  model?.type('orbit velvet canyon');
  return model?.start();
}

export const BACKUP: Scenes = {
  'list-backup': {
    app: ready({ backup: { offered: true } }),
    conversations: talk,
    more: ['narrow', 'rtl', 'wide'],
  },
  'list-backup-old': {
    app: ready({ backup: { offered: true, made: NOW - 40 * 86_400_000 } }),
    conversations: talk,
  },
  backup: {
    app: ready({ backup: { offered: true } }),
    act: (app) => app.navigation.go({ at: 'backup' }),
    more: ['narrow', 'rtl', 'popup'],
  },
  'backup-differs': {
    app: ready(),
    act: async (app) => {
      const model = openBackup(app);
      model?.type('again', 'orbit velvet');
      await model?.make();
    },
  },
  'backup-making': {
    app: ready(),
    engine: (client) =>
      client
        .answer('begin-backup', () => ({ backupId: 'b' }))
        .answer('read-backup', () =>
          client.callsOf('read-backup').length === 1
            ? { bytes: new Uint8Array(10), done: false, progress: 0.42 }
            : new Promise(() => {}),
        ),
    act: (app) => {
      void openBackup(app)?.make();
      return settled();
    },
  },
  'backup-leaving': {
    app: ready(),
    engine: (client) => client.answer('begin-backup', () => new Promise(() => {})),
    act: async (app) => {
      void openBackup(app)?.make();
      await settled();
      app.navigation.back();
    },
    more: ['narrow', 'rtl'],
  },
  'backup-saved': {
    app: ready(),
    engine: (client) =>
      client
        .answer('begin-backup', () => ({ backupId: 'b' }))
        .answer('read-backup', () => ({ bytes: new Uint8Array(10), done: true, progress: 1 })),
    act: (app) => openBackup(app)?.make(),
    more: ['narrow'],
  },
  restore: {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    act: (app) => openRestore(app),
    more: ['narrow', 'rtl', 'popup'],
  },
  'restore-no-file': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    act: (app) => openRestore(app)?.start(),
  },
  'restore-wrong': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    engine: (client) => client.refuse('begin-restore', 'passphrase-wrong'),
    act: (app) => startRestore(app),
  },
  'restore-damaged': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    engine: (client) =>
      client.answer('begin-restore', () => ({ restoreId: 'r' })).refuse('finish-restore', 'backup-damaged'),
    act: (app) => startRestore(app),
    more: ['narrow'],
  },
  'restore-running': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    engine: (client) =>
      client
        .answer('begin-restore', () => ({ restoreId: 'r' }))
        .answer('restore-part', () =>
          client.callsOf('restore-part').length === 1 ? {} : new Promise(() => {}),
        ),
    act: async (app, client) => {
      void startRestore(app);
      // The browser reads the file in its own time.
      while (client.callsOf('restore-part').length < 2) await new Promise((read) => setTimeout(read));
    },
  },
};
