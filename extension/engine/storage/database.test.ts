import 'fake-indexeddb/auto';
import { encodeWrappedMasterKey, sealRow, tableKey } from '@aside/wasm-crypto';
import { loadCrypto } from '@aside/wasm-crypto/testing';
import fc from 'fast-check';
import { openDB } from 'idb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Database } from './database.ts';
import { decodeRow, encodeRow, type MessageRow, messageKey, type OutboxRow, placeOf } from './rows.ts';
import { keepByDevice, openVault, readVault } from './vault.ts';

const master = new Uint8Array(32).fill(1);
const outgoing: OutboxRow = {
  contact: 'c',
  number: 1,
  via: 'none',
  at: 5,
  envelope: Uint8Array.of(1, 2, 255),
};
const message = (number: number, from: 'me' | 'them' = 'them'): MessageRow => ({
  id: number.toString(16).padStart(32, '0'),
  from,
  number,
  text: `text ${number}`,
  at: 0,
});

let databases = 0;
let name: string;
let database: Database;

beforeAll(loadCrypto);
beforeEach(async () => {
  name = `database-${databases++}`;
  database = await Database.open(name);
  database.unlock(master);
});

/** Ends the transaction that was begun last, as the browser does. */
let abortLast: (reason: string) => void = () => {};
const { transaction } = IDBDatabase.prototype;
beforeEach(() => {
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
    const tx = transaction.apply(this, given) as IDBTransaction & { _abort(reason: string): void };
    abortLast = (reason) => tx._abort(reason);
    return tx;
  };
  return () => {
    IDBDatabase.prototype.transaction = transaction;
  };
});

const write = (key: string, row: OutboxRow) =>
  database.write(['outbox'], async (tx) => tx.put('outbox', key, row));
const read = (key: string) => database.read(['outbox'], (tx) => tx.get('outbox', key));

/** Puts bytes where a row should be, past the database. */
async function plant(key: string, sealed: Uint8Array): Promise<void> {
  const raw = await openDB(name);
  await raw.put('outbox', { key, sealed });
  raw.close();
}

describe('a transaction', () => {
  it('says that the disk is full also where that is found before its end', async () => {
    const work = database.write(['outbox'], async (tx) => {
      tx.put('outbox', 'c/1', outgoing);
      // As Firefox does: the write fails, and takes the transaction with it.
      abortLast('QuotaExceededError');
      await tx.get('outbox', 'c/1');
    });
    await expect(work).rejects.toMatchObject({ code: 'storage-full' });
  });

  it('is waited for by everybody who closes its database', async () => {
    const work = write('c/1', outgoing);
    await Promise.all([database.close(), database.close()]);
    await work;
  });
});

describe('a row', () => {
  it('comes back as it was, and stands sealed on the disk', async () => {
    await write('c/1', outgoing);
    expect(await read('c/1')).toEqual(outgoing);
    const raw = await openDB(name);
    const record = (await raw.get('outbox', 'c/1')) as { sealed: Uint8Array };
    expect(Object.keys(record).sort()).toEqual(['key', 'sealed']);
    expect(Buffer.from(record.sealed).includes('none')).toBe(false);
    raw.close();
  });

  it('does not open under another master key, nor in another row’s place', async () => {
    await write('c/1', outgoing);
    const raw = await openDB(name);
    const { sealed } = (await raw.get('outbox', 'c/1')) as { sealed: Uint8Array };
    raw.close();
    await plant('c/2', sealed);
    await expect(read('c/2')).rejects.toMatchObject({ name: 'StorageError', code: 'storage-failed' });
    database.unlock(new Uint8Array(32).fill(2));
    await expect(read('c/1')).rejects.toMatchObject({ name: 'StorageError', code: 'storage-failed' });
  });

  it('of a later version is refused and left alone', async () => {
    const sealed = sealRow(tableKey(master, 'outbox'), 'c/1', encodeRow(outgoing)).with(0, 99);
    await plant('c/1', sealed);
    await expect(read('c/1')).rejects.toMatchObject({ name: 'StorageError', code: 'newer-data' });
    const raw = await openDB(name);
    expect(((await raw.get('outbox', 'c/1')) as { sealed: Uint8Array }).sealed[0]).toBe(99);
    raw.close();
  });

  it.each<[string, Uint8Array]>([
    ['bytes that are nothing', new Uint8Array(0)],
    ['bytes that are not text', Uint8Array.of(255, 254, 253)],
    ['a row of another table', encodeRow(message(1))],
  ])('that holds %s fails in one way', async (_name, plaintext) => {
    await plant('c/1', sealRow(tableKey(master, 'outbox'), 'c/1', plaintext));
    await expect(read('c/1')).rejects.toMatchObject({ name: 'StorageError', code: 'storage-failed' });
  });

  it.each([null, 'x', [1], [-5, 2], [0.5, 1], [0, 2 ** 60]])(
    'with a byte string at %j is of no table',
    (place) => {
      const json = new TextEncoder().encode(JSON.stringify({ ...outgoing, envelope: { $bytes: place } }));
      const row = Uint8Array.of(json.length, 0, 0, 0, ...json, 1, 2, 3);
      expect(() => decodeRow('outbox', row)).toThrow(/Invalid|outside/);
    },
  );

  it('keeps any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (envelope) => {
        expect(decodeRow('outbox', encodeRow({ ...outgoing, envelope }))).toEqual({ ...outgoing, envelope });
      }),
    );
  });
});

describe('a transaction', () => {
  it('leaves nothing where its body throws', async () => {
    const thrown = database.write(['outbox'], async (tx) => {
      tx.put('outbox', 'c/1', outgoing);
      throw new TypeError();
    });
    await expect(thrown).rejects.toBeInstanceOf(TypeError);
    expect(await read('c/1')).toBeUndefined();
  });

  it('writes nothing that could not be read again', async () => {
    await write('c/1', outgoing);
    await expect(write('c/1', { ...outgoing, number: -1 })).rejects.toMatchObject({ code: 'storage-failed' });
    expect(await read('c/1')).toEqual(outgoing);
  });

  it('is durable where it says so', async () => {
    const seen: (string | undefined)[] = [];
    const original = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...parameters) {
      seen.push(parameters[2]?.durability);
      return original.apply(this, parameters);
    };
    try {
      await write('c/1', outgoing);
      await database.writeLazily(['outbox'], async (tx) => tx.delete('outbox', 'c/1'));
    } finally {
      IDBDatabase.prototype.transaction = original;
    }
    expect(seen).toEqual(['strict', 'relaxed']);
  });

  it('is refused before the vault is open and after the database is closed', async () => {
    const locked = await Database.open(`${name}-locked`);
    await expect(locked.read(['outbox'], (tx) => tx.list('outbox'))).rejects.toMatchObject({
      code: 'storage-failed',
    });
    await database.close();
    await expect(read('c/1')).rejects.toMatchObject({ code: 'closed' });
  });

  it('finds messages by id and by place', async () => {
    const touched: string[] = [];
    database.onMessages((messages) => touched.push(...messages.keys()));
    await database.write(['messages'], async (tx) => {
      for (const number of [1, 2, 5])
        tx.put('messages', messageKey('c', number + 10, message(number).id), message(number));
      tx.put('messages', messageKey('d', 1, message(9).id), message(9));
    });
    expect(touched.length).toBe(4);
    await database.read(['messages'], async (tx) => {
      expect((await tx.messageById('c', 'them', message(2).id))?.row.number).toBe(2);
      expect(await tx.messageById('c', 'me', message(2).id)).toBeUndefined();
      expect(await tx.hasMessage('d', 'them', message(9).id)).toBe(true);
      expect((await tx.list('messages', 'c/', 2)).map(({ key }) => placeOf(key))).toEqual([12, 15]);
      expect(await tx.count('messages', 'c/')).toBe(3);
    });
  });
});

describe('the vault', () => {
  it('opens again at every start, and what was sealed with it', async () => {
    const first = await Database.open(`${name}-vault`);
    await openVault(first);
    await first.write(['outbox'], async (tx) => tx.put('outbox', 'c/1', outgoing));
    first.close();
    const second = await Database.open(`${name}-vault`);
    await openVault(second);
    expect(await second.read(['outbox'], (tx) => tx.get('outbox', 'c/1'))).toEqual(outgoing);
  });

  it('of a later version is refused, and a damaged one fails', async () => {
    const later = await Database.open(`${name}-later`);
    const wrap = encodeWrappedMasterKey({
      version: 1,
      kind: 'device',
      nonce: new Uint8Array(12),
      wrapped: new Uint8Array(48),
    });
    await later.changeVault({ 'master-key': wrap.with(0, 2) });
    await expect(openVault(later)).rejects.toMatchObject({ code: 'newer-data' });
    for (const damaged of [wrap.subarray(0, -1), { version: 1, kind: 'device' }]) {
      await later.changeVault({ 'master-key': damaged });
      await expect(openVault(later)).rejects.toMatchObject({ code: 'storage-failed' });
    }
    // Whole, but the key of the device is not there, or is another one.
    await later.changeVault({ 'master-key': wrap });
    await expect(openVault(later)).rejects.toMatchObject({ code: 'storage-failed' });
    const other = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['decrypt']);
    await later.changeVault({ 'device-key': other });
    await expect(openVault(later)).rejects.toMatchObject({ code: 'storage-failed' });
  });

  it('changes only what it was when the change began', async () => {
    const vault = await Database.open(`${name}-change`);
    await openVault(vault);
    const kept = await readVault(vault);
    if (kept === undefined) throw new Error('There is no vault.');
    await vault.changeVault({ 'master-key': undefined });
    await expect(keepByDevice(vault, master, kept)).rejects.toMatchObject({ code: 'closed' });
    expect(await readVault(vault)).toBeUndefined();
  });
});

describe('closing', () => {
  it('waits for what is under way, and overwrites the keys only then', async () => {
    let closing: Promise<void> | undefined;
    const written = database.write(['outbox'], async (tx) => {
      await tx.get('outbox', 'c/1');
      closing = database.close();
      await tx.get('outbox', 'c/1');
      tx.put('outbox', 'c/1', outgoing);
    });
    await written;
    await closing;
    const again = await Database.open(name);
    again.unlock(master);
    expect(await again.read(['outbox'], (tx) => tx.get('outbox', 'c/1'))).toEqual(outgoing);
  });
});
