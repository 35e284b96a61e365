import { MIN_ENVELOPE } from '@aside/wasm-crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from './mail/requests.ts';
import { FullDisks } from './testing/full-disks.ts';
import type { HandClock } from './testing/hand-clock.ts';
import { makePair, type Side } from './testing/pair.ts';

let alice: Side;
let bob: Side;
let clock: HandClock;

beforeEach(async () => {
  ({ alice, bob, clock } = await makePair());
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** What went over a connection has had its receipt by then, or is noted as sent. */
const SOON = 1000;

/** Lets the database, which answers in turns of the event loop, come to rest. */
async function rest(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise((done) => setImmediate(done));
}

async function delivery(): Promise<(string | undefined)[]> {
  const { messages } = await alice.conversations.snapshot(alice.id, { limit: 100 });
  return messages.map((message) => message.delivery?.state);
}

const rows = () => alice.database.read(['outbox'], (tx) => tx.list('outbox'));

describe('the outbox', () => {
  it('keeps the sealed bytes until the receipt, and leaves no row behind after it', async () => {
    await alice.outbox.write(alice.id, 'one');
    await rest();
    expect(await delivery()).toEqual(['sent']);
    expect((await rows()).map(({ row }) => row.via)).toEqual(['mailbox']);
    for (const envelope of alice.sent) await bob.inbox.receive(bob.id, envelope);
    await clock.advance(100);
    await rest();
    for (const envelope of bob.sent) await alice.inbox.receive(alice.id, envelope);
    await rest();
    expect(await delivery()).toEqual(['delivered']);
    expect(await rows()).toEqual([]);
  });

  it.each([14 * DAY, undefined])(
    'puts the same bytes there again once they are dropped, kept for %s',
    async (retention) => {
      alice.retention = retention;
      await alice.outbox.sending.load();
      await alice.outbox.write(alice.id, 'one');
      await rest();
      await clock.advance(14 * DAY - HOUR);
      expect([alice.sent.length, alice.unheard]).toEqual([1, 0]);
      await clock.advance(3 * HOUR);
      await rest();
      expect(alice.unheard).toBe(1);
      expect(alice.sent.length).toBe(2);
      expect(alice.sent[1]).toEqual(alice.sent[0]);
    },
  );

  it('takes nobody for gone whose receipt comes as soon as the device wakes', async () => {
    await alice.outbox.sending.load();
    await alice.outbox.write(alice.id, 'one');
    await rest();
    const [envelope] = alice.sent as [Uint8Array];
    await bob.inbox.receive(bob.id, envelope);
    await clock.advance(100);
    await rest();
    clock.sleep(15 * DAY);
    await clock.advance(0);
    await rest();
    expect(alice.sent.length).toBe(2);
    for (const receipt of bob.sent) await alice.inbox.receive(alice.id, receipt);
    await rest();
    await clock.advance(HOUR);
    expect(alice.unheard).toBe(0);
  });

  it('goes over the connection while a server owes it an answer', async () => {
    let answer = (_answer: Answer): void => {};
    alice.toMailbox = () =>
      new Promise((done) => {
        answer = done;
      });
    await alice.outbox.write(alice.id, 'one');
    await rest();
    expect(await delivery()).toEqual(['waiting']);
    alice.connected = true;
    alice.outbox.sending.connected(alice.id);
    await alice.outbox.write(alice.id, 'two');
    await rest();
    expect(alice.overConnection.length).toBe(2);
    await clock.advance(SOON);
    await rest();
    expect(await delivery()).toEqual(['sent', 'sent']);
    answer({ kind: 'done', outcome: 'stored' });
    await rest();
    expect((await rows()).map(({ row }) => row.via)).toEqual(['connection', 'connection']);
  });

  it('gives a connection the same sealed bytes that a mailbox holds, and nothing else', async () => {
    alice.connected = true;
    await alice.outbox.write(alice.id, 'for nobody else');
    await rest();
    const kept = (await rows()).map(({ row }) => row.envelope);
    expect(kept.length).toBe(1);
    expect(alice.overConnection).toEqual(kept);
    alice.connected = false;
    alice.outbox.sending.disconnected(alice.id);
    await rest();
    expect(alice.sent).toEqual(kept);
    for (const envelope of kept) {
      expect(envelope).toHaveLength(MIN_ENVELOPE);
      expect(new TextDecoder('latin1').decode(envelope)).not.toContain('nobody');
    }
  });

  it('notes over which way it went only where no receipt comes soon', async () => {
    const writes: string[] = [];
    alice.database.onMessages((touched) => {
      for (const row of touched.values()) writes.push(`${row?.text}: ${row?.delivery?.state}`);
    });
    alice.connected = true;
    await alice.outbox.write(alice.id, 'one');
    await rest();
    for (const envelope of alice.overConnection) await bob.inbox.receive(bob.id, envelope);
    await clock.advance(SOON / 2);
    await rest();
    for (const receipt of bob.sent) await alice.inbox.receive(alice.id, receipt);
    await alice.outbox.write(alice.id, 'two');
    await rest();
    await clock.advance(SOON);
    await rest();
    expect(writes).toEqual(['one: waiting', 'one: delivered', 'two: waiting', 'two: sent']);
    expect((await rows()).map(({ row }) => row.via)).toEqual(['connection']);
    await clock.advance(SOON);
    await rest();
    expect(writes.length).toBe(4);
  });

  it('leaves no row of a receipt behind that went over the connection', async () => {
    bob.connected = true;
    await alice.outbox.write(alice.id, 'one');
    await rest();
    for (const envelope of alice.sent) await bob.inbox.receive(bob.id, envelope);
    await clock.advance(100);
    await rest();
    expect(bob.overConnection.length).toBe(1);
    await clock.advance(SOON);
    await rest();
    expect(await bob.database.read(['outbox'], (tx) => tx.list('outbox'))).toEqual([]);
  });

  it('sends the same bytes through the mailbox when the connection is gone', async () => {
    alice.connected = true;
    for (const text of ['one', 'two']) await alice.outbox.write(alice.id, text);
    await rest();
    alice.connected = false;
    alice.outbox.sending.disconnected(alice.id);
    await rest();
    expect(alice.sent).toEqual(alice.overConnection);
  });

  it('is not called sent while nobody has it, where the connection went before a receipt came', async () => {
    alice.connected = true;
    await alice.outbox.write(alice.id, 'one');
    await rest();
    await clock.advance(SOON);
    await rest();
    expect(await delivery()).toEqual(['sent']);
    alice.connected = false;
    alice.toMailbox = async () => ({ kind: 'unsent' });
    alice.outbox.sending.disconnected(alice.id);
    await rest();
    expect(await delivery()).toEqual(['waiting']);
    expect((await rows()).map(({ row }) => row.via)).toEqual(['none']);
    alice.toMailbox = async () => ({ kind: 'done', outcome: 'stored' });
    alice.outbox.sending.pumpAll();
    await rest();
    expect(await delivery()).toEqual(['sent']);
  });

  it('is not called sent after a restart either, where nobody has said that they have it', async () => {
    alice.connected = true;
    await alice.outbox.write(alice.id, 'by connection');
    await rest();
    await clock.advance(SOON);
    await rest();
    alice.connected = false;
    await alice.outbox.write(alice.id, 'by mailbox');
    await rest();
    expect(await delivery()).toEqual(['sent', 'sent']);
    alice.toMailbox = async () => ({ kind: 'unsent' });
    // As after a crash: nobody was told that the connection had gone.
    await alice.outbox.sending.load();
    expect(await delivery()).toEqual(['waiting', 'sent']);
    expect((await rows()).map(({ row }) => row.via)).toEqual(['none', 'mailbox']);
    alice.toMailbox = async () => ({ kind: 'done', outcome: 'stored' });
    alice.outbox.sending.pumpAll();
    await rest();
    expect(await delivery()).toEqual(['sent', 'sent']);
  });

  it('is not called sent on a disk that was full when the connection went', async () => {
    alice.connected = true;
    await alice.outbox.write(alice.id, 'one');
    await rest();
    await clock.advance(SOON);
    await rest();
    alice.toMailbox = async () => ({ kind: 'unsent' });
    alice.connected = false;
    const disks = new FullDisks();
    disks.fill(alice.disk, 1);
    alice.outbox.sending.disconnected(alice.id);
    await rest();
    expect(await delivery()).toEqual(['sent']);
    disks.end();
    await clock.advance(MINUTE);
    await rest();
    expect(await delivery()).toEqual(['waiting']);
  });

  it('sends again what a server has dropped unread, once its time was over', async () => {
    await alice.outbox.sending.load();
    await alice.outbox.write(alice.id, 'one');
    await rest();
    expect(alice.sent.length).toBe(1);
    await clock.advance(13 * 24 * 3600 * 1000);
    await rest();
    expect(alice.sent.length).toBe(1);
    await clock.advance(25 * 3600 * 1000);
    await rest();
    expect(alice.sent.length).toBe(2);
    expect(alice.sent[1]).toEqual(alice.sent[0]);
    await clock.advance(24 * 3600 * 1000);
    await rest();
    expect(alice.sent.length).toBe(2);
  });

  it('goes again where a clock that was put back says that it will be stored in a year', async () => {
    alice.retention = 14 * DAY;
    await alice.outbox.sending.load();
    await alice.outbox.write(alice.id, 'one');
    await rest();
    clock.putBack(365 * DAY);
    // How long it has lain there is not known any more. That says nothing of whoever has not taken it.
    await clock.advance(HOUR);
    await rest();
    await clock.advance(HOUR);
    expect([alice.sent.length, alice.unheard]).toEqual([2, 0]);
    await clock.advance(14 * DAY + HOUR);
    await rest();
    expect([alice.sent.length, alice.unheard]).toEqual([3, 1]);
  });

  it('leaves a failed one as it was where the disk does not take that it goes again', async () => {
    alice.toMailbox = async () => ({ kind: 'refused', reason: 'mailbox-full', retryAfter: 0 });
    const id = await alice.outbox.write(alice.id, 'one');
    await rest();
    expect(await delivery()).toEqual(['failed']);
    alice.toMailbox = async () => ({ kind: 'done', outcome: 'stored' });
    const disks = new FullDisks();
    disks.fill(alice.disk, 1);
    await expect(alice.outbox.retry(alice.id, id)).rejects.toMatchObject({ code: 'storage-full' });
    disks.end();
    alice.outbox.sending.pumpAll();
    await rest();
    expect(await delivery()).toEqual(['failed']);
    expect(await alice.outbox.retry(alice.id, id)).toBe(true);
    await rest();
    expect(await delivery()).toEqual(['sent']);
  });

  it('tells a filled number from the message that it was', async () => {
    alice.toMailbox = async () => ({ kind: 'refused', reason: 'mailbox-full', retryAfter: 0 });
    const id = await alice.outbox.write(alice.id, 'never mind');
    await rest();
    let answer = (_answer: Answer): void => {};
    alice.toMailbox = () =>
      new Promise((done) => {
        answer = done;
      });
    // A sign of life sends the old bytes once more; then the person gives the message up.
    alice.outbox.sending.revive(alice.id);
    await rest();
    const late = answer;
    alice.toMailbox = async () => ({ kind: 'unsent' });
    expect(await alice.outbox.discard(alice.id, id)).toBe(true);
    late({ kind: 'done', outcome: 'stored' });
    await rest();
    expect((await rows()).map(({ row }) => row.via)).toEqual(['none']);
  });

  it('waits as long as a busy server says, and then goes on by itself', async () => {
    alice.toMailbox = async () => ({ kind: 'refused', reason: 'rate', retryAfter: 4000 });
    await alice.outbox.write(alice.id, 'one');
    await rest();
    await alice.outbox.write(alice.id, 'two');
    await rest();
    expect(alice.sent.length).toBe(1);
    alice.toMailbox = async () => ({ kind: 'done', outcome: 'stored' });
    await clock.advance(4001);
    await rest();
    expect(await delivery()).toEqual(['sent', 'sent']);
  });
});
