import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TURN_WINDOW, TurnIssuer } from '../signal/src/turn-issuer.ts';
import { READ_AGAIN_MS, turnKeys } from '../signal/src/turn-secret.ts';
import type { Turn } from './launch.mjs';
import { realCoturn, secondsFromNow } from './testing/coturn.ts';
import { restCredential, TurnClient } from './testing/turn-client.ts';

const entrypoint = fileURLToPath(new URL('./entrypoint.sh', import.meta.url));
/** A look at the files every second, and a machine that is busy. */
const SOON = { timeout: 15_000, interval: 100 };

/** The secrets of a real coturn while it runs. Time passes by setting the files' times back. */
let directory: string;
let secretFile: string;
let turn: Turn;
const clients: TurnClient[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'aside-rotation-'));
  secretFile = join(directory, 'secret');
  turn = await start();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await turn.stop();
  rmSync(directory, { recursive: true, force: true });
});

function start(): Promise<Turn> {
  return realCoturn({
    secretFile,
    env: { TURN_RUN_DIRECTORY: join(directory, 'run'), TURN_CHECK_SECONDS: '1' },
  });
}

const lines = () => readFileSync(secretFile, 'utf8').trim().split('\n');
const secret = () => lines()[0] ?? '';
const previous = () => readFileSync(`${secretFile}.previous`, 'utf8').trim();

function setBack(file: string, seconds: number): void {
  const time = secondsFromNow(-seconds);
  utimesSync(file, time, time);
}

async function client(): Promise<TurnClient> {
  const opened = await TurnClient.open({ address: turn.address, port: turn.port });
  clients.push(opened);
  return opened;
}

async function allocateWith(key: string): Promise<'allocated' | number> {
  const answer = await (await client()).allocate(restCredential(key, secondsFromNow(600), 'somebody'));
  return answer.state === 'allocated' ? 'allocated' : answer.error;
}

/** As `docker compose exec turn sh /aside/entrypoint.sh ...` does. */
function tell(word: 'rotate' | 'revoke'): Promise<{ code: number; said: string }> {
  const env = {
    PATH: process.env.PATH ?? '',
    TURN_SECRET_FILE: secretFile,
    TURN_RUN_DIRECTORY: join(directory, 'run'),
  };
  return new Promise((resolve) => {
    execFile('/bin/sh', [entrypoint, word], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, said: stdout + stderr }),
    );
  });
}

describe('a rotation', () => {
  it('takes credentials under the old secret and the new one, until those of the old have expired', async () => {
    const [old = '', users = ''] = lines();
    const holder = await client();
    const held = await holder.allocate(restCredential(old, secondsFromNow(600), 'holder'));
    expect(held.state).toBe('allocated');

    expect(await tell('rotate')).toMatchObject({ code: 0, said: expect.stringContaining('7500 seconds') });
    const fresh = secret();
    expect(fresh).not.toBe(old);
    expect(lines()).toEqual([fresh, users]);
    expect(previous()).toBe(old);
    // As the first one: for the signal server's group, and the one before for nobody else.
    expect(statSync(secretFile).mode & 0o777).toBe(0o640);
    expect(statSync(`${secretFile}.previous`).mode & 0o777).toBe(0o600);
    expect(await allocateWith(fresh)).toBe('allocated');
    expect(await allocateWith(old)).toBe('allocated');

    setBack(`${secretFile}.previous`, 7500);
    await expect.poll(() => allocateWith(old), SOON).toBe(401);
    expect(await allocateWith(fresh)).toBe('allocated');
    // Its file goes a moment after coturn has forgotten it.
    await expect.poll(() => existsSync(`${secretFile}.previous`), SOON).toBe(false);
    // It was never started again, and who had a relay still has it.
    expect(await holder.permit({ address: '8.8.8.8', port: 9 })).toBe('ok');
    expect(turn.log()).not.toMatch(new RegExp(`${old}|${fresh}`));
  });

  it('is noticed by what hands out credentials: both kinds are taken, for one and the same user', async () => {
    // In the middle of an hour, for each makes everybody another user.
    let now = (Math.floor(Date.now() / 1000 / TURN_WINDOW) + 0.5) * TURN_WINDOW * 1000;
    const issuer = new TurnIssuer({ keys: turnKeys({ file: secretFile }, () => now), urls: ['turn:x'] });
    const before = issuer.issue('192.0.2.1', now);
    await tell('rotate');
    now += READ_AGAIN_MS;
    const after = issuer.issue('192.0.2.1', now);
    for (const issued of [before, after]) {
      const { username, credential } = issued ?? { username: '', credential: '' };
      const answer = await (await client()).allocate({ username, password: credential });
      expect(answer.state).toBe('allocated');
    }
    expect(after?.credential).not.toBe(before?.credential);
    const user = (name = '') => name.split(':')[1];
    expect(user(after?.username)).toBe(user(before?.username));
  });

  it('never makes a third secret', async () => {
    await tell('rotate');
    const second = secret();
    expect(await tell('rotate')).toMatchObject({
      code: 75,
      said: expect.stringContaining('never more than two'),
    });
    expect(secret()).toBe(second);
  });

  it('happens by itself when a secret is a week old', async () => {
    const old = secret();
    setBack(secretFile, 7 * 24 * 3600);
    await expect.poll(() => secret(), SOON).not.toBe(old);
    expect(await allocateWith(secret())).toBe('allocated');
    expect(await allocateWith(old)).toBe('allocated');
  });

  it('outlives a restart in between', async () => {
    const old = secret();
    await tell('rotate');
    await turn.stop();
    turn = await start();
    expect(await allocateWith(old)).toBe('allocated');
    expect(await allocateWith(secret())).toBe('allocated');
  });

  it('that was cut short between its two files leaves a relay that works', async () => {
    await turn.stop();
    const old = secret();
    writeFileSync(`${secretFile}.previous`, `${old}\n`);
    setBack(`${secretFile}.previous`, 8000);
    turn = await start();
    await expect.poll(() => turn.log(), SOON).toContain('previous secret is refused');
    expect(await allocateWith(old)).toBe('allocated');
  });

  it('keeps the old secret longer than a credential can live', () => {
    const overlap = Number(/TURN_SECRET_OVERLAP:=(\d+)/.exec(readFileSync(entrypoint, 'utf8'))?.[1]);
    expect(overlap).toBeGreaterThan(2 * TURN_WINDOW + READ_AGAIN_MS / 1000);
  });
});

describe('a revocation', () => {
  it('refuses every earlier secret at once', async () => {
    const [first = '', users = ''] = lines();
    await tell('rotate');
    const second = secret();
    expect(await tell('revoke')).toMatchObject({ code: 0, said: expect.stringContaining('no other') });
    expect(await allocateWith(first)).toBe(401);
    expect(await allocateWith(second)).toBe(401);
    expect(await allocateWith(secret())).toBe('allocated');
    expect(lines()[1]).not.toBe(users);
  });
});
