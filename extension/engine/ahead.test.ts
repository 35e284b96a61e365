import { dropPreparedKeyPair } from '@aside/wasm-crypto';
import { describe, expect, it } from 'vitest';
import { Ahead, KEPT, PAUSE } from './ahead.ts';
import { overwrittenBy } from './testing/buffers.ts';
import { HandClock } from './testing/hand-clock.ts';
import { twoContacts } from './testing/two-contacts.ts';

/** A clock that stands until it is told. */
function standing() {
  let now = 0;
  let timers: { at: number; call: () => void }[] = [];
  return {
    now: () => now,
    after(milliseconds: number, call: () => void) {
      const timer = { at: now + milliseconds, call };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    pass(milliseconds: number) {
      now += milliseconds;
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers = timers.filter((other) => other !== timer);
        timer.call();
      }
    },
  };
}

describe('a key pair made ahead', () => {
  it('is made in the first pause, dropped after a while and when the engine stops', () => {
    const clock = standing();
    let made = 0;
    let pairs = 0;
    const ahead = new Ahead(clock, {
      prepare: () => {
        made++;
        pairs = 1;
      },
      drop: () => {
        pairs = 0;
      },
    });
    ahead.received();
    clock.pass(PAUSE - 1);
    ahead.received();
    clock.pass(PAUSE - 1);
    expect(made).toBe(0);
    clock.pass(1);
    expect(pairs).toBe(1);
    clock.pass(KEPT);
    expect(pairs).toBe(0);
    ahead.received();
    clock.pass(PAUSE);
    expect(pairs).toBe(1);
    ahead.stop();
    expect(pairs).toBe(0);
    ahead.received();
    ahead.stop();
    clock.pass(PAUSE);
    expect({ pairs, made }).toEqual({ pairs: 0, made: 2 });
  });

  it('is gone with the lock', async () => {
    const clock = new HandClock();
    const { alice, bob, toAlice, toBob, end } = await twoContacts(clock);
    await bob.engine.handle({ type: 'set-passphrase', next: 'orbit velvet canyon' });
    for (const text of ['one', 'two']) await alice.send(toBob, text);
    await bob.conversation(toAlice, (m) => m.length === 2);
    // The pair is everybody's in this process, and she makes none any more.
    await alice.engine.stop();
    const left = () => overwrittenBy(async () => dropPreparedKeyPair());
    await clock.advance(PAUSE);
    expect((await left()).size).toBe(2);
    await alice.restart();
    await alice.send(toBob, 'three');
    await bob.conversation(toAlice, (m) => m.length === 3);
    await alice.engine.stop();
    await clock.advance(PAUSE);
    await bob.engine.handle({ type: 'lock' });
    expect((await left()).size).toBe(0);
    await end();
  });
});
