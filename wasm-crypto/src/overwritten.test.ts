/**
 * What SPEC 2.6 says of keys of our own: they are overwritten after use. No test can look through the memory of an
 * engine, but every buffer of a platform is overwritten by the one method that is listened to here. wiped.test.ts looks
 * through the module's memory.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../testing/load.ts';
import { open } from './session/open.ts';
import { dropPreparedKeyPair, prepareKeyPair } from './session/prepared.ts';
import { seal } from './session/seal.ts';
import { argon2id } from './sodium/argon2id.ts';
import { chainStep, KEM_SECRET_BYTES, x25519 } from './sodium.ts';
import { acquainted, hex, sealAll, texts, utf8 } from './test-people.ts';
import { unwrapWithPassphrase, wrapWithPassphrase } from './vault/passphrase.ts';
import { newMasterKey } from './vault/rows.ts';

beforeAll(loadCrypto);

/** What was in the buffers that a call overwrote with zeros, in hexadecimal; only such as a key may be in. */
function overwritten(call: () => unknown): string[] {
  const contents: string[] = [];
  const { fill } = Uint8Array.prototype;
  Uint8Array.prototype.fill = function (this: Uint8Array, value, start, end) {
    if (value === 0 && start === undefined && this.length <= KEM_SECRET_BYTES) contents.push(hex(this));
    return fill.call(this, value, start, end);
  } as typeof fill;
  try {
    call();
  } finally {
    Uint8Array.prototype.fill = fill;
  }
  return contents;
}

describe('what is overwritten in the memory of the engine', () => {
  it('is each chain key that is passed over, and each message key', () => {
    const { a, b } = acquainted();
    const { envelopes } = sealAll(b, texts(5));
    const begun = open(a, envelopes[0]!).session;
    const steps = [];
    let key = begun.receiving?.chainKey ?? new Uint8Array(32);
    for (let number = 1; number < 4; number++) {
      const step = chainStep(key);
      steps.push({ chainKey: hex(step.chainKey), messageKey: hex(step.messageKey) });
      key = step.chainKey;
    }
    let late = begun;
    const skipping = overwritten(() => {
      late = open(begun, envelopes[4]!).session;
    });
    for (const { chainKey, messageKey } of steps) {
      expect(skipping).toContain(chainKey);
      expect(skipping).toContain(messageKey);
    }
    const first = overwritten(() => open(late, envelopes[1]!));
    expect(first).toContain(steps[0]?.messageKey);
  });

  it('is what a step of the ratchet agreed on, on either side', () => {
    const { a, b } = acquainted();
    let sealed = seal(b, utf8('text'));
    const sealing = overwritten(() => {
      sealed = seal(b, utf8('text'));
    });
    const opening = overwritten(() => open(a, sealed.envelope));
    const { ratchet } = sealed.session;
    if (b.ratchet.turn !== 'mine' || ratchet.turn !== 'theirs') throw new Error('no chain was begun');
    const agreement = hex(x25519(ratchet.ours.agreeSecret, b.ratchet.theirs.agree));
    for (const contents of [sealing, opening]) {
      expect(contents).toContain(agreement);
      const both = contents.find((content) => content.length === 128 && content.startsWith(agreement));
      // The secret of ML-KEM is known to no test but from there.
      expect(contents).toContain(both?.slice(64));
    }
  });

  it('is a key pair that was made ahead and is not needed', () => {
    expect(overwritten(dropPreparedKeyPair)).toEqual([]);
    prepareKeyPair();
    const dropped = overwritten(dropPreparedKeyPair).map((content) => content.length / 2);
    expect(dropped).toEqual([32, KEM_SECRET_BYTES]);
  });

  it('is a passphrase, and the key that it gave', () => {
    const passphrase = 'orbit velvet canyon';
    const cost = { passes: 1, memory: 65_536 };
    let kept = wrapWithPassphrase(newMasterKey(), passphrase, cost);
    const wrapping = overwritten(() => {
      kept = wrapWithPassphrase(newMasterKey(), passphrase, cost);
    });
    const unwrapping = overwritten(() => unwrapWithPassphrase(kept, passphrase));
    const key = argon2id({ passphrase: utf8(passphrase), salt: kept.salt, ...cost, length: 32 });
    for (const contents of [wrapping, unwrapping]) {
      expect(contents).toContain(hex(utf8(passphrase)));
      expect(contents).toContain(hex(key));
    }
  });
});
