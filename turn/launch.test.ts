import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findTurnserver, outerAddress, startTurn } from './launch.mjs';
import { realCoturn, secondsFromNow } from './testing/coturn.ts';
import { restCredential, TurnClient } from './testing/turn-client.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('startTurn', () => {
  it('runs two at once, each with its own ports and secret, and leaves nothing behind', async () => {
    const both = await Promise.all([realCoturn(), realCoturn()]);
    const [one, two] = both;
    expect(one.port).not.toBe(two.port);
    expect(one.secret).not.toBe(two.secret);
    for (const turn of both) {
      expect(turn.urls).toEqual([
        `turn:${turn.address}:${turn.port}?transport=udp`,
        `turn:${turn.address}:${turn.port}?transport=tcp`,
      ]);
      expect(turn.address).toBe(outerAddress());
      const client = await TurnClient.open({ address: turn.address, port: turn.port });
      const credential = restCredential(turn.secret, secondsFromNow(60), 'me');
      expect((await client.allocate(credential)).state).toBe('allocated');
      client.close();
    }
    await Promise.all(both.map((turn) => turn.stop()));
    await one.stop();
    expect(await Promise.all(both.map((turn) => turn.ended))).toEqual([null, null]);
    for (const turn of both) expect(existsSync(dirname(turn.secretFile))).toBe(false);
  });

  it('takes a secret that is there, and keeps one where it was told to', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'aside-secret-'));
    const secretFile = join(directory, 'turn-secret');
    writeFileSync(secretFile, `${'0123456789abcdef'.repeat(4)}\n`);
    const turn = await realCoturn({ secretFile });
    expect(turn.secret).toBe('0123456789abcdef'.repeat(4));
    await turn.stop();
    expect(readFileSync(secretFile, 'utf8')).toContain(turn.secret);
    rmSync(directory, { recursive: true });
  });

  it('works on loopback for a machine without another address', async () => {
    const turn = await realCoturn({ listenAddress: '127.0.0.1' });
    try {
      expect(turn.loopback).toBe(true);
      const credential = restCredential(turn.secret, secondsFromNow(60), 'me');
      const [alice, bob] = [
        await TurnClient.open({ address: turn.address, port: turn.port }),
        await TurnClient.open({ address: turn.address, port: turn.port }),
      ];
      const [a, b] = [await alice.allocate(credential), await bob.allocate(credential)];
      if (a.state !== 'allocated' || b.state !== 'allocated') throw new Error('refused');
      expect([await alice.permit(b.relay), await bob.permit(a.relay)]).toEqual(['ok', 'ok']);
      alice.send(b.relay, Buffer.from('hello'));
      expect(Buffer.from((await bob.receive()).data).toString()).toBe('hello');
      // Allowed is 127.0.0.1 and not the rest of loopback.
      expect(await alice.permit({ address: '127.0.0.2', port: 9 })).toBe(403);
      alice.close();
      bob.close();
    } finally {
      await turn.stop();
    }
  });

  it('is null where turnserver is not installed', async () => {
    expect(findTurnserver()).not.toBeNull();
    vi.stubEnv('ASIDE_TURNSERVER', '/nowhere/turnserver');
    expect(await startTurn()).toBeNull();
  });

  it('says why it did not start', async () => {
    await expect(startTurn({ env: { TURN_USER_QUOTA: 'many' } })).rejects.toThrow(
      /TURN_USER_QUOTA must be a number/,
    );
  });

  it('is found healthy by the container’s check while it runs, and not afterwards', async () => {
    const turn = await realCoturn();
    const run = join(dirname(turn.secretFile), 'run');
    const configuration = readFileSync(join(run, 'turnserver.conf'));
    expect(await health(run)).toBe(0);
    await turn.stop();
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, 'turnserver.conf'), configuration);
    expect(await health(run)).not.toBe(0);
    rmSync(dirname(run), { recursive: true });
  });

  it('tells a server that died from one that was stopped', async () => {
    const turn = await realCoturn();
    process.kill(serverPid(turn.secretFile), 'SIGKILL');
    expect(await turn.ended).toContain('turn server id');
    await turn.stop();
  });

  it('ends with its parent, kill -9 included', async () => {
    const script = `
      import { startTurn } from ${JSON.stringify(new URL('./launch.mjs', import.meta.url).href)};
      const turn = await startTurn();
      console.log(turn.secretFile);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [secretFile = ''] = await new Promise<string[]>((resolve, reject) => {
      parent.once('exit', () => reject(new Error('the parent ended before its server was up')));
      createInterface(parent.stdout).once('line', (line) => resolve([line]));
    });
    const pid = serverPid(secretFile);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid)).toBe(false);
    // What looks after the server may be at its last word.
    rmSync(dirname(secretFile), { recursive: true, force: true, maxRetries: 20 });
  });
});

/** The exit code of `entrypoint.sh health`. */
function health(runDirectory: string): Promise<number | null> {
  const script = fileURLToPath(new URL('./entrypoint.sh', import.meta.url));
  const check = spawn('/bin/sh', [script, 'health'], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH ?? '', TURN_RUN_DIRECTORY: runDirectory },
  });
  return new Promise((resolve) => check.once('exit', (code) => resolve(code)));
}

function serverPid(secretFile: string): number {
  return Number(readFileSync(join(dirname(secretFile), 'run', 'turnserver.pid'), 'utf8'));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
