import { describe, expect, it } from 'vitest';
import { BACKUP_HEAD_BYTES, BACKUP_PART_BYTES } from '../../bridge/types/bounds.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { settled, testSurroundings } from '../testing/surroundings.ts';
import { createBackup } from './backup.ts';
import { createRestore } from './restore.ts';

const PASSPHRASE = 'orbit velvet canyon';

/** An engine whose file has so many parts of one byte each: 0, 1, 2 … */
function engineWith(parts: number, onPart: (n: number) => void = () => {}): FakeClient {
  const client = new FakeClient().answer('begin-backup', () => ({ backupId: 'b' }));
  return client.answer('read-backup', () => {
    const n = client.callsOf('read-backup').length;
    onPart(n);
    return { bytes: Uint8Array.of(n - 1), done: n === parts, progress: n / parts };
  });
}

function backup(client: FakeClient, again = PASSPHRASE) {
  const surroundings = testSurroundings(client);
  const model = createBackup(surroundings);
  model.type('next', PASSPHRASE);
  model.type('again', again);
  return { model, surroundings };
}

describe('saving a back-up', () => {
  it('reads the file to its end, saves it, and only then says that there is one', async () => {
    const client = engineWith(3);
    const { model, surroundings } = backup(client);
    await model.make();
    const [saved] = surroundings.savedFiles;
    expect(saved?.name).toMatch(/^Aside \d{4}-\d\d-\d\d\.aside$/);
    expect(new Uint8Array((await saved?.file.arrayBuffer()) ?? [])).toEqual(Uint8Array.of(0, 1, 2));
    expect(client.calls.at(-1)).toEqual({ type: 'backup-saved', backupId: 'b' });
    expect(model.saved.value).toBe(saved?.name);
    expect(model.progress.value).toBe(1);
    expect([model.next.value, model.again.value]).toEqual(['', '']);
  });

  it('wants a passphrase that is long enough, twice', async () => {
    const client = engineWith(1);
    const { model } = backup(client, 'orbit velvet');
    await model.make();
    expect(model.differs.value).toBe(true);
    model.type('next', 'short');
    await model.make();
    expect(model.making.value).toEqual({ state: 'failed', code: 'passphrase-too-short' });
    expect(client.calls).toEqual([]);
  });

  it('can be given up in the middle: nothing is saved then', async () => {
    const client = engineWith(9, (n) => n === 2 && model.cancel());
    const { model, surroundings } = backup(client);
    await model.make();
    expect(surroundings.savedFiles).toEqual([]);
    expect(client.calls.at(-1)).toEqual({ type: 'cancel-backup', backupId: 'b' });
    expect(client.callsOf('read-backup').length).toBe(2);
    expect(model.making.value).toEqual({ state: 'idle' });
    expect(model.saved.value).toBe(undefined);
  });

  it('is left in the middle only where the person says so, and no question is left of one that is done', async () => {
    const left: string[] = [];
    const client = engineWith(3, (n) => n < 3 && model.leaving.leave(() => left.push('list')));
    const { model, surroundings } = backup(client);
    model.leaving.leave(() => left.push('before'));
    expect(left).toEqual(['before']);
    await model.make();
    expect(surroundings.savedFiles).toHaveLength(1);
    expect(model.leaving.isAsked.value).toBe(false);
    model.type('next', PASSPHRASE);
    model.type('again', PASSPHRASE);
    client.answer('read-backup', () => new Promise(() => {}));
    void model.make();
    await settled();
    expect(model.leaving.isAsked.value).toBe(false);
    model.leaving.leave(() => left.push('list'));
    expect(model.leaving.isAsked.value).toBe(true);
    model.leaving.stay();
    expect(model.leaving.isAsked.value).toBe(false);
    model.leaving.leave(() => left.push('settings'));
    model.leaving.confirm();
    expect(left).toEqual(['before', 'settings']);
  });

  it('says what went wrong', async () => {
    const client = engineWith(2).refuse('read-backup', 'storage-full');
    const { model, surroundings } = backup(client);
    await model.make();
    expect(model.making.value).toEqual({ state: 'failed', code: 'storage-full' });
    expect(surroundings.savedFiles).toEqual([]);
  });
});

describe('restoring a back-up', () => {
  const bytes = Uint8Array.from(
    { length: BACKUP_HEAD_BYTES + 2 * BACKUP_PART_BYTES + 5 },
    (_, at) => (at * 7) & 255,
  );
  const begun = () => new FakeClient().answer('begin-restore', () => ({ restoreId: 'r' }));
  function restore(client: FakeClient) {
    const model = createRestore(testSurroundings(client));
    model.choose(new File([bytes], 'Aside 2026-11-23.aside'));
    model.type(PASSPHRASE);
    return model;
  }

  it('hands the file over in parts, in their order, and nothing but the whole of it', async () => {
    const client = begun();
    const model = restore(client);
    await model.start();
    const [begin] = client.callsOf('begin-restore');
    expect(begin?.passphrase).toBe(PASSPHRASE);
    const parts = client.callsOf('restore-part').map((part) => part.bytes);
    expect(parts.map(({ length }) => length)).toEqual([BACKUP_PART_BYTES, BACKUP_PART_BYTES, 5]);
    expect(Buffer.compare(Buffer.concat([begin?.head ?? bytes, ...parts]), bytes)).toBe(0);
    expect(client.calls.at(-1)).toEqual({ type: 'finish-restore', restoreId: 'r' });
    expect(model.progress.value).toBe(1);
  });

  it('asks for the file first, and for its passphrase', async () => {
    const client = begun();
    const model = restore(client);
    model.type('');
    await model.start();
    expect(model.lacksPassphrase.value).toBe(true);
    model.type(PASSPHRASE);
    expect(model.lacksPassphrase.value).toBe(false);
    model.choose(undefined);
    await model.start();
    expect(model.lacksFile.value).toBe(true);
    expect(client.calls).toEqual([]);
    model.choose(new File([bytes], 'one'));
    expect(model.lacksFile.value).toBe(false);
  });

  it('can be given up in the middle', async () => {
    const client = begun().answer('restore-part', () => {
      model.cancel();
      return {};
    });
    const model = restore(client);
    await model.start();
    expect(client.calls.slice(-2).map(({ type }) => type)).toEqual(['restore-part', 'cancel-restore']);
    expect(model.restoring.value).toEqual({ state: 'idle' });
  });

  it('keeps no passphrase of who goes away', () => {
    const model = restore(begun());
    model.dispose();
    expect(model.passphrase.value).toBe('');
  });

  it('says what went wrong, until something else is tried', async () => {
    const client = new FakeClient().refuse('begin-restore', 'passphrase-wrong');
    const model = restore(client);
    await model.start();
    expect(model.restoring.value).toEqual({ state: 'failed', code: 'passphrase-wrong' });
    model.type('another');
    expect(model.restoring.value).toEqual({ state: 'idle' });
  });
});
