import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { BridgeError } from '../../bridge/types/errors.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { BOB, OPEN_INVITE, PROPOSED, SETTINGS } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { canTryAgain, createAccept } from './accept.ts';
import { createAddress } from './address.ts';
import { createContact } from './contact.ts';
import { COPIED_MS, createInvite } from './invite.ts';
import { createPing } from './ping.ts';
import { createServerMove } from './server-move.ts';
import { createSettings } from './settings.ts';

describe('accepting a pasted invite', () => {
  it('reads, asks, accepts', async () => {
    const client = new FakeClient().answer('read-invite', () => PROPOSED);
    client.answer('accept-invite', () => ({ contactId: BOB.id }));
    const opened: string[] = [];
    const model = createAccept(testSurroundings(client), (contactId) => opened.push(contactId));
    model.type(` ${PROPOSED.link}\n`);
    await model.read();
    expect(client.callsOf('read-invite')[0]?.text).toBe(PROPOSED.link);
    expect(model.state.value).toEqual({ step: 'confirm', invite: PROPOSED });
    expect(client.callsOf('accept-invite')).toEqual([]);
    expect(await model.accept()).toBe(true);
    expect(opened).toEqual([BOB.id]);
  });

  it('says what is wrong with the text until it is typed anew', async () => {
    const client = new FakeClient().refuse('read-invite', 'invite-damaged');
    const model = createAccept(testSurroundings(client), () => {});
    model.type('nonsense');
    await model.read();
    expect(model.state.value).toEqual({ step: 'paste', code: 'invite-damaged' });
    model.type('nonsens');
    expect(model.state.value).toEqual({ step: 'paste' });
  });

  it('offers another try where that can help, and only there', async () => {
    const client = new FakeClient().refuse('accept-invite', 'server-unreachable');
    const model = createAccept(testSurroundings(client), () => {}, { proposed: PROPOSED });
    expect(await model.accept()).toBe(false);
    expect(model.state.value).toMatchObject({ step: 'confirm', code: 'server-unreachable' });
    expect(canTryAgain('server-unreachable')).toBe(true);
    expect(canTryAgain('invite-used-or-withdrawn')).toBe(false);
    model.restart();
    expect(model.state.value).toEqual({ step: 'paste' });
    expect(model.text.value).toBe('');
  });
});

describe('an invite', () => {
  it('says "copied" for a while, or that it could not', async () => {
    const surroundings = testSurroundings(new FakeClient());
    const model = createInvite(surroundings, () => {}, { inviteId: OPEN_INVITE.id });
    await model.copy(OPEN_INVITE.link);
    expect(surroundings.copied).toEqual([OPEN_INVITE.link]);
    expect(model.copied.value).toBe('copied');
    surroundings.clock.pass(COPIED_MS);
    expect(model.copied.value).toBe('idle');
    const refused = createInvite(
      { ...surroundings, copy: () => Promise.reject(new DOMException()) },
      () => {},
      { inviteId: OPEN_INVITE.id },
    );
    await refused.copy(OPEN_INVITE.link);
    expect(refused.copied.value).toBe('refused');
  });

  it('is withdrawn once, and leaves', async () => {
    const client = new FakeClient();
    let left = 0;
    const model = createInvite(testSurroundings(client), () => left++, {
      inviteId: OPEN_INVITE.id,
    });
    model.enter();
    await Promise.all([model.withdraw(), model.withdraw()]);
    expect(client.callsOf('withdraw-invite')).toEqual([
      { type: 'withdraw-invite', inviteId: OPEN_INVITE.id },
    ]);
    expect(left).toBe(1);
  });

  it('says when it could not be made', async () => {
    const model = createInvite(
      testSurroundings(new FakeClient().refuse('create-invite', 'invite-limit')),
      () => {},
    );
    model.enter();
    await settled();
    expect(model.making.value).toEqual({ state: 'failed', code: 'invite-limit' });
  });
});

describe('a contact', () => {
  it('is renamed to what was typed, without the space around it', async () => {
    const client = new FakeClient();
    const model = createContact({ client }, BOB.id, () => {});
    model.beginRename('Bob');
    model.typeName(' ');
    await model.saveName();
    expect(model.saving.value).toEqual({ state: 'failed', code: 'name-empty' });
    model.typeName(' Robert ');
    await model.saveName();
    expect(client.calls).toEqual([{ type: 'rename-contact', contactId: BOB.id, name: 'Robert' }]);
    expect(model.renaming.value).toBeUndefined();
  });

  it('goes on being renamed by who has typed on while it was saved', async () => {
    let saved = (_: Record<string, never>): void => {};
    const client = new FakeClient().answer(
      'rename-contact',
      () => new Promise((resolve) => (saved = resolve)),
    );
    const model = createContact({ client }, BOB.id, () => {});
    model.beginRename('Bob');
    model.typeName('Rob');
    const saving = model.saveName();
    model.typeName('Robert');
    saved({});
    await saving;
    expect(model.renaming.value).toBe('Robert');
  });

  it('is removed, or stays with the reason', async () => {
    const client = new FakeClient().refuse('remove-contact', 'storage-full');
    let left = 0;
    const model = createContact({ client }, BOB.id, () => left++);
    await model.remove();
    expect([model.removing.value, left]).toEqual([{ state: 'failed', code: 'storage-full' }, 0]);
    client.answer('remove-contact', () => ({}));
    await model.remove();
    expect(left).toBe(1);
  });

  it('answers a ping in whole milliseconds, or not', async () => {
    const client = new FakeClient().answer('ping', () => ({ roundTrip: 23.6 }));
    const ping = createPing({ client }, BOB.id);
    await ping.send();
    expect(ping.state.value).toEqual({ state: 'answered', roundTrip: 24 });
    client.refuse('ping', 'not-connected');
    await ping.send();
    expect(ping.state.value).toEqual({ state: 'failed', code: 'not-connected' });
  });
});

describe('settings', () => {
  it('change one thing at a time', async () => {
    const client = new FakeClient();
    const model = createSettings(testSurroundings(client), signal(SETTINGS), signal(undefined));
    await model.change({ direct: 'nobody' });
    model.typeName(' Alice L. ');
    await model.saveName();
    expect(client.calls).toEqual([
      { type: 'change-settings', change: { direct: 'nobody' } },
      { type: 'change-settings', change: { name: 'Alice L.' } },
    ]);
    expect(model.name.value).toBe('Alice L.');
  });

  it('take a server only after it answered, and show it canonically', async () => {
    const client = new FakeClient().refuse('check-server', 'server-not-aside');
    const model = createSettings(testSurroundings(client), signal(SETTINGS), signal(undefined));
    model.server.type('other.example');
    await model.useServer();
    expect(client.callsOf('change-settings')).toEqual([]);
    client.answer('check-server', () => ({ server: 'https://other.example', relay: true }));
    await model.useServer();
    expect(client.callsOf('change-settings')).toEqual([
      { type: 'change-settings', change: { server: 'https://other.example' } },
    ]);
    expect(model.server.text.value).toBe('https://other.example');
  });
});

describe('a name of the settings', () => {
  it('is that of the engine, also after a change in another view, until one is typed', () => {
    const present = signal(SETTINGS);
    const model = createSettings(testSurroundings(new FakeClient()), present, signal(undefined));
    present.value = { ...SETTINGS, name: 'Al', server: 'https://b.example' };
    expect(model.name.value).toBe('Al');
    expect(model.server.text.value).toBe('https://b.example');
    model.typeName('Alice L.');
    model.server.type('c.example');
    present.value = { ...SETTINGS, name: 'Alan', server: 'https://d.example' };
    expect(model.name.value).toBe('Alice L.');
    expect(model.server.text.value).toBe('c.example');
    model.dispose();
  });
});

describe('changes of the settings that follow each other at once', () => {
  function slow() {
    const waiting: { done(): void; fail(): void }[] = [];
    const client = new FakeClient().answer(
      'change-settings',
      () =>
        new Promise((resolve, reject) =>
          waiting.push({ done: () => resolve({}), fail: () => reject(new BridgeError('storage-full')) }),
        ),
    );
    const present = signal(SETTINGS);
    const model = createSettings(testSurroundings(client), present, signal(undefined));
    return { client, waiting, present, model };
  }

  it('are all asked for, and show what was chosen until the engine does', async () => {
    const { client, waiting, present, model } = slow();
    void model.change({ notifications: false });
    void model.change({ openAs: 'popup' });
    void model.change({ notifications: true });
    expect(client.callsOf('change-settings').map(({ change }) => change)).toEqual([
      { notifications: false },
      { openAs: 'popup' },
      { notifications: true },
    ]);
    expect(model.settings.value).toMatchObject({ notifications: true, openAs: 'popup' });
    waiting[0]?.done();
    await settled();
    present.value = { ...SETTINGS, notifications: false };
    expect(model.settings.value).toMatchObject({ notifications: true, openAs: 'popup' });
    for (const each of waiting) each.done();
    await settled();
    present.value = { ...SETTINGS, openAs: 'popup' };
    // From another view.
    present.value = { ...SETTINGS, openAs: 'panel', notifications: false };
    expect(model.settings.value).toEqual(present.value);
    expect(model.changing.value).toEqual({ state: 'done' });
  });

  it('show what stands where one is refused, and why, whatever came of the others', async () => {
    const { waiting, model } = slow();
    void model.change({ direct: 'nobody' });
    void model.change({ openAs: 'popup' });
    waiting[0]?.fail();
    await settled();
    waiting[1]?.done();
    await settled();
    expect(model.settings.value).toEqual({ ...SETTINGS, openAs: 'popup' });
    expect(model.changing.value).toEqual({ state: 'failed', code: 'storage-full' });
  });
});

describe('a server of the settings', () => {
  it('is the one that stands in the field, and not one that was there when it was looked for', async () => {
    let found = (_: { server: string; relay: boolean }): void => {};
    const client = new FakeClient().answer('check-server', () => new Promise((resolve) => (found = resolve)));
    const model = createSettings(testSurroundings(client), signal(SETTINGS), signal(undefined));
    model.server.type('one.example');
    const using = model.useServer();
    model.server.type('two.example');
    found({ server: 'https://one.example', relay: true });
    await using;
    expect(client.callsOf('change-settings')).toEqual([]);
    expect(model.server.text.value).toBe('two.example');
  });

  it('leaves in the field what was typed while it was kept', async () => {
    let kept = (_: Record<string, never>): void => {};
    const client = new FakeClient().answer('check-server', () => ({
      server: 'https://one.example',
      relay: true,
    }));
    client.answer('change-settings', () => new Promise((resolve) => (kept = resolve)));
    const model = createSettings(testSurroundings(client), signal(SETTINGS), signal(undefined));
    model.server.type('one.example');
    const using = model.useServer();
    await settled();
    model.server.type('two.example');
    kept({});
    await using;
    expect(model.server.text.value).toBe('two.example');
  });
});

describe('a contact who reads at another server', () => {
  it('is followed when the person says so, and not before', async () => {
    const client = new FakeClient();
    const model = createServerMove({ client }, BOB.id);
    model.postpone('https://letters.example.net');
    expect(model.postponed.value).toBe('https://letters.example.net');
    expect(client.callsOf('allow-server')).toEqual([]);
    await model.allow('https://letters.example.net');
    expect(client.callsOf('allow-server')).toEqual([
      { type: 'allow-server', contactId: BOB.id, server: 'https://letters.example.net' },
    ]);
  });
});

describe('an address', () => {
  it('is shown to and hidden from one contact', async () => {
    const client = new FakeClient();
    const model = createAddress({ client }, BOB.id);
    await model.show();
    await model.hide();
    expect(client.callsOf('set-direct').map(({ direct }) => direct)).toEqual(['yes', 'never']);
  });

  it('is hidden also by who says so while it is being shown', async () => {
    const client = new FakeClient().answer('set-direct', () => new Promise(() => {}));
    const model = createAddress({ client }, BOB.id);
    void model.show();
    void model.hide();
    expect(client.callsOf('set-direct').map(({ direct }) => direct)).toEqual(['yes', 'never']);
  });
});
