import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSignal } from '../build.mjs';
import { startSignal } from '../launch/server.mjs';
import { decodeAbout } from '../protocol/index.ts';
import { LIMITS } from '../src/limits.ts';
import { bytes, type Mailbox, newMailbox, TestClient } from './client.ts';

/** Who may use a server, through its front door. */
const [OLD, NEW] = ['the-old-pass-of-this-server', 'the-new-pass-of-this-server'];
const SECRET = 'a secret that only tests know';
const directory = mkdtempSync(join(tmpdir(), 'aside-passes-'));
const file = join(directory, 'passes');
let server: Awaited<ReturnType<typeof startSignal>>;

beforeAll(async () => {
  await buildSignal();
  writeFileSync(file, `# given to the choir\n${OLD}\n`);
  server = await startSignal({
    turn: { secret: SECRET, urls: ['turn:127.0.0.1:3478'] },
    env: { PASSES_FILE: file, LOG_LEVEL: 'debug' },
  });
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

const connect = () => TestClient.connect(server.url);

function open(client: TestClient, box: Mailbox, pass?: string | Uint8Array) {
  const given = typeof pass === 'string' ? bytes(pass) : pass;
  return client.ask({ type: 'open', ...box, ...(given === undefined ? {} : { pass: given }) });
}

async function mint(client: TestClient, pass = OLD): Promise<Uint8Array> {
  const answer = await client.ask({ type: 'mint', pass: bytes(pass) });
  if (typeof answer !== 'object' || answer.type !== 'guest-pass') throw new Error('none minted');
  return answer.pass.slice();
}

const needed = { type: 'refused', reason: 'pass-needed', retryAfter: 0 };

/** Writes the passes and waits until the server has read them. */
async function change(passes: string): Promise<void> {
  const before = server.log.length;
  writeFileSync(file, passes);
  process.kill(server.pid, 'SIGHUP');
  await expect
    .poll(() => server.log.slice(before).some(({ event }) => String(event).startsWith('passes-')))
    .toBe(true);
}

describe('a server that asks for a pass', () => {
  it('says so to whoever looks at it', async () => {
    expect(decodeAbout(await (await fetch(`${server.origin}/about`)).text()).pass).toBe(true);
  });

  it('asks for it where an unknown mailbox is opened, and for nothing else', async () => {
    const [member, stranger] = [await connect(), await connect()];
    const box = newMailbox();
    expect(await open(stranger, box)).toMatchObject({ ...needed, mailbox: box.mailbox });
    expect(await open(stranger, box, 'not-a-pass-of-this-server')).toMatchObject(needed);
    expect(await open(stranger, box, `${OLD}x`)).toMatchObject(needed);
    expect(await stranger.send(box, 'into nothing')).toMatchObject({ reason: 'mailbox-unknown' });
    expect(await open(member, box, OLD)).toMatchObject({ type: 'opened', waiting: 0 });
    expect(await stranger.send(box, 'hello')).toBe('stored');
    const live = { type: 'live', mailbox: box.mailbox, envelope: bytes('psst') } as const;
    expect(await stranger.ask(live)).toBe('passed');
    // It is registered now: the key alone opens it, as it opens an invite's.
    expect(await open(stranger, box)).toMatchObject({ type: 'opened', waiting: 1 });
    await member.frames('taken', 1);
    expect(await stranger.ask({ type: 'ack', mailbox: box.mailbox, sequence: 1 })).toBe('removed');
    await Promise.all([member.close(), stranger.close()]);
  });

  it('gives relay credentials to holders of a pass only', async () => {
    const client = await connect();
    await open(client, newMailbox(), OLD);
    expect(await client.ask({ type: 'turn' })).toMatchObject(needed);
    expect(await client.ask({ type: 'turn', pass: bytes('not-a-pass-of-this-server') })).toMatchObject(
      needed,
    );
    expect(await client.ask({ type: 'turn', pass: await mint(client) })).toMatchObject(needed);
    const issued = await client.ask({ type: 'turn', pass: bytes(OLD) });
    expect(issued).toMatchObject({ type: 'turn-credentials' });
    await client.close();
  });

  it('counts a refused opening like any other, so that passes cannot be guessed in bulk', async () => {
    const guesser = await connect();
    const box = newMailbox();
    const answers = Array.from({ length: 4 }, () => open(guesser, box, 'guess-guess-guess-guess'));
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject(needed);
    await guesser.close();
  });
});

describe('a guest pass', () => {
  it('opens the mailboxes of one contact and no more, and those stay open to it', async () => {
    const [member, guest] = [await connect(), await connect()];
    const pass = await mint(member);
    expect(pass.length).toBeLessThanOrEqual(255);
    const boxes = Array.from({ length: LIMITS.guestMailboxes }, newMailbox);
    for (const box of boxes) {
      expect(await open(guest, box, pass)).toMatchObject({ type: 'opened' });
      // Opening it again is not another one.
      expect(await open(guest, box, pass)).toMatchObject({ type: 'opened' });
    }
    expect(await open(guest, newMailbox(), pass)).toMatchObject(needed);
    expect(await open(guest, newMailbox(), await mint(member))).toMatchObject({ type: 'opened' });
    await guest.close();
    const back = await connect();
    for (const box of boxes) expect(await open(back, box)).toMatchObject({ type: 'opened' });
    await Promise.all([member.close(), back.close()]);
  });

  it('is made by holders of a pass only, and makes no other', async () => {
    const client = await connect();
    expect(await client.ask({ type: 'mint', pass: bytes('not-a-pass-of-this-server') })).toMatchObject(
      needed,
    );
    expect(await client.ask({ type: 'mint', pass: await mint(client) })).toMatchObject(needed);
    await client.close();
  });

  it('is worth nothing when a bit of it is changed', async () => {
    const client = await connect();
    const pass = await mint(client);
    for (let at = 0; at < pass.length; at++) {
      const forged = pass.slice();
      forged[at]! ^= 1;
      expect(await open(client, newMailbox(), forged)).toMatchObject(needed);
    }
    expect(await open(client, newMailbox(), pass.subarray(1))).toMatchObject(needed);
    expect(await open(client, newMailbox(), pass)).toMatchObject({ type: 'opened' });
    await client.close();
  });

  it('is good at another node that has the same passes', async () => {
    const other = await startSignal({ env: { PASSES: `${NEW},${OLD}` } });
    const [here, there] = [await connect(), await TestClient.connect(other.url)];
    expect(await open(there, newMailbox(), await mint(here))).toMatchObject({ type: 'opened' });
    await Promise.all([here.close(), there.close()]);
    await other.stop();
  });

  it('is no fuller after the server was killed and came back', async () => {
    const data = mkdtempSync(join(directory, 'data-'));
    const start = () => startSignal({ data, env: { PASSES: OLD } });
    const first = await start();
    const [member, guest] = [await TestClient.connect(first.url), await TestClient.connect(first.url)];
    const pass = await mint(member);
    const boxes = Array.from({ length: LIMITS.guestMailboxes }, newMailbox);
    for (const box of boxes.slice(1)) expect(await open(guest, box, pass)).toMatchObject({ type: 'opened' });
    await first.kill();
    const again = await start();
    const back = await TestClient.connect(again.url);
    for (const box of boxes) expect(await open(back, box, pass)).toMatchObject({ type: 'opened' });
    expect(await open(back, newMailbox(), pass)).toMatchObject(needed);
    await back.close();
    await again.stop();
  });

  it('is not needed at a server that is open to all', async () => {
    const free = await startSignal();
    const client = await TestClient.connect(free.url);
    expect(await client.ask({ type: 'mint', pass: bytes(OLD) })).toMatchObject({ reason: 'no-passes' });
    expect(await open(client, newMailbox(), 'whatever-it-is')).toMatchObject({ type: 'opened' });
    expect(decodeAbout(await (await fetch(`${free.origin}/about`)).text()).pass).toBe(false);
    await client.close();
    await free.stop();
  });
});

describe('a change of passes', () => {
  it('takes effect without a restart, and closes nothing that is open', async () => {
    const [member, guest] = [await connect(), await connect()];
    const box = newMailbox();
    await open(member, box, OLD);
    const guestPass = await mint(member);
    expect(await open(guest, newMailbox(), guestPass)).toMatchObject({ type: 'opened' });
    await change(`${OLD}\n${NEW}\n`);
    expect(await open(member, newMailbox(), OLD)).toMatchObject({ type: 'opened' });
    expect(await open(member, newMailbox(), NEW)).toMatchObject({ type: 'opened' });
    await change(`${NEW}\n`);
    expect(await open(member, newMailbox(), OLD)).toMatchObject(needed);
    // What was made with the old one went with it.
    expect(await open(guest, newMailbox(), guestPass)).toMatchObject(needed);
    expect(await open(member, newMailbox(), NEW)).toMatchObject({ type: 'opened' });
    expect(await guest.send(box, 'still here')).toBe('stored');
    await member.frames('deliver', 1);
    expect(await member.ask({ type: 'close', mailbox: box.mailbox })).toBe('closed');
    expect(await open(member, box)).toMatchObject({ type: 'opened', waiting: 1 });
    await Promise.all([member.close(), guest.close()]);
  });

  it('to something that is no list of passes changes nothing, and the log says why', async () => {
    await change('');
    await change(`short\n`);
    rmSync(file);
    const before = server.log.length;
    process.kill(server.pid, 'SIGHUP');
    await expect.poll(() => server.log.length).toBeGreaterThan(before);
    const mistakes = server.log.filter(({ event }) => event === 'passes-unusable');
    expect(mistakes.length).toBeGreaterThanOrEqual(3);
    const client = await connect();
    expect(await open(client, newMailbox())).toMatchObject(needed);
    expect(await open(client, newMailbox(), NEW)).toMatchObject({ type: 'opened' });
    await client.close();
    const log = JSON.stringify(server.log);
    for (const secret of [OLD, NEW, 'short', file]) expect(log).not.toContain(secret);
  });
});
