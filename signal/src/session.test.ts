import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytes, newMailbox } from '../e2e/client.ts';
import {
  type ClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  MAX_UNANSWERED,
  type ServerFrame,
} from '../protocol/index.ts';
import { LIMITS } from './limits.ts';
import type { Line } from './line.ts';
import { Office, type OfficeOptions } from './office.ts';
import { Passes } from './passes.ts';
import { EmbeddedStore } from './store/embedded-store.ts';
import { MemoryDisk } from './store/memory-disk.ts';
import { Tally } from './tally.ts';
import { TurnIssuer } from './turn-issuer.ts';
import { MemoryWordBook } from './words/memory-word-book.ts';

/** The core without sockets, for what a real line does too seldom to wait for. */

class FakeLine implements Line {
  readonly frames: ServerFrame[] = [];
  ended: string | undefined;
  next: 'sent' | 'buffered' | 'dropped' = 'sent';
  waiting = 0;

  send(frame: Uint8Array): 'sent' | 'buffered' | 'dropped' {
    if (this.next !== 'dropped') this.frames.push(decodeServerFrame(frame.slice()));
    return this.next;
  }

  sendAll(frames: readonly Uint8Array[]): 'sent' | 'buffered' | 'dropped' {
    for (const frame of frames) this.send(frame);
    return this.next;
  }

  backlog(): number {
    return this.waiting;
  }

  end(reason: string): void {
    this.ended = reason;
  }
}

const START = 1_800_000_000_000;
let now = START;
/** By so much the time of day was put back. */
let putBack = 0;
let disk: MemoryDisk;
let office: Office;
let options: OfficeOptions;

beforeEach(() => {
  putBack = 0;
  disk = new MemoryDisk();
  const store = new EmbeddedStore({
    disk,
    limits: LIMITS,
    retention: 3600,
    mostBytes: 1e9,
    now: () => now,
  });
  const turn = new TurnIssuer({ keys: () => ({ secret: 'secret', users: 'users' }), urls: ['turn:x'] });
  const limits = { ...LIMITS, mailboxesPerSocket: 3, opensBurst: 6, opensPerSecond: 1, drainSpreadMs: 0 };
  const words = new MemoryWordBook(limits, () => now);
  options = {
    store,
    words,
    limits,
    tally: new Tally(),
    retention: 3600,
    turn,
    passes: undefined,
    now: () => now - putBack,
    clock: () => now - START,
  };
  office = new Office(options);
});
afterEach(() => office.drain());

function connect(address = '192.0.2.1') {
  const line = new FakeLine();
  office.admit(address);
  const session = office.connect(line, address);
  let request = 0;
  type Said = ClientFrame extends infer Frame
    ? Frame extends ClientFrame
      ? Omit<Frame, 'request'>
      : never
    : never;
  const say = (frame: Said) => {
    session.receive(encodeClientFrame({ ...frame, request: ++request } as ClientFrame));
    return request;
  };
  return { line, session, say };
}

/** Everything that is ready to run has run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const types = (line: FakeLine) => line.frames.map(({ type }) => type);
const refusals = (line: FakeLine) =>
  line.frames.flatMap((frame) => (frame.type === 'refused' ? [frame.reason] : []));

async function opened(client: ReturnType<typeof connect>) {
  const box = newMailbox();
  client.say({ type: 'open', ...box });
  await settle();
  return box;
}

describe('a line that does not keep up', () => {
  it('gets no deliveries until it has drained, then all of them in order', async () => {
    const [reader, writer] = [connect(), connect()];
    const box = await opened(reader);
    reader.line.next = 'buffered';
    reader.line.waiting = 1;
    const words = ['one', 'two', 'three'];
    for (const word of words) writer.say({ type: 'send', mailbox: box.mailbox, envelope: bytes(word) });
    await settle();
    // The first found that the line is full.
    expect(types(reader.line)).toEqual(['opened', 'deliver']);
    reader.session.retry();
    await settle();
    expect(types(reader.line)).toEqual(['opened', 'deliver']);
    reader.line.next = 'sent';
    reader.line.waiting = 0;
    reader.session.drained();
    await settle();
    const delivered = reader.line.frames.flatMap((frame) =>
      frame.type === 'deliver' ? [Buffer.from(frame.envelope).toString()] : [],
    );
    expect(delivered).toEqual(words);
  });

  it('is looked at again even if nobody says that it has drained', async () => {
    const [reader, writer] = [connect(), connect()];
    const box = await opened(reader);
    reader.line.next = 'buffered';
    for (const word of ['one', 'two']) {
      writer.say({ type: 'send', mailbox: box.mailbox, envelope: bytes(word) });
    }
    await settle();
    reader.line.next = 'sent';
    reader.session.retry();
    await settle();
    expect(types(reader.line)).toEqual(['opened', 'deliver', 'deliver']);
  });

  it('is ended as too slow when it takes nothing more, and its mailbox is free and full', async () => {
    const [reader, writer] = [connect(), connect()];
    const box = await opened(reader);
    reader.line.next = 'dropped';
    writer.say({ type: 'send', mailbox: box.mailbox, envelope: bytes('kept') });
    await settle();
    expect(reader.line.ended).toBe('too-slow');
    writer.say({ type: 'live', mailbox: box.mailbox, envelope: bytes('anybody?') });
    const back = connect();
    back.say({ type: 'open', ...box });
    await settle();
    expect(types(back.line)).toEqual(['opened', 'deliver']);
    const runs = writer.line.frames.flatMap((frame) => (frame.type === 'answers' ? frame.runs : []));
    expect(runs.map(({ outcome }) => outcome)).toEqual(['stored', 'nobody']);
  });
});

describe('a line that never takes what waits', () => {
  it('is ended after a while, however little that is, and one that takes it in time is not', async () => {
    const [stuck, slow, writer] = [connect(), connect(), connect()];
    for (const reader of [stuck, slow]) {
      const box = await opened(reader);
      reader.line.next = 'buffered';
      reader.line.waiting = 1;
      writer.say({ type: 'send', mailbox: box.mailbox, envelope: bytes('x') });
    }
    await settle();
    putBack = 3600_000;
    now += LIMITS.chokedMs;
    office.lookAfter();
    expect(stuck.line.ended).toBeUndefined();
    slow.line.waiting = 0;
    office.lookAfter();
    now += 1;
    office.lookAfter();
    expect(stuck.line.ended).toBe('too-slow');
    expect(slow.line.ended).toBeUndefined();
  });

  it('is ended after that while, too, if it goes on asking and takes no answer', async () => {
    const [stuck, writer] = [connect(), connect()];
    const box = await opened(stuck);
    stuck.line.next = 'buffered';
    stuck.line.waiting = 1;
    writer.say({ type: 'send', mailbox: box.mailbox, envelope: bytes('x') });
    await settle();
    now += LIMITS.chokedMs;
    stuck.say({ type: 'ping' });
    now += 1;
    office.lookAfter();
    expect(stuck.line.ended).toBe('too-slow');
  });

  it('is ended after that while, too, if it took the most of it and leaves the rest', async () => {
    const [stuck, writer] = [connect(), connect()];
    const box = await opened(stuck);
    stuck.line.next = 'buffered';
    stuck.line.waiting = 256 * 1024;
    writer.say({ type: 'live', mailbox: box.mailbox, envelope: bytes('x') });
    await settle();
    stuck.line.next = 'sent';
    stuck.line.waiting = 60 * 1024;
    stuck.session.drained();
    now += LIMITS.chokedMs + 1;
    office.lookAfter();
    expect(stuck.line.ended).toBe('too-slow');
  });

  it('goes when too much waits for all lines together', async () => {
    const writer = connect();
    const readers = [connect(), connect(), connect()];
    for (const reader of readers) {
      const box = await opened(reader);
      reader.line.next = 'buffered';
      reader.line.waiting = 0.4 * LIMITS.backPressureTotalBytes;
      writer.say({ type: 'send', mailbox: box.mailbox, envelope: bytes('x') });
    }
    await settle();
    office.lookAfter();
    expect(readers.map(({ line }) => line.ended)).toEqual([undefined, undefined, 'too-slow']);
  });
});

describe('the sockets of one address', () => {
  const sharing = () => {
    const limits = {
      ...LIMITS,
      addressFramesPerSecond: 10,
      addressFramesBurst: 20,
      addressBytesBurst: 10_000,
    };
    const store = new EmbeddedStore({ disk, limits, retention: 3600, mostBytes: 1e9, now: () => now });
    const words = new MemoryWordBook(limits, () => now);
    const tally = new Tally();
    office = new Office({
      store,
      words,
      limits,
      tally,
      retention: 1,
      turn: undefined,
      passes: undefined,
      now: () => now,
      clock: () => now - START,
    });
  };

  it('share their frames, and one that goes and comes back gets no new ones', async () => {
    sharing();
    const [one, two, elsewhere] = [connect(), connect(), connect('192.0.2.2')];
    for (let n = 0; n < 10; n++) {
      one.say({ type: 'ping' });
      two.say({ type: 'ping' });
    }
    expect([...refusals(one.line), ...refusals(two.line)]).toEqual([]);
    two.say({ type: 'ping' });
    expect(refusals(two.line)).toEqual(['rate']);
    office.disconnect(one.session);
    office.disconnect(two.session);
    const back = connect();
    back.say({ type: 'ping' });
    expect(refusals(back.line)).toEqual(['rate']);
    elsewhere.say({ type: 'ping' });
    expect(types(elsewhere.line)).toEqual(['pong']);
    now += 1000;
    back.say({ type: 'ping' });
    expect(types(back.line)).toEqual(['refused', 'pong']);
  });

  it('share their bytes', () => {
    sharing();
    const [one, two] = [connect(), connect()];
    const envelope = new Uint8Array(6000);
    const { mailbox } = newMailbox();
    for (const { say } of [one, two]) say({ type: 'live', mailbox, envelope });
    expect([refusals(one.line), refusals(two.line)]).toEqual([[], ['rate']]);
  });
});

describe('a session', () => {
  it('reads as many mailboxes as it may', async () => {
    const client = connect();
    for (let n = 0; n < 3; n++) await opened(client);
    await opened(client);
    expect(refusals(client.line)).toEqual(['too-many-mailboxes']);
  });

  it('shares its openings with all sockets of its address, known mailbox or not', async () => {
    const clients = [connect(), connect(), connect()];
    for (const client of clients.slice(0, 2)) for (let n = 0; n < 3; n++) await opened(client);
    await opened(clients[2]!);
    expect(refusals(clients[2]!.line)).toEqual(['rate']);
    const elsewhere = connect('192.0.2.2');
    await opened(elsewhere);
    expect(types(elsewhere.line)).toEqual(['opened']);
    now += 1000;
    await opened(clients[2]!);
    expect(types(clients[2]!.line)).toEqual(['refused', 'opened']);
  });

  it('pays for a guest pass with an opening, and for a guess at the pass that makes one', async () => {
    const pass = 'a pass of the operator';
    const passes = new Passes({ list: () => [pass], limits: LIMITS, now: () => now });
    office = new Office({ ...options, passes });
    const [member, guesser] = [connect(), connect('192.0.2.2')];
    for (let n = 0; n < 7; n++) member.say({ type: 'mint', pass: bytes(pass) });
    for (let n = 0; n < 7; n++) guesser.say({ type: 'mint', pass: bytes('a guess') });
    await settle();
    expect(types(member.line)).toEqual([...Array(6).fill('guest-pass'), 'refused']);
    expect(refusals(member.line)).toEqual(['rate']);
    expect(refusals(guesser.line)).toEqual([...Array(6).fill('pass-needed'), 'rate']);
  });

  it('may not ask more than it waits for', async () => {
    const client = connect();
    const box = await opened(client);
    disk.hold();
    for (let n = 0; n < MAX_UNANSWERED + 5; n++) {
      client.say({ type: 'send', mailbox: box.mailbox, envelope: bytes('x') });
    }
    await settle();
    expect(refusals(client.line)).toEqual(Array.from({ length: 5 }, () => 'rate'));
    disk.release();
    await settle();
    client.say({ type: 'ping' });
    expect(types(client.line)).toContain('pong');
  });

  it('says server-busy for what the disk could not keep', async () => {
    const client = connect();
    const box = await opened(client);
    disk.hold();
    client.say({ type: 'send', mailbox: box.mailbox, envelope: bytes('lost') });
    await settle();
    disk.fail();
    await settle();
    expect(refusals(client.line)).toEqual(['server-busy']);
  });

  it('reads on where a second OPEN is refused before anything was done, and no more where the store was busy', async () => {
    const [reader, writer] = [connect(), connect('192.0.2.2')];
    const box = await opened(reader);
    const { mailbox } = box;
    reader.say({ type: 'open', mailbox, key: mailbox });
    for (let n = 0; n < 4; n++) reader.say({ type: 'open', ...newMailbox() });
    await settle();
    for (let n = 0; n < 3; n++) reader.say({ type: 'open', ...newMailbox() });
    reader.say({ type: 'open', ...box });
    await settle();
    expect(refusals(reader.line).filter((reason, at, all) => all.indexOf(reason) === at)).toEqual([
      'bad-key',
      'too-many-mailboxes',
      'rate',
    ]);
    writer.say({ type: 'send', mailbox, envelope: bytes('one') });
    await settle();
    expect(types(reader.line).at(-1)).toBe('deliver');
    now += 10_000;
    disk.hold();
    reader.say({ type: 'open', ...box });
    await settle();
    disk.fail();
    await settle();
    expect(refusals(reader.line).at(-1)).toBe('server-busy');
    writer.say({ type: 'send', mailbox, envelope: bytes('two') });
    await settle();
    reader.say({ type: 'ack', mailbox, sequence: 1 });
    await settle();
    expect(types(reader.line)).not.toContain('taken');
    expect(refusals(reader.line).at(-1)).toBe('not-open');
    reader.say({ type: 'open', ...box });
    await settle();
    expect(reader.line.frames.at(-3)).toMatchObject({ type: 'opened', waiting: 2 });
    expect(types(reader.line).slice(-2)).toEqual(['deliver', 'deliver']);
  });

  it('says server-busy while it has no secret of the relay’s, and counts that apart', async () => {
    office = new Office({ ...options, turn: new TurnIssuer({ keys: () => undefined, urls: ['turn:x'] }) });
    const client = connect();
    await opened(client);
    client.say({ type: 'turn' });
    expect(refusals(client.line)).toEqual(['server-busy']);
    expect(options.tally.refusals).toMatchObject({ 'no-turn-secret': 1, 'server-busy': 0 });
  });

  it('says OPENED before TAKEN when a mailbox is taken while it is being opened', async () => {
    const [first, second] = [connect(), connect()];
    const box = newMailbox();
    disk.hold();
    first.say({ type: 'open', ...box });
    second.say({ type: 'open', ...box });
    await settle();
    disk.release();
    await settle();
    expect(types(first.line)).toEqual(['opened', 'taken']);
    expect(types(second.line)).toEqual(['opened']);
    first.say({ type: 'close', mailbox: box.mailbox });
    expect(refusals(first.line)).toEqual(['not-open']);
  });

  it('is held to no limit for a clock that is set back, and to all of them afterwards', () => {
    const { line, say } = connect();
    say({ type: 'ping' });
    putBack = 3600_000;
    for (let n = 1; n < LIMITS.framesBurst; n++) say({ type: 'ping' });
    expect(types(line)).toEqual(Array.from({ length: LIMITS.framesBurst }, () => 'pong'));
    say({ type: 'ping' });
    expect(refusals(line)).toEqual(['rate']);
    now += 1;
    say({ type: 'ping' });
    expect(types(line).at(-1)).toBe('pong');
  });

  it('leaves no word lent for a mailbox that it lets go of before the answer', async () => {
    const [alice, bob] = [connect(), connect('192.0.2.2')];
    const { mailbox } = await opened(alice);
    alice.say({ type: 'lend-word', mailbox, wish: 77 });
    alice.say({ type: 'close', mailbox });
    await settle();
    expect(refusals(alice.line)).toEqual(['not-open']);
    bob.say({ type: 'resolve-word', word: 77 });
    await settle();
    expect(refusals(bob.line)).toEqual(['word-unknown']);
  });

  it('is ended for an acknowledgement of what no sequence reaches, as WIRE.md says', () => {
    const { line, session } = connect();
    const frame = encodeClientFrame({ type: 'ack', request: 1, mailbox: newMailbox().mailbox, sequence: 0 });
    new DataView(frame.buffer, frame.byteOffset).setBigUint64(frame.length - 8, 2n ** 53n);
    session.receive(frame);
    expect(line.ended).toBe('malformed');
  });

  it('is ended when it never says anything, whatever becomes of the time of day', () => {
    const { line } = connect();
    const speaking = connect();
    speaking.say({ type: 'ping' });
    putBack = 3600_000;
    // What WIRE.md says.
    now += 30_000 - 1;
    office.lookAfter();
    expect(line.ended).toBeUndefined();
    now += 1;
    office.lookAfter();
    expect(line.ended).toBe('idle');
    expect(speaking.line.ended).toBeUndefined();
  });
});

describe('a crowd that opens mailboxes', () => {
  /** One opening a turn, and three that wait. */
  const crowded = () => {
    const limits = { ...options.limits, openingsSliceMs: 0, openingsWaiting: 3, opensBurst: 100 };
    office = new Office({ ...options, limits });
  };

  it('is let in some at a time and in its order, and who is in is served in between', async () => {
    crowded();
    const inside = connect('192.0.2.9');
    const { mailbox } = await opened(inside);
    const crowd = Array.from({ length: 3 }, (_, n) => connect(`192.0.2.${n}`));
    for (const one of crowd) one.say({ type: 'open', ...newMailbox() });
    inside.say({ type: 'send', mailbox, envelope: bytes('hello') });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(types(inside.line)).toContain('answers');
    expect(types(crowd[0]!.line)).toEqual(['opened']);
    expect(types(crowd[2]!.line)).toEqual([]);
    await settle();
    for (const { line } of crowd) expect(types(line)).toEqual(['opened']);
  });

  it('is told to come back when too many wait, and then keeps what it had open', async () => {
    crowded();
    const again = connect('192.0.2.9');
    const box = await opened(again);
    for (let n = 0; n < 3; n++) connect(`192.0.2.${n}`).say({ type: 'open', ...newMailbox() });
    again.say({ type: 'open', ...box });
    expect(again.line.frames.at(-1)).toMatchObject({
      type: 'refused',
      reason: 'server-busy',
      retryAfter: options.limits.busyRetryMs,
    });
    await settle();
    again.say({ type: 'close', mailbox: box.mailbox });
    await settle();
    expect(types(again.line).at(-1)).toBe('answers');
    expect(refusals(again.line)).toEqual(['server-busy']);
    // Nothing that more disk would help against.
    expect(options.tally.refusals).toMatchObject({ 'too-many-openings': 1, 'server-busy': 0 });
  });

  it('takes no mailbox from anybody for a socket that went while it waited', async () => {
    crowded();
    const reader = connect('192.0.2.9');
    const box = await opened(reader);
    connect('192.0.2.1').say({ type: 'open', ...newMailbox() });
    const gone = connect('192.0.2.2');
    gone.say({ type: 'open', ...box });
    office.disconnect(gone.session);
    await settle();
    expect(types(reader.line)).not.toContain('taken');
  });
});

describe('any bytes at all', () => {
  it('end in an answer or in the end of their own socket, never in an error and never at another’s', async () => {
    const bystander = connect('192.0.2.9');
    const box = await opened(bystander);
    const frames = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 120 }),
        fc
          .tuple(
            fc.integer({ min: 1, max: 9 }),
            fc.boolean(),
            fc.uint8Array({ minLength: 32, maxLength: 90 }),
          )
          .map(([type, mine, rest]) => {
            const frame = Uint8Array.of(type, 0, 0, 0, 0, ...rest);
            // Half of them are about the bystander's mailbox.
            if (mine) frame.set(box.mailbox, 5);
            return frame;
          }),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(frames, (some) => {
        const line = new FakeLine();
        const session = office.connect(line, '192.0.2.8');
        let request = 0;
        for (const frame of some) {
          if (frame.length > 4) frame[4] = ++request;
          session.receive(frame);
        }
        office.disconnect(session);
        expect(bystander.line.ended).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
    await settle();
    expect(types(bystander.line)).not.toContain('taken');
    bystander.say({ type: 'ping' });
    expect(types(bystander.line)).toContain('pong');
  });
});
