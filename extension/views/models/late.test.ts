import { describe, expect, it } from 'vitest';
import type { Command } from '../../bridge/types/commands.ts';
import { BridgeError } from '../../bridge/types/errors.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { BOB, MAYA, OPEN_INVITE, PROPOSED, ready, SPOKEN, TOM } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { type App, createApp, type Place } from './app.ts';

const WITH_TOM = { at: 'conversation', contactId: TOM.id } as const;

/** A view whose engine answers one kind of command when the test says so. */
function start(type: Command['type']) {
  const answers: (() => void)[] = [];
  const client = new FakeClient(ready({ invites: [OPEN_INVITE], spoken: SPOKEN }));
  client.answer(
    type,
    () => new Promise<never>((done) => answers.push(() => done({ contactId: MAYA.id } as never))),
  );
  const app = createApp(testSurroundings(client));
  const answer = async (): Promise<void> => {
    for (const each of answers) each();
    await settled();
  };
  return { app, client, answer };
}

function placeOf<At extends Place['at']>(app: App, at: At): Extract<Place, { at: At }> {
  const place = app.place.value;
  if (place.at !== at) throw new Error(place.at);
  return place as Extract<Place, { at: At }>;
}

/** Goes on to somebody else, and is left alone there, whatever is answered then. */
async function staysWithTom({ app, answer }: Pick<ReturnType<typeof start>, 'app' | 'answer'>) {
  app.navigation.go(WITH_TOM);
  await answer();
  expect(app.navigation.screen.value).toEqual(WITH_TOM);
}

describe('an answer that comes when its screen has been left', () => {
  it('of an accepted invite takes nobody out of the conversation that they write in', async () => {
    const view = start('accept-invite');
    view.client.answer('read-invite', () => PROPOSED);
    view.app.navigation.go({ at: 'accept' });
    const { accept } = placeOf(view.app, 'accept');
    accept.type(PROPOSED.link);
    await accept.read();
    void accept.accept();
    await staysWithTom(view);
  });

  it('of three accepted words takes nobody out of the conversation that they write in', async () => {
    const view = start('accept-words');
    view.app.navigation.go({ at: 'type-words' });
    const { typeWords } = placeOf(view.app, 'type-words');
    typeWords.type('river window lemonade ');
    void typeWords.accept();
    expect(typeWords.state.value.step).toBe('connecting');
    await staysWithTom(view);
  });

  it('of an invite that was withdrawn, of words taken back, of a contact removed goes nowhere', async () => {
    const withdrawal = start('withdraw-invite');
    withdrawal.app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id });
    void placeOf(withdrawal.app, 'invite').invite.withdraw();
    await staysWithTom(withdrawal);
    const words = start('cancel-words-invite');
    words.app.navigation.go({ at: 'say-words' });
    void placeOf(words.app, 'say-words').sayWords.takeBack();
    await staysWithTom(words);
    const removal = start('remove-contact');
    removal.app.navigation.go({ at: 'contact', contactId: BOB.id });
    void placeOf(removal.app, 'contact').contact.remove();
    await staysWithTom(removal);
  });

  it('to two presses on taking the words back leads back once', async () => {
    const { app, answer } = start('cancel-words-invite');
    app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id });
    app.navigation.go({ at: 'say-words' });
    const { sayWords } = placeOf(app, 'say-words');
    void sayWords.takeBack();
    void sayWords.takeBack();
    await answer();
    expect(app.navigation.screen.value.at).toBe('invite');
  });

  it('of a proposed invite that was put off meanwhile opens no conversation', async () => {
    const { app, client, answer } = start('accept-invite');
    app.navigation.go(WITH_TOM);
    client.show(ready({ proposed: PROPOSED }));
    if (app.stage.value.show !== 'proposal') throw new Error(app.stage.value.show);
    void app.stage.value.accept.accept();
    await app.dismissProposal();
    await answer();
    expect(app.navigation.screen.value).toEqual(WITH_TOM);
  });

  it('of a proposed invite is no answer to the next one', async () => {
    const { app, client, answer } = start('accept-invite');
    client.show(ready({ proposed: PROPOSED }));
    if (app.stage.value.show !== 'proposal') throw new Error(app.stage.value.show);
    void app.stage.value.accept.accept();
    client.show(ready({ proposed: { ...PROPOSED, link: `${PROPOSED.link}x` } }));
    await answer();
    expect(app.stage.value.show).toBe('proposal');
  });
});

describe('an invite that was put off', () => {
  it('is asked about again when the toolbar button finds it again', async () => {
    const client = new FakeClient(ready({ proposed: PROPOSED }));
    const app = createApp(testSurroundings(client));
    await app.dismissProposal();
    client.show(ready());
    client.show(ready({ proposed: PROPOSED }));
    expect(app.stage.value.show).toBe('proposal');
  });

  it('is not asked about again while the engine has not heard it', async () => {
    const client = new FakeClient(ready({ proposed: PROPOSED })).answer('dismiss-proposed-invite', () =>
      Promise.reject(new BridgeError('engine-gone')),
    );
    const app = createApp(testSurroundings(client));
    await app.dismissProposal();
    client.show(ready({ proposed: PROPOSED }));
    expect(app.stage.value.show).toBe('main');
  });
});
