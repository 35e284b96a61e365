import type { App } from '../../models/app.ts';
import type { FirstRun } from '../../models/first-run.ts';
import { PROPOSED, SETTINGS } from '../../testing/samples.ts';
import type { Scenes } from './scene.ts';

function beginWithWords(app: App, text: string): void {
  const { value: stage } = app.stage;
  if (stage.show !== 'first-run') return;
  stage.firstRun.openWords();
  stage.firstRun.typeWords.value?.type(text);
}

function beginWithLink(app: App, text: string): void {
  const { value: stage } = app.stage;
  if (stage.show !== 'first-run') return;
  stage.firstRun.openLink();
  stage.firstRun.typeLink(text);
}

/** As Alice, at a server that she types. */
function typeServer(app: App, server: string): FirstRun | undefined {
  const { value: stage } = app.stage;
  if (stage.show !== 'first-run') return undefined;
  stage.firstRun.typeName('Alice');
  stage.firstRun.serverField.value?.type(server);
  return stage.firstRun;
}

export const FIRST_RUN: Scenes = {
  'first-run': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    more: ['narrow', 'rtl', 'wide', 'popup'],
  },
  'first-run-server': { app: { phase: 'first-run' }, more: ['narrow'] },
  'first-run-server-works': {
    app: { phase: 'first-run' },
    engine: (client) =>
      client.answer('check-server', ({ server }) => ({ server: `https://${server}`, relay: false })),
    act: async (app) => {
      await typeServer(app, 'aside.example.org')?.serverField.value?.check();
    },
    more: ['narrow'],
  },
  'first-run-server-fails': {
    app: { phase: 'first-run' },
    engine: (client) => client.refuse('check-server', 'server-not-aside'),
    act: (app) => typeServer(app, 'example.org')?.start(),
  },
  'first-run-other-server': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    press: ['Change the server', 'Start'],
    more: ['narrow', 'rtl'],
  },
  'first-run-pass': {
    app: { phase: 'first-run' },
    engine: (client) => client.refuse('check-server', 'server-pass-missing'),
    act: (app) => typeServer(app, 'aside.example.org')?.start(),
    more: ['narrow'],
  },
  'first-run-no-name': { app: { phase: 'first-run', defaultServer: SETTINGS.server }, press: ['Start'] },
  'first-run-words': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    act: (app) => beginWithWords(app, 'river window lem'),
    more: ['narrow', 'rtl'],
  },
  'first-run-words-elsewhere': {
    app: { phase: 'first-run' },
    act: (app) => beginWithWords(app, 'river window lemonade at a.example'),
  },
  'first-run-words-server': { app: { phase: 'first-run' }, press: ['I was told three words', 'Connect'] },
  'first-run-link': {
    app: { phase: 'first-run' },
    engine: (client) => client.answer('read-invite', () => PROPOSED),
    act: (app) => beginWithLink(app, PROPOSED.link),
    more: ['narrow', 'rtl'],
  },
  'first-run-link-damaged': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    engine: (client) => client.refuse('read-invite', 'invite-cut'),
    act: (app) => beginWithLink(app, 'https://chat.example.org/i'),
  },
  'first-run-found': {
    app: { phase: 'first-run', defaultServer: SETTINGS.server },
    act: (app, client) => {
      beginWithWords(app, 'river window lem');
      client.show({ phase: 'first-run', defaultServer: SETTINGS.server, proposed: PROPOSED });
    },
    more: ['narrow', 'rtl'],
  },
  'first-run-invited': { app: { phase: 'first-run', proposed: PROPOSED } },
};
