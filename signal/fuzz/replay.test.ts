/** What fuzzing kept, and what it begins with, played to the server's door again (wasm-crypto/fuzz/run.mjs makes it). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeServerFrame, type ServerFrame } from '../protocol/index.ts';
import { latin1 } from './caller.ts';
import { Door } from './door.ts';
import { mailboxOf } from './mailboxes.ts';
import { signalTargets } from './targets.ts';

describe.each(Object.entries(signalTargets))('%s', (name, target) => {
  const kept: { outcome: string; input: string }[] = JSON.parse(
    readFileSync(join(import.meta.dirname, 'corpus', `${name}.json`), 'utf8'),
  );

  it('meets every kept input as before', async () => {
    expect(kept.length).toBeGreaterThan(0);
    for (const { outcome, input } of kept) {
      expect(await target.run(new Uint8Array(Buffer.from(input, 'base64')))).toBe(outcome);
    }
  });

  it('begins with inputs that reach it, and knows them cut short or longer', async () => {
    expect(target.seeds.length).toBeGreaterThan(0);
    for (const seed of target.seeds) {
      expect(await target.run(seed)).toEqual(expect.any(String));
      for (let cut = 0; cut < seed.length; cut += 1 + (seed.length >>> 6))
        await target.run(seed.slice(0, cut));
      await target.run(Uint8Array.of(...seed, 0));
    }
  });
});

describe('the property of the door', () => {
  const { mailbox } = mailboxOf(1);
  const frame = (what: ServerFrame) => encodeServerFrame(what);
  const pong = frame({ type: 'pong', request: 1 });

  it('does not hold where an answer is missing, comes twice, or was not asked for', async () => {
    const door = new Door();
    const caller = door.enter('192.0.2.1');
    expect(() => caller.send(pong)).toThrow('was none');
    caller.say({ type: 'ping' });
    expect(caller.owed).toBe(0);
    expect(() => caller.send(pong)).toThrow('twice');
    caller.session.receive = () => {};
    caller.say({ type: 'ping' });
    await expect(door.settle()).rejects.toThrow('never answered');
    caller.send(frame({ type: 'pong', request: 2 }));
    await door.close();
  });

  it('does not hold where an envelope is invented, lost, or kept from somebody', async () => {
    const door = new Door();
    const caller = door.enter('192.0.2.1');
    const invented = frame({ type: 'deliver', mailbox, sequence: 1, envelope: Uint8Array.of(1) });
    expect(() => caller.send(invented)).toThrow('not what anybody sent');
    expect(() => caller.send(Uint8Array.of(1, 2))).toThrow();
    door.stored.add(`${latin1(mailbox)}never there`);
    await expect(door.close()).rejects.toThrow('is lost');
  });
});
