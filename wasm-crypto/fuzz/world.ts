/** The people and keys that inputs are fed to: the same in every run, so that a kept input means the same tomorrow. */
import { respond } from '../src/establish.ts';
import { useRandomSource } from '../src/random.ts';
import { newRecoveryKeys } from '../src/recovery/keys.ts';
import { open } from '../src/session/open.ts';
import { seal } from '../src/session/seal.ts';
import { blake2b } from '../src/sodium.ts';
import { acquainted, invited, utf8 } from '../src/test-people.ts';

/** Makes them; the randomness stays fixed afterwards. */
export function makeWorld() {
  let counter = 0;
  useRandomSource((buffer) => {
    for (let at = 0; at < buffer.length; at += 64) {
      const block = blake2b(64, [utf8('aside fuzz'), Uint8Array.of(counter & 255, (counter >>> 8) & 255)]);
      counter++;
      buffer.set(block.subarray(0, Math.min(64, buffer.length - at)), at);
    }
  });
  const pair = invited();
  const hello = seal(pair.bobSession, utf8('hello'));
  const met = respond({ me: pair.alice, keys: pair.created.keys, envelope: hello.envelope });
  const friends = acquainted();
  const fromA = seal(friends.a, utf8('one'));
  const ahead = seal(seal(fromA.session, utf8('two')).session, utf8('three'));
  // Bob has opened the first and the third, so that keys wait, and Alice has a chain behind her.
  const waiting = open(open(friends.b, fromA.envelope).session, ahead.envelope).session;
  const answered = seal(waiting, utf8('four'));
  const talked = open(ahead.session, answered.envelope).session;
  const later = seal(talked, utf8('five'));
  const bob = open(answered.session, later.envelope).session;
  return { pair, hello, met, friends, fromA, bob, alice: later.session, recoveryKeys: newRecoveryKeys(3) };
}

export type World = ReturnType<typeof makeWorld>;
