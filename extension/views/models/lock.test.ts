import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { BridgeError } from '../../bridge/types/errors.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { BOB, ready } from '../testing/samples.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createApp } from './app.ts';
import { createLock } from './lock.ts';
import { createLocked } from './locked.ts';

describe('the locked screen', () => {
  it('unlocks, and keeps the passphrase no longer than it must', async () => {
    const client = new FakeClient().refuse('unlock', 'passphrase-wrong');
    const model = createLocked(testSurroundings(client), signal(undefined));
    await model.unlock();
    expect(client.calls).toEqual([]);
    expect(model.lacksPassphrase.value).toBe(true);
    model.type('orbit velvet');
    expect(model.lacksPassphrase.value).toBe(false);
    await model.unlock();
    expect(model.unlocking.value).toEqual({ state: 'failed', code: 'passphrase-wrong' });
    model.type('orbit velvet canyon');
    expect(model.unlocking.value).toEqual({ state: 'idle' });
    client.answer('unlock', () => ({}));
    await model.unlock();
    expect(client.callsOf('unlock').map(({ passphrase }) => passphrase)).toEqual([
      'orbit velvet',
      'orbit velvet canyon',
    ]);
    expect(model.passphrase.value).toBe('');
  });

  it('counts down to the next try, and asks nothing before', async () => {
    const client = new FakeClient();
    const surroundings = testSurroundings(client);
    const retryAt = signal<number | undefined>(undefined);
    const model = createLocked(surroundings, retryAt);
    expect(model.wait.value).toBe(0);
    retryAt.value = surroundings.clock.now() + 2500;
    expect(model.wait.value).toBe(3);
    model.type('orbit velvet canyon');
    surroundings.clock.pass(1000);
    expect(model.wait.value).toBe(2);
    await model.unlock();
    expect(client.calls).toEqual([]);
    surroundings.clock.pass(2000);
    expect(model.wait.value).toBe(0);
    await model.unlock();
    expect(client.callsOf('unlock')).toHaveLength(1);
  });
});

describe('a view', () => {
  it('forgets what it showed when the engine locks, and begins at the list afterwards', async () => {
    const client = new FakeClient(ready());
    const surroundings = testSurroundings(client);
    const app = createApp(surroundings);
    app.navigation.go({ at: 'conversation', contactId: BOB.id });
    app.drafts.open(BOB.id).set('half a letter');
    client.show({ phase: 'locked' });
    expect(app.stage.value).toMatchObject({ show: 'locked' });
    expect(app.drafts.texts.value).toEqual({});
    expect(app.place.value).toEqual({ at: 'list' });
    expect(app.contacts.shown.value).toEqual([]);
    expect(app.unread.value).toBe(0);
    client.show(ready());
    expect(app.stage.value).toMatchObject({ show: 'main' });
    app.dispose();
  });

  it('shows the first run after everything was erased', async () => {
    const client = new FakeClient({ phase: 'locked' });
    const app = createApp(testSurroundings(client));
    const { value: stage } = app.stage;
    if (stage.show !== 'locked') throw new Error(stage.show);
    await stage.locked.erase();
    expect(client.calls).toEqual([{ type: 'wipe' }]);
    client.show({ phase: 'first-run' });
    expect(app.stage.value).toMatchObject({ show: 'first-run' });
    app.dispose();
  });
});

describe('the lock’s settings', () => {
  const made = (client: FakeClient) => createLock(testSurroundings(client), signal(undefined));

  it('set a passphrase that was typed twice, and is long enough', async () => {
    const client = new FakeClient();
    const model = made(client);
    model.begin('set');
    model.type('next', 'short');
    await model.save();
    expect(model.saving.value).toEqual({ state: 'failed', code: 'passphrase-too-short' });
    model.type('next', 'orbit velvet canyon');
    model.type('again', 'orbit velvet');
    await model.save();
    expect(model.differs.value).toBe(true);
    expect(client.calls).toEqual([]);
    model.type('again', 'orbit velvet canyon');
    await model.save();
    expect(client.calls).toEqual([{ type: 'set-passphrase', next: 'orbit velvet canyon' }]);
    expect(model.step.value).toBe('none');
    expect([model.next.value, model.again.value]).toEqual(['', '']);
  });

  it('change and remove it for who knows it', async () => {
    const client = new FakeClient();
    const model = made(client);
    model.begin('remove');
    await model.save();
    expect(model.lacksCurrent.value).toBe(true);
    expect(client.calls).toEqual([]);
    model.begin('change');
    expect(model.lacksCurrent.value).toBe(false);
    model.type('current', 'orbit velvet canyon');
    model.type('next', 'another passphrase');
    model.type('again', 'another passphrase');
    await model.save();
    client.answer('remove-passphrase', () => {
      throw new BridgeError('passphrase-wrong');
    });
    model.begin('remove');
    model.type('current', 'a guess');
    await model.save();
    expect(client.calls).toEqual([
      { type: 'set-passphrase', current: 'orbit velvet canyon', next: 'another passphrase' },
      { type: 'remove-passphrase', current: 'a guess' },
    ]);
    expect(model.step.value).toBe('remove');
    expect(model.saving.value).toEqual({ state: 'failed', code: 'passphrase-wrong' });
  });

  it('show the keys that lock and erase everything, and where to choose them', async () => {
    const surroundings = testSurroundings(new FakeClient());
    const shortcuts = { ...surroundings.shortcuts, keys: async () => ({ wipe: 'Alt+Shift+W' }) };
    const model = createLock({ ...surroundings, shortcuts }, signal(undefined));
    await settled();
    expect(model.keys.value).toEqual({ wipe: 'Alt+Shift+W' });
    model.chooseWipeKey();
    expect(surroundings.chosen).toBe(1);
  });
});
