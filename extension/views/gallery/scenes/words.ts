import type { App } from '../../models/app.ts';
import { MAYA, NOW, ready, SPOKEN, TOM } from '../../testing/samples.ts';
import { open, type Scenes, talk } from './scene.ts';

const sayWordsTo =
  (contactId: string) =>
  (app: App): void =>
    app.navigation.go({ at: 'say-words', contactId });

const sayWords = (app: App): void => app.navigation.go({ at: 'say-words' });

const typeWords = (text: string) => (app: App) => {
  app.navigation.go({ at: 'type-words' });
  const { value: place } = app.place;
  if (place.at !== 'type-words') return undefined;
  place.typeWords.type(text);
  return place.typeWords;
};

export const WORDS: Scenes = {
  'say-words': { app: ready({ spoken: SPOKEN }), act: sayWords, more: ['narrow', 'rtl', 'wide'] },
  'say-words-guessed': { app: ready({ spoken: { ...SPOKEN, state: 'guessed' } }), act: sayWords },
  'say-words-failed': {
    app: ready({ spoken: { ...SPOKEN, state: 'failed' } }),
    act: sayWords,
    more: ['narrow'],
  },
  'list-words-failed': {
    app: ready({ spoken: { ...SPOKEN, state: 'failed' } }),
    more: ['narrow', 'rtl', 'wide'],
  },
  'conversation-words-failed': {
    app: ready({ spoken: { ...SPOKEN, state: 'failed' } }),
    engine: (client) =>
      client.answer('cancel-words-invite', () => {
        client.show(ready());
        return {};
      }),
    conversations: talk,
    act: open(MAYA.id),
  },
  'say-words-again': {
    app: ready({ spoken: { ...SPOKEN, contactId: TOM.id } }),
    act: sayWordsTo(TOM.id),
    more: ['narrow', 'rtl'],
  },
  'say-words-again-others': { app: ready({ spoken: SPOKEN }), act: sayWordsTo(TOM.id) },
  'say-words-again-done': {
    app: ready({ spoken: { ...SPOKEN, contactId: TOM.id } }),
    act: (app, client) => {
      sayWordsTo(TOM.id)(app);
      client.show(ready());
    },
  },
  'type-words-again': {
    app: ready(),
    act: (app) => app.navigation.go({ at: 'type-words', contactId: TOM.id }),
  },
  'say-words-lapsed': {
    app: ready({ spoken: SPOKEN }),
    act: (app, client) => {
      sayWords(app);
      client.show(ready({ spoken: { ...SPOKEN, state: 'lapsed' } }));
    },
  },
  'say-words-limit': {
    app: ready(),
    engine: (client) => client.refuse('create-words-invite', 'words-limit'),
    act: sayWords,
  },
  'type-words': { app: ready(), act: typeWords('river lem'), more: ['narrow', 'rtl', 'wide'] },
  'type-words-typo': { app: ready(), act: typeWords('river window lemonaed ') },
  'type-words-other-server': {
    app: ready(),
    act: typeWords('river window lemonade'),
    press: ['They use another server'],
  },
  'type-words-away': {
    app: ready({ server: { state: 'unreachable', retryAt: NOW + 12_000 } }),
    engine: (client) => client.refuse('accept-words', 'server-away'),
    act: (app) => typeWords('river window lemonade')(app)?.accept(),
    more: ['narrow'],
  },
  'type-words-no-server': {
    app: ready(),
    act: typeWords('river window lemonade'),
    press: ['They use another server', 'Connect'],
    more: ['narrow'],
  },
  'type-words-refused': {
    app: ready(),
    engine: (client) => client.refuse('accept-words', 'words-wrong'),
    act: (app) => {
      const model = typeWords('river window lemonade')(app);
      model?.typeServer('chat.example.org');
      return model?.accept();
    },
  },
};
