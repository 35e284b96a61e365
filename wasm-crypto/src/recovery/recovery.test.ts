import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { concat } from '../codec.ts';
import { respond } from '../establish.ts';
import { decodeIdentityKeys, encodeIdentityKeys, newIdentity } from '../identity.ts';
import { SEALED_BUNDLE_BYTES } from '../invite/bundle.ts';
import { LABELS } from '../labels.ts';
import { mailboxIdOf } from '../mailbox.ts';
import { pad } from '../padding.ts';
import { randomBytes } from '../random.ts';
import { open } from '../session/open.ts';
import { seal } from '../session/seal.ts';
import { sessionHeard } from '../session/state.ts';
import { aeadSeal } from '../sodium.ts';
import { asText, codeOf, hex, invited, utf8 } from '../test-people.ts';
import {
  decodeContent,
  encodeContent,
  MAX_RECOVERY_NOTE,
  openRecoveryBundle,
  type RecoveryPair,
  sealRecoveryBundle,
} from './bundle.ts';
import { decodeRecoveryKeys, encodeRecoveryKeys, newRecoveryKeys } from './keys.ts';
import { openRenewed, renew } from './renew.ts';
import { recoveryBundleKey, recoveryMailboxKey } from './secrets.ts';

beforeAll(loadCrypto);

/** Alice's and Bob's view of what their handshake left. */
function two(): { a: RecoveryPair; b: RecoveryPair } {
  const { alice, bob, created, bobSession, recovery } = invited();
  const hello = seal(bobSession, utf8('hello'));
  const met = respond({ me: alice, keys: created.keys, envelope: hello.envelope });
  return {
    a: { me: alice, peer: bob.identity, recovery: met.recovery },
    b: { me: bob, peer: alice.identity, recovery },
  };
}

const NOTE = utf8('a note');

describe('the recovery secret', () => {
  it('is the same on both sides, and another for every handshake', () => {
    const { a, b } = two();
    expect(a.recovery).toEqual(b.recovery);
    expect(a.recovery).toHaveLength(32);
    expect(two().a.recovery).not.toEqual(a.recovery);
  });

  it('gives each side a mailbox that both can name', () => {
    const { a, b } = two();
    const ofAlice = recoveryMailboxKey(a.recovery, a.me.identity);
    expect(recoveryMailboxKey(b.recovery, b.peer)).toEqual(ofAlice);
    expect(recoveryMailboxKey(a.recovery, a.peer)).not.toEqual(ofAlice);
    expect(codeOf(() => recoveryMailboxKey(new Uint8Array(31), a.peer))).toBe('malformed');
  });
});

describe('a recovery bundle', () => {
  it('comes whole to the one that it is for', () => {
    const { a, b } = two();
    const keys = newRecoveryKeys(7);
    const bundle = sealRecoveryBundle(a, keys, NOTE);
    expect(bundle).toHaveLength(SEALED_BUNDLE_BYTES);
    expect(openRecoveryBundle(b, bundle)).toEqual({ generation: 7, oneTime: keys.oneTime, note: NOTE });
  });

  it('opens for nobody else, in no other direction, and not changed', () => {
    const { a, b } = two();
    const bundle = sealRecoveryBundle(a, newRecoveryKeys(1), NOTE);
    const stranger = newIdentity();
    for (const pair of [
      a,
      { ...b, peer: stranger.identity },
      { ...b, me: stranger },
      { ...b, recovery: randomBytes(32) },
    ]) {
      expect(codeOf(() => openRecoveryBundle(pair, bundle))).toBe('forged');
    }
    expect(codeOf(() => openRecoveryBundle(b, bundle.subarray(1)))).toBe('malformed');
    expect(codeOf(() => openRecoveryBundle(b, bundle.with(0, 2)))).toBe('wrong-version');
    for (let at = 1; at < bundle.length; at += 97) {
      const changed = bundle.with(at, (bundle[at] ?? 0) ^ 1);
      expect(codeOf(() => openRecoveryBundle(b, changed))).toBe('forged');
    }
  });

  it('cannot be made by who knows the secret and not the identity', () => {
    const { a, b } = two();
    const thief = newIdentity();
    const forged = sealRecoveryBundle({ ...a, me: thief }, newRecoveryKeys(1), NOTE);
    expect(codeOf(() => openRecoveryBundle(b, forged))).toBe('forged');
  });

  it('has bounds', () => {
    const { a, b } = two();
    const most = new Uint8Array(MAX_RECOVERY_NOTE).fill(1);
    const bundle = sealRecoveryBundle(a, newRecoveryKeys(2 ** 32 - 1), most);
    expect(openRecoveryBundle(b, bundle).note).toEqual(most);
    const more = new Uint8Array(MAX_RECOVERY_NOTE + 1);
    expect(codeOf(() => sealRecoveryBundle(a, newRecoveryKeys(1), more))).toBe('malformed');
    for (const generation of [0, -1, 0.5, 2 ** 32, Number.NaN]) {
      expect(codeOf(() => newRecoveryKeys(generation))).toBe('malformed');
      const keys = { ...newRecoveryKeys(1), generation };
      expect(codeOf(() => sealRecoveryBundle(a, keys, NOTE))).toBe('malformed');
      expect(codeOf(() => encodeRecoveryKeys(keys))).toBe('malformed');
    }
  });

  it('is of this suite, and its note within the bounds, whoever signed it', () => {
    const { oneTime } = newRecoveryKeys(1);
    const content = encodeContent({ generation: 1, oneTime, note: new Uint8Array(MAX_RECOVERY_NOTE) });
    expect(codeOf(() => decodeContent(content))).toBe('nothing thrown');
    expect(codeOf(() => decodeContent(content.with(0, 2)))).toBe('wrong-version');
    const more = concat(content, Uint8Array.of(0));
    expect(codeOf(() => decodeContent(more))).toBe('malformed');
    // The length of the note, little-endian, behind suite, generation and keys.
    expect(codeOf(() => decodeContent(more.with(1221, 1)))).toBe('malformed');
    expect(codeOf(() => decodeContent(content.with(1, 0)))).toBe('malformed');
  });

  it('is a copy: changing its content afterwards changes nothing', () => {
    const bundle = { generation: 1, oneTime: newRecoveryKeys(1).oneTime, note: utf8('a note') };
    const content = encodeContent(bundle);
    const decoded = decodeContent(content);
    content.fill(0);
    expect(decoded).toEqual(bundle);
  });

  it('is malformed where whoever has the secret sealed less than a signature into it', () => {
    const { b } = two();
    const data = concat(
      LABELS.recoveryBundle,
      Uint8Array.of(1, 1),
      mailboxIdOf(recoveryMailboxKey(b.recovery, b.me.identity)),
    );
    for (const length of [0, 63]) {
      const nonce = randomBytes(24);
      const padded = pad(randomBytes(length), SEALED_BUNDLE_BYTES - 41);
      const sealed = aeadSeal(recoveryBundleKey(b.recovery), nonce, data, padded);
      const bundle = concat(Uint8Array.of(1), nonce, sealed);
      expect(codeOf(() => openRecoveryBundle(b, bundle))).toBe('malformed');
    }
  });

  it('has keys that survive their encoding', () => {
    const keys = newRecoveryKeys(3);
    const bytes = encodeRecoveryKeys(keys);
    expect(bytes).toHaveLength(3653);
    expect(decodeRecoveryKeys(bytes)).toEqual(keys);
    expect(codeOf(() => decodeRecoveryKeys(bytes.subarray(1)))).toBe('wrong-version');
    expect(codeOf(() => decodeRecoveryKeys(bytes.subarray(0, -1)))).toBe('malformed');
    expect(codeOf(() => decodeRecoveryKeys(new Uint8Array([...bytes, 0])))).toBe('malformed');
    expect(codeOf(() => decodeRecoveryKeys(bytes.with(1, 0)))).toBe('malformed');
  });
});

describe('a session made anew', () => {
  it('begins with any message of the answer, and goes both ways', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1 }),
        fc.boolean(),
        (generation, order, swap) => {
          const { a, b } = two();
          const [asks, answers] = swap ? [b, a] : [a, b];
          const keys = newRecoveryKeys(generation);
          const bundle = openRecoveryBundle(answers, sealRecoveryBundle(asks, keys, NOTE));
          let theirs = renew(answers, bundle);
          expect(sessionHeard(theirs)).toBe(false);
          const said = [0, 1, 2, 3, 4].map((number) => {
            const { session, envelope } = seal(theirs, utf8(`${number}`));
            theirs = session;
            return envelope;
          });
          const [first, ...others] = order as [number, ...number[]];
          const begun = openRenewed(asks, decodeRecoveryKeys(encodeRecoveryKeys(keys)), said[first]!);
          expect(asText(begun.plaintext)).toBe(`${first}`);
          expect(sessionHeard(begun.session)).toBe(true);
          let mine = begun.session;
          for (const number of others) {
            const opened = open(mine, said[number]!);
            expect(asText(opened.plaintext)).toBe(`${number}`);
            mine = opened.session;
          }
          const reply = seal(mine, utf8('back'));
          expect(asText(open(theirs, reply.envelope).plaintext)).toBe('back');
        },
      ),
      { numRuns: 25 },
    );
  });

  it('needs the keys, the generation, the secret and the person', () => {
    const { a, b } = two();
    const keys = newRecoveryKeys(5);
    const bundle = openRecoveryBundle(b, sealRecoveryBundle(a, keys, NOTE));
    const { envelope } = seal(renew(b, bundle), utf8('x'));
    expect(codeOf(() => openRenewed(a, { ...newRecoveryKeys(5) }, envelope))).toBe('forged');
    expect(codeOf(() => openRenewed(a, { ...keys, generation: 6 }, envelope))).toBe('forged');
    expect(codeOf(() => openRenewed({ ...a, recovery: randomBytes(32) }, keys, envelope))).toBe('forged');
    expect(codeOf(() => openRenewed({ ...a, peer: newIdentity().identity }, keys, envelope))).toBe('forged');
    const thief = seal(renew({ ...b, me: newIdentity() }, bundle), utf8('x'));
    expect(codeOf(() => openRenewed(a, keys, thief.envelope))).toBe('forged');
    expect(asText(openRenewed(a, keys, envelope).plaintext)).toBe('x');
  });

  it('takes no other key to agree with, though the person’s own key signed it', () => {
    const { a, b } = two();
    const keys = newRecoveryKeys(1);
    const bundle = openRecoveryBundle(b, sealRecoveryBundle(a, keys, NOTE));
    // Who stole the Ed25519 key alone has another one to agree with signed by it.
    const { agreeSecret } = newIdentity();
    const stolen = encodeIdentityKeys({ ...b.me, agreeSecret });
    const { envelope } = seal(renew({ ...b, me: decodeIdentityKeys(stolen) }, bundle), utf8('x'));
    expect(codeOf(() => openRenewed(a, keys, envelope))).toBe('forged');
  });

  it('has keys of its own: neither the old session nor an invite opens it', () => {
    const { alice, bob, created, bobSession, recovery } = invited();
    const hello = seal(bobSession, utf8('hello'));
    const met = respond({ me: alice, keys: created.keys, envelope: hello.envelope });
    const a = { me: alice, peer: bob.identity, recovery };
    const keys = newRecoveryKeys(1);
    const bundle = openRecoveryBundle(
      { me: bob, peer: alice.identity, recovery },
      sealRecoveryBundle(a, keys, NOTE),
    );
    const { envelope } = seal(renew({ me: bob, peer: alice.identity, recovery }, bundle), utf8('x'));
    expect(codeOf(() => open(met.session, envelope))).toBe('unknown-chain');
    expect(codeOf(() => respond({ me: alice, keys: created.keys, envelope }))).toBe('forged');
    expect(codeOf(() => openRenewed(a, keys, hello.envelope))).toBe('forged');
    expect(hex(mailboxIdOf(recoveryMailboxKey(recovery, bob.identity)))).toHaveLength(64);
  });
});
