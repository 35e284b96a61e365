import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { type Signal, startSignal } from '../launch/server.mjs';
import { bytes, type Mailbox, newMailbox, TestClient } from './client.ts';

/**
 * What somebody with the server's disk and its logs could join: somebody with two contacts, each with their own address,
 * reads and writes over one socket, by one guest pass, and goes away with mail waiting on all sides.
 */
const ALICE = '203.0.113.71';
const PASS = 'the-pass-of-this-server';
const [BOB, CAROL] = ['203.0.113.72', '203.0.113.73'];

let server: Signal;
let guestPass: Uint8Array;
const [aliceForBob, aliceForCarol, bobs, carols] = Array.from({ length: 4 }, newMailbox) as [
  Mailbox,
  Mailbox,
  Mailbox,
  Mailbox,
];
const mailboxes = [aliceForBob, aliceForCarol, bobs, carols];

beforeAll(async () => {
  await buildSignal();
  server = await startSignal({ env: { LOG_LEVEL: 'debug', TRUSTED_PROXIES: '127.0.0.1', PASSES: PASS } });
  const from = (address: string) => TestClient.connect(server.url, { 'x-forwarded-for': address });
  const [alice, bob, carol] = [await from(ALICE), await from(BOB), await from(CAROL)];
  const minted = await bob.ask({ type: 'mint', pass: bytes(PASS) });
  if (typeof minted !== 'object' || minted.type !== 'guest-pass') throw new Error('none minted');
  guestPass = minted.pass.slice();
  const open = async (client: TestClient, mailbox: Mailbox, pass = bytes(PASS)) =>
    expect(await client.ask({ type: 'open', ...mailbox, pass })).toMatchObject({ type: 'opened' });
  for (const mailbox of [aliceForBob, aliceForCarol]) await open(alice, mailbox, guestPass);
  await open(bob, bobs);
  await open(carol, carols);
  for (const words of ['one', 'two']) {
    for (const [one, to] of [
      [alice, bobs],
      [alice, carols],
      [bob, aliceForBob],
      [carol, aliceForCarol],
    ] as const)
      expect(await one.send(to, words)).toBe('stored');
  }
  await alice.frames('deliver', 4);
  await alice.ask({ type: 'ack', mailbox: aliceForBob.mailbox, sequence: 1 });
  await alice.ask({ type: 'live', mailbox: bobs.mailbox, envelope: new Uint8Array(100) });
  // A mistake and a refusal, which the log tells of.
  await alice.ask({ type: 'send', mailbox: newMailbox().mailbox, envelope: new Uint8Array(100) });
  await Promise.all([alice, bob, carol].map((client) => client.close()));
  await server.kill('SIGTERM');
});

afterAll(() => server.stop());

const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');

describe('what a server keeps', () => {
  it('holds no two mailboxes in one record, and nobody’s address', async () => {
    const root = open<Buffer, Buffer>({
      path: join(server.dataDir, 'mailboxes.mdb'),
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: 4,
      readOnly: true,
    });
    const found = new Map<string, number>();
    const records = new Map<string, number>();
    for (const name of ['meta', 'envelopes', 'mailboxes', 'guests']) {
      const table = root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
      for (const { key, value } of table.getRange({})) {
        const record = hex(Buffer.concat([key, value]));
        const inside = mailboxes.map(({ mailbox }) => hex(mailbox)).filter((id) => record.includes(id));
        expect(inside.length, name).toBeLessThanOrEqual(1);
        for (const id of inside) found.set(id, (found.get(id) ?? 0) + 1);
        // What opens a mailbox is not there either.
        for (const { key: secret } of mailboxes) expect(record).not.toContain(hex(secret));
        // Nor what of a guest pass is random, from which the names that stand for its mailboxes could be told.
        for (let at = 6; at + 8 <= guestPass.length; at += 4)
          expect(record).not.toContain(hex(guestPass.subarray(at, at + 8)));
        if (name === 'guests') expect(inside).toEqual([]);
        records.set(name, (records.get(name) ?? 0) + 1);
      }
    }
    await root.close();
    // All four are there, with what still waits in them: seven envelopes and four mailboxes.
    expect([...found.values()].reduce((sum, count) => sum + count, 0)).toBe(7 + 4);
    expect(records.get('guests')).toBe(2);
    for (const name of readdirSync(server.dataDir)) {
      const raw = readFileSync(join(server.dataDir, name));
      for (const address of [ALICE, BOB, CAROL]) {
        expect(raw.includes(address), name).toBe(false);
        expect(raw.includes(Buffer.from(address.split('.').map(Number))), name).toBe(false);
      }
    }
  });

  it('logs neither a mailbox nor an address, at its most talkative', () => {
    const log = server.log.map((entry) => JSON.stringify(entry)).join('\n');
    expect(log).toContain('"event"');
    expect(server.log.length).toBeGreaterThan(2);
    for (const { mailbox, key } of mailboxes) {
      for (const bytes of [mailbox, key])
        for (const encoding of ['hex', 'base64', 'base64url'] as const)
          expect(log).not.toContain(Buffer.from(bytes).toString(encoding).slice(0, 12));
    }
    for (const address of [ALICE, BOB, CAROL]) expect(log).not.toContain(address);
  });
});
