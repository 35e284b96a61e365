import { describe, expect, it } from 'vitest';
import { BridgeError } from '../../bridge/types/errors.ts';
import { FakeClient } from '../testing/fake-client.ts';
import {
  BOB,
  contact,
  conversation,
  MAYA,
  NAMELESS,
  OPEN_INVITE,
  PROPOSED,
  ready,
  SETTINGS,
  WITH_BOB,
} from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createApp } from './app.ts';

function start(client: FakeClient) {
  const surroundings = testSurroundings(client);
  return { app: createApp(surroundings), surroundings };
}

describe('a view', () => {
  it('goes from first run to the list', async () => {
    const client = new FakeClient({ phase: 'first-run', defaultServer: SETTINGS.server });
    client.answer('begin', () => {
      client.show(ready({ contacts: [] }));
      return {};
    });
    const { app } = start(client);
    const stage = app.stage.value;
    if (stage.show !== 'first-run') throw new Error(stage.show);
    stage.firstRun.typeName('Alice');
    await stage.firstRun.start();
    expect(app.stage.value.show).toBe('main');
  });

  it('begins where its address says, unless nobody is there any more', () => {
    const client = new FakeClient();
    const { app } = start(client);
    app.startAt({ at: 'conversation', contactId: BOB.id });
    client.show(ready({ contacts: [BOB, MAYA] }));
    expect(app.place.value.at).toBe('conversation');
    const late = new FakeClient();
    const other = start(late).app;
    other.startAt({ at: 'conversation', contactId: BOB.id });
    late.show(ready({ contacts: [MAYA] }));
    expect(other.place.value.at).toBe('list');
  });

  it.each([
    ['where one had been in it', { id: WITH_BOB.messages[1]?.id ?? '', top: 12 }],
    ['its end, where one had been there', undefined],
  ])('leads back into a conversation to %s, however that was opened', (_, been) => {
    const client = new FakeClient(ready());
    client.showConversation(WITH_BOB);
    const { app } = start(client);
    const conversation = () => {
      const place = app.place.value;
      if (place.at !== 'conversation') throw new Error(place.at);
      return place.conversation;
    };
    const messageId = WITH_BOB.messages[3]?.id ?? '';
    for (const at of [{}, { messageId }]) {
      app.navigation.go({ at: 'conversation', contactId: BOB.id, ...at });
      conversation().arriveThere();
      conversation().reads(been);
      app.navigation.go({ at: 'contact', contactId: BOB.id });
      app.navigation.back();
      expect(conversation().going.value).toEqual(been && { to: 'place', ...been });
      app.navigation.home();
    }
    // Opened anew, it is at the message again.
    app.navigation.go({ at: 'conversation', contactId: BOB.id, messageId });
    expect(conversation().going.value).toEqual({ to: 'message', id: messageId });
  });

  it('opens it once it is unlocked, and starts no camera before', async () => {
    const client = new FakeClient({ phase: 'starting' });
    const { app, surroundings } = start(client);
    const { camera } = surroundings;
    app.startAt({ at: 'compare', contactId: BOB.id });
    await settled();
    expect(camera.on).toBe(0);
    client.show({ phase: 'locked' });
    await settled();
    expect(camera.on).toBe(0);
    client.show(ready());
    await settled();
    expect(app.place.value.at).toBe('compare');
    expect(camera.on).toBe(1);
    client.show({ phase: 'locked' });
    expect(camera.on).toBe(0);
    client.show(ready());
    expect(app.place.value.at).toBe('list');
  });

  it('opens none of it for who is new here', () => {
    const client = new FakeClient({ phase: 'first-run' });
    const { app } = start(client);
    app.startAt({ at: 'backup' });
    client.show(ready({ contacts: [] }));
    expect(app.place.value.at).toBe('list');
  });

  it('shows an invite as expired once it is, whatever the engine last said of it', () => {
    const client = new FakeClient();
    const { app, surroundings } = start(client);
    const { clock } = surroundings;
    client.show(ready({ invites: [{ ...OPEN_INVITE, expiresAt: clock.now() + 29_000 }] }));
    const states = () => {
      const stage = app.stage.value;
      return stage.show === 'main' ? stage.ready.invites.map(({ state }) => state) : stage.show;
    };
    expect(states()).toEqual(['open']);
    clock.pass(31_000);
    expect(states()).toEqual(['expired']);
  });

  it('has words for whoever has told no name yet, and knows them from a name', () => {
    const client = new FakeClient();
    const { app, surroundings } = start(client);
    client.show(ready({ contacts: [NAMELESS, BOB] }));
    expect(app.everybody.value.map(({ name }) => name)).toEqual([surroundings.nameless, 'Bob']);
    expect(app.contact(NAMELESS.id)).toMatchObject({ name: surroundings.nameless, isNameless: true });
    client.show(ready({ contacts: [{ ...NAMELESS, name: surroundings.nameless }, BOB] }));
    expect(app.contact(NAMELESS.id)).toMatchObject({ name: surroundings.nameless, isNameless: false });
  });

  it('asks about an invite that is found during a restore only when that was left', async () => {
    const client = new FakeClient({ phase: 'first-run' }).answer(
      'begin-restore',
      () => new Promise(() => {}),
    );
    const { app } = start(client);
    const firstRun = () => {
      const stage = app.stage.value;
      if (stage.show !== 'first-run') throw new Error(stage.show);
      return stage;
    };
    firstRun().firstRun.openRestore();
    const restore = firstRun().firstRun.restore.value;
    restore?.choose(new File(['a'], 'Aside.aside'));
    restore?.type('orbit velvet canyon');
    void restore?.start();
    client.show({ phase: 'first-run', proposed: PROPOSED });
    expect(firstRun().firstRun.restore.value).toBe(restore);
    expect(restore?.restoring.value).toEqual({ state: 'running' });
    firstRun().firstRun.closeRestore();
    expect(firstRun().firstRun.restore.value).toBe(restore);
    restore?.leaving.confirm();
    expect(firstRun().snapshot.proposed).toEqual(PROPOSED);
  });

  it.each(['words', 'link'] as const)(
    'keeps typed %s when an invite is found, until that is taken',
    (kind) => {
      const client = new FakeClient({ phase: 'first-run' });
      client.answer('read-invite', () => new Promise(() => {}));
      const { app } = start(client);
      const firstRun = () => {
        const stage = app.stage.value;
        if (stage.show !== 'first-run') throw new Error(stage.show);
        return stage;
      };
      const first = firstRun().firstRun;
      first.typeName('Alice');
      const type = (text: string) =>
        kind === 'words' ? first.typeWords.value?.type(text) : first.typeLink(text);
      if (kind === 'words') first.openWords();
      else first.openLink();
      type('orbit vel');
      client.show({ phase: 'first-run', proposed: PROPOSED });
      expect(firstRun().firstRun).toBe(first);
      expect(first.found.value).toEqual(PROPOSED);
      type('');
      expect(firstRun().firstRun).toBe(first);
      first.takeFound();
      expect(firstRun().snapshot.proposed).toEqual(PROPOSED);
      expect(firstRun().firstRun.name.value).toBe('Alice');
      expect([firstRun().firstRun.typeWords.value, firstRun().firstRun.link.value]).toEqual([
        undefined,
        undefined,
      ]);
    },
  );

  it('shows an invite that is found before anything was typed', () => {
    const client = new FakeClient({ phase: 'first-run' });
    const { app } = start(client);
    const stage = app.stage.value;
    if (stage.show === 'first-run') stage.firstRun.openWords();
    client.show({ phase: 'first-run', proposed: PROPOSED });
    expect(app.stage.value).toMatchObject({ show: 'first-run', snapshot: { proposed: PROPOSED } });
  });

  it('goes from first run with an invite straight into the conversation', async () => {
    const client = new FakeClient({ phase: 'first-run', proposed: PROPOSED });
    client.answer('begin', () => {
      client.show(ready({ contacts: [], proposed: PROPOSED }));
      return {};
    });
    client.answer('accept-invite', () => ({ contactId: BOB.id }));
    const { app } = start(client);
    const stage = app.stage.value;
    if (stage.show !== 'first-run') throw new Error(stage.show);
    stage.firstRun.typeName('Alice');
    const beginning = stage.firstRun.start();
    await settled();
    await beginning;
    expect(app.stage.value.show).toBe('main');
    expect(app.navigation.screen.value).toEqual({ at: 'conversation', contactId: BOB.id });
    client.show(ready({ contacts: [BOB] }));
    expect(app.navigation.screen.value).toEqual({ at: 'conversation', contactId: BOB.id });
  });

  it('keeps a name that was typed when an invite turns up', () => {
    const client = new FakeClient({ phase: 'first-run', defaultServer: SETTINGS.server });
    const { app } = start(client);
    if (app.stage.value.show === 'first-run') app.stage.value.firstRun.typeName('Ali');
    client.show({ phase: 'first-run', defaultServer: SETTINGS.server, proposed: PROPOSED });
    const stage = app.stage.value;
    expect(stage.show === 'first-run' && stage.firstRun.name.value).toBe('Ali');
  });

  it('asks about an invite that the toolbar button found, before anything else', async () => {
    const client = new FakeClient(ready({ proposed: PROPOSED }));
    const { app } = start(client);
    expect(app.stage.value.show).toBe('proposal');
    await app.dismissProposal();
    expect(client.callsOf('dismiss-proposed-invite')).toHaveLength(1);
    // Also while the engine has not heard it yet.
    client.show(ready({ proposed: PROPOSED }));
    expect(app.stage.value.show).toBe('main');
    // The same link once more, after it was away: it is asked about again.
    client.show(ready());
    client.show(ready({ proposed: { ...PROPOSED, link: `${PROPOSED.link}x` } }));
    expect(app.stage.value.show).toBe('proposal');
  });

  it('opens the conversation that an accepted invite makes, also where its snapshot comes later', async () => {
    const client = new FakeClient(ready({ contacts: [MAYA], proposed: PROPOSED }));
    client.answer('accept-invite', () => ({ contactId: BOB.id }));
    const { app } = start(client);
    if (app.stage.value.show === 'proposal') await app.stage.value.accept.accept();
    expect(app.stage.value.show).toBe('main');
    client.show(ready({ contacts: [MAYA], proposed: PROPOSED }));
    expect(app.navigation.screen.value).toEqual({ at: 'conversation', contactId: BOB.id });
  });

  it('leaves a conversation whose contact was removed elsewhere', () => {
    const client = new FakeClient(ready({ contacts: [BOB, MAYA] }));
    const { app } = start(client);
    app.navigation.go({ at: 'conversation', contactId: BOB.id });
    client.show(ready({ contacts: [MAYA] }));
    expect(app.navigation.screen.value).toEqual({ at: 'list' });
    expect(app.place.value.at).toBe('list');
  });

  it('stays where it is while the engine starts again', () => {
    const client = new FakeClient(ready());
    const { app, surroundings } = start(client);
    app.navigation.go({ at: 'conversation', contactId: BOB.id });
    client.show({ phase: 'starting' });
    surroundings.clock.pass(60_000);
    expect(app.stage.value.show).toBe('main');
    expect(app.navigation.screen.value).toEqual({ at: 'conversation', contactId: BOB.id });
    expect(app.reach.value).toBe('gone');
  });

  it('watches one conversation at a time, and none on other screens', () => {
    const client = new FakeClient(ready());
    client.showConversation(conversation(BOB.id, []));
    const { app } = start(client);
    const watched = () =>
      client.watches.map((watch) => ('contactId' in watch ? watch.contactId : watch.topic));
    app.navigation.go({ at: 'conversation', contactId: BOB.id });
    app.navigation.go({ at: 'conversation', contactId: MAYA.id });
    expect(watched()).toEqual(['app', MAYA.id]);
    app.navigation.back();
    expect(watched()).toEqual(['app']);
    app.dispose();
    expect(watched()).toEqual([]);
  });

  it('makes an invite when the screen opens, and only looks at one that is there', async () => {
    const client = new FakeClient(ready({ invites: [OPEN_INVITE] }));
    client.answer('create-invite', () => ({ inviteId: 'new' }));
    const { app } = start(client);
    app.navigation.go({ at: 'invite', inviteId: OPEN_INVITE.id });
    expect(client.callsOf('create-invite')).toHaveLength(0);
    app.navigation.back();
    app.navigation.go({ at: 'invite' });
    await settled();
    expect(client.callsOf('create-invite')).toHaveLength(1);
    const place = app.place.value;
    expect(place.at === 'invite' && place.invite.inviteId.value).toBe('new');
  });

  it('comes back to the invite that it made, and makes another one only where that one is over', async () => {
    let made = 0;
    const client = new FakeClient(ready());
    client.answer('create-invite', () => ({ inviteId: `${made++}` }));
    client.answer('create-words-invite', () => ({ spokenId: 'x' }));
    const { app } = start(client);
    app.navigation.go({ at: 'invite' });
    // Left at once, while it is still being made.
    app.navigation.go({ at: 'say-words' });
    app.navigation.back();
    app.inviteSomebody();
    await settled();
    expect(client.callsOf('create-invite')).toHaveLength(1);
    client.show(ready({ invites: [{ ...OPEN_INVITE, id: '0' }] }));
    app.inviteSomebody();
    expect(client.callsOf('create-invite')).toHaveLength(1);
    // Somebody has used it; in a wide view the list beside it offers another one.
    const ada = contact(9, 'Ada');
    client.show(ready({ contacts: [ada, BOB], taken: [{ id: '0', contactId: ada.id }] }));
    const place = app.place.value;
    if (place.at !== 'invite') throw new Error(place.at);
    expect(app.takerOf(place.invite.inviteId.value)?.name).toBe('Ada');
    app.inviteSomebody();
    await settled();
    expect(client.callsOf('create-invite')).toHaveLength(2);
    expect(app.takerOf(place.invite.inviteId.value)).toBeUndefined();
  });

  it('tries to make an invite again when one comes back from where it failed', async () => {
    const client = new FakeClient(ready()).refuse('create-invite', 'server-pass-refused');
    const { app } = start(client);
    app.navigation.go({ at: 'invite' });
    await settled();
    app.navigation.go({ at: 'settings' });
    client.answer('create-invite', () => ({ inviteId: 'new' }));
    app.navigation.back();
    await settled();
    const place = app.place.value;
    expect(place.at === 'invite' && place.invite.inviteId.value).toBe('new');
  });

  it('finds a name whatever its accents and capitals, once there are many', () => {
    const many = Array.from({ length: 7 }, (_, n) => contact(n + 10, n === 3 ? 'Inês' : `Person ${n}`));
    const client = new FakeClient(ready({ contacts: many.slice(0, 3) }));
    const { app } = start(client);
    expect(app.contacts.searchable.value).toBe(false);
    client.show(ready({ contacts: many }));
    app.contacts.search('INES');
    expect(app.contacts.shown.value.map(({ name }) => name)).toEqual(['Inês']);
  });

  it('searches for nothing once there are too few to search through', () => {
    const many = Array.from({ length: 7 }, (_, n) => contact(n + 10, `Person ${n}`));
    const client = new FakeClient(ready({ contacts: many }));
    const { app } = start(client);
    app.contacts.search('Person 3');
    client.show(ready({ contacts: many.slice(1) }));
    expect(app.contacts.query.value).toBe('');
    expect(app.contacts.shown.value).toHaveLength(6);
  });

  it('forgets a name that was searched for when the engine locks', () => {
    const many = Array.from({ length: 7 }, (_, n) => contact(n + 10, `Person ${n}`));
    const client = new FakeClient(ready({ contacts: many }));
    const { app } = start(client);
    app.contacts.search('Person 3');
    client.show({ phase: 'locked' });
    client.show(ready({ contacts: many }));
    expect(app.contacts.query.value).toBe('');
    expect(app.contacts.shown.value).toHaveLength(7);
  });

  it('forgets a message whose sending the lock overtook', async () => {
    let refuse = (_: unknown): void => {};
    const client = new FakeClient(ready()).answer(
      'send',
      () => new Promise((_, reject) => (refuse = reject)),
    );
    client.showConversation(conversation(BOB.id, []));
    const { app } = start(client);
    app.navigation.go({ at: 'conversation', contactId: BOB.id });
    const place = app.place.value;
    if (place.at !== 'conversation') throw new Error(place.at);
    place.conversation.type('Between us');
    const sending = place.conversation.send();
    client.show({ phase: 'locked' });
    refuse(new BridgeError('locked'));
    await sending;
    expect(app.drafts.texts.value).toEqual({});
    expect(client.callsOf('set-draft')).toHaveLength(1);
  });

  it('counts what nobody has looked at', () => {
    const client = new FakeClient(ready({ contacts: [BOB, contact(9, 'Ada', { unread: 3 }), MAYA] }));
    const { app } = start(client);
    expect(app.unread.value).toBe(5);
    client.show(ready({ contacts: [MAYA] }));
    expect(app.unread.value).toBe(0);
  });
});
