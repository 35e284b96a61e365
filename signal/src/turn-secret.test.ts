import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TURN_WINDOW, TurnIssuer } from './turn-issuer.ts';
import { READ_AGAIN_MS, turnKeys } from './turn-secret.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'aside-turn-secret-'));
  file = join(directory, 'secret');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const START = Math.floor(1_800_000_000 / TURN_WINDOW) * TURN_WINDOW * 1000;

describe('the relay’s secret in a file', () => {
  it('may come after the server, and is read again within ten seconds', () => {
    let now = START;
    const keys = turnKeys({ file }, () => now);
    expect(keys()).toBeUndefined();
    writeFileSync(file, 'first\nusers\n');
    expect(keys()).toEqual({ secret: 'first', users: 'users' });
    writeFileSync(file, 'second\nusers\n');
    now += READ_AGAIN_MS;
    expect(keys()).toEqual({ secret: 'second', users: 'users' });
    expect(READ_AGAIN_MS).toBeLessThanOrEqual(10_000);
  });

  it('serves for both where it is one line', () => {
    writeFileSync(file, 'alone\n');
    expect(turnKeys({ file }, () => START)()).toEqual({ secret: 'alone', users: 'alone' });
  });

  it('is not what stands in a file of another kind', () => {
    writeFileSync(file, 'x'.repeat(4097));
    expect(turnKeys({ file }, () => START)()).toBeUndefined();
  });

  it('is rotated within a window without making an address another user, whose quota would begin anew', () => {
    let now = START;
    const issuer = new TurnIssuer({ keys: turnKeys({ file }, () => now), urls: ['turn:x'] });
    writeFileSync(file, 'first\nusers\n');
    const before = issuer.issue('192.0.2.1', now);
    writeFileSync(file, 'second\nusers\n');
    now += READ_AGAIN_MS;
    const after = issuer.issue('192.0.2.1', now);
    expect(after?.username).toBe(before?.username);
    const signed = createHmac('sha1', 'second')
      .update(after?.username ?? '')
      .digest('base64');
    expect(after?.credential).toBe(signed);
    expect(before?.credential).not.toBe(signed);
  });
});
