/**
 * What SPEC 2.6 says of keys of our own where a call is refused: they are overwritten as well. Every buffer that a call
 * makes is looked at afterwards: those of the constructor, and the copies that come out of the module's memory.
 */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { watchBuffers } from '../testing/buffers.ts';
import { loadCrypto } from '../testing/load.ts';
import { BackupOpener, BackupSealer } from './backup/chunks.ts';
import { newBackup } from './backup/header.ts';
import { concat } from './codec.ts';
import { initiate, respond } from './establish.ts';
import { accept } from './handshake.ts';
import {
  decodeIdentityKeys,
  encodeIdentity,
  encodeIdentityKeys,
  identityParts,
  newIdentity,
} from './identity.ts';
import type { InviteBundle } from './invite/bundle.ts';
import { openBundle } from './invite/bundle.ts';
import { createInvite } from './invite/create.ts';
import { decodeInviteKeys, encodeInviteKeys } from './invite/keys.ts';
import { bundleSecrets, handshakeSecrets } from './invite/secrets.ts';
import { readInvite } from './invite/text.ts';
import { derive } from './kdf.ts';
import { LABELS } from './labels.ts';
import { openLive, sealLive } from './live/live.ts';
import { newLiveWindow } from './live/window.ts';
import { randomBytes, randomWord, useRandomSource } from './random.ts';
import { openRecoveryBundle, sealRecoveryBundle } from './recovery/bundle.ts';
import { decodeRecoveryKeys, encodeRecoveryKeys, newRecoveryKeys } from './recovery/keys.ts';
import { openRenewed, renew } from './recovery/renew.ts';
import { recoveryBundleKey, recoveryHandshakeSecrets, recoveryMailboxKey } from './recovery/secrets.ts';
import { openPreamble, readBlock } from './session/block.ts';
import { decodeSession, encodeSession } from './session/codec.ts';
import { open } from './session/open.ts';
import { rootStep, startRoot } from './session/root.ts';
import { seal } from './session/seal.ts';
import type { Session } from './session/state.ts';
import { FIRST_PREAMBLE_BYTES, PREAMBLE_BYTES, SEALED_HANDSHAKE_BYTES, SUITE } from './sizes.ts';
import { reduceScalar, ristrettoFromHash, ristrettoMultiply, sha512 } from './sodium/ristretto.ts';
import { aeadSeal, hkdfExtract, KEM_CIPHERTEXT_BYTES, kemEncapsulate, kemKeyPair, x25519 } from './sodium.ts';
import { acquainted, codeOf, exchange, hex, invited, sealAll, texts, utf8 } from './test-people.ts';
import { unwrapWithPassphrase, wrapWithPassphrase } from './vault/passphrase.ts';
import { newMasterKey } from './vault/rows.ts';
import { generatorOf } from './words/cpace.ts';
import {
  answerByWords,
  askByWords,
  handOverInvite,
  proveWords,
  type Spoken,
  secretWords,
  takeInvite,
} from './words/exchange.ts';

beforeAll(loadCrypto);
afterEach(() => useRandomSource(undefined));

/** What is in the buffers that a call made, in hexadecimal, once it is over. */
function contentsAfter(call: () => unknown): string[] {
  const watch = watchBuffers();
  try {
    call();
  } finally {
    watch.stop();
  }
  return watch.made.map(hex);
}

type Secrets = Record<string, Uint8Array>;

/** The names of the secrets that lie in a buffer which the call made. */
function left(secrets: Secrets, call: () => unknown): string[] {
  const contents = contentsAfter(call);
  return Object.entries(secrets)
    .filter(([, secret]) => contents.some((content) => content.includes(hex(secret))))
    .map(([name]) => name);
}

/** The same of a call that is refused, with why. */
function leftBy(secrets: Secrets, call: () => unknown): { code: string; names: string[] } {
  let code = '';
  const names = left(secrets, () => {
    code = codeOf(call);
  });
  return { code, names };
}

/** Randomness that is known: as many bytes as are asked for, from the place where the next call begins. */
function knownRandom(): (from: number, to: number) => Uint8Array {
  const block = new Uint8Array(4096).map((_, at) => (at * 167 + (at >> 8) * 31 + 13) & 255);
  useRandomSource((buffer) => buffer.set(block.subarray(0, buffer.length)));
  return (from, to) => block.slice(from, to);
}

/** A key that no ML-KEM key is: its first coefficients are beyond the modulus. */
const noKem = (kem: Uint8Array): Uint8Array => kem.with(0, 255).with(1, 255).with(2, 255);
/** In an envelope: behind version, nonce and sealed header. */
const PREAMBLE_AT = 49;
const LOW_ORDER = new Uint8Array(32);
const changedAt = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ 1);
/** A byte of the body that is not of its tag, which the header is bound to. */
const withOtherBody = (envelope: Uint8Array): Uint8Array => changedAt(envelope, envelope.length - 40);

/** What a session has of a chain that it has just opened, but for the header key, which it had before. */
const newKeysOf = ({ ratchet, receiving, live }: Session): Secrets => ({
  root: ratchet.root,
  nextHeaderKey: ratchet.nextHeaderKey,
  liveKey: live.send,
  chainKey: receiving?.chainKey ?? new Uint8Array(0),
});

describe('what a refused call overwrites', () => {
  it('is shown by what a call leaves', () => {
    const secret = randomBytes(32);
    expect(left({ secret }, () => concat(secret, secret))).toEqual(['secret']);
    expect(left({ secret }, () => concat(secret).fill(0))).toEqual([]);
  });

  it('is what an accepter drew and derived before the keys of a bundle turned out to be none', () => {
    const { bob, invite, created } = invited();
    const bundle = openBundle(invite, created.bundle);
    const { agree, kem } = bundle.oneTime;
    const refused = (oneTime: InviteBundle['oneTime']) => {
      const drawn = knownRandom();
      const { sealKey, preShared } = handshakeSecrets(invite.secret);
      const seed = drawn(32, 64);
      const { shared } = kemEncapsulate(kem, seed);
      const secrets = { ephemeral: drawn(0, 32), seed, shared, sealKey, preShared };
      return leftBy(secrets, () => initiate({ me: bob, invite, bundle: { ...bundle, oneTime } }));
    };
    expect(refused({ agree, kem: noKem(kem) })).toEqual({ code: 'forged', names: [] });
    expect(refused({ agree: LOW_ORDER, kem })).toEqual({ code: 'forged', names: [] });
  });

  it('is the same where a session is made anew', () => {
    const { alice, bob, recovery } = invited();
    const pair = { me: bob, peer: alice.identity, recovery };
    const { oneTime, generation } = newRecoveryKeys(1);
    const bundle = { generation, oneTime: { ...oneTime, agree: LOW_ORDER }, note: new Uint8Array(0) };
    const drawn = knownRandom();
    const secrets = {
      ...recoveryHandshakeSecrets(recovery, 1),
      ephemeral: drawn(0, 32),
      seed: drawn(32, 64),
    };
    expect(leftBy(secrets, () => renew(pair, bundle))).toEqual({ code: 'forged', names: [] });
  });

  it('is what an inviter derived for an envelope that was none', () => {
    const { alice, created, bobSession } = invited();
    const { envelope } = seal(bobSession, utf8('hello'));
    const secrets = { ...handshakeSecrets(created.keys.secret) };
    const refused = leftBy(secrets, () =>
      respond({ me: alice, keys: created.keys, envelope: changedAt(envelope, 100) }),
    );
    expect(refused).toEqual({ code: 'forged', names: [] });
  });

  it('is what an inviter agreed on with a key of low order', () => {
    const { alice, bob, created, bobSession } = invited();
    const { keys } = created;
    const { envelope } = seal(bobSession, utf8('hello'));
    const { sealKey } = handshakeSecrets(keys.secret);
    const nonce = randomBytes(24);
    const data = concat(LABELS.inviteHandshake, Uint8Array.of(1, SUITE), ...identityParts(alice.identity));
    const content = concat(
      Uint8Array.of(SUITE),
      encodeIdentity(bob.identity),
      LOW_ORDER,
      new Uint8Array(KEM_CIPHERTEXT_BYTES),
    );
    const forged = envelope.slice();
    forged.set(concat(nonce, aeadSeal(sealKey, nonce, data, content)), PREAMBLE_AT);
    const agreement = x25519(keys.agreeSecret, bob.identity.agreeKey);
    const refused = leftBy({ agreement, sealKey }, () => respond({ me: alice, keys, envelope: forged }));
    expect(refused).toEqual({ code: 'forged', names: [] });
  });

  it('is all that a handshake led to whose first envelope does not open', () => {
    const { alice, created, bobSession } = invited();
    const { keys } = created;
    const { envelope } = seal(bobSession, utf8('hello'));
    const part = envelope.subarray(PREAMBLE_AT, PREAMBLE_AT + SEALED_HANDSHAKE_BYTES);
    const { secret } = accept({ me: alice, keys, secrets: handshakeSecrets(keys.secret), part });
    const { root, headerKey, live } = startRoot(secret);
    const { session } = respond({ me: alice, keys, envelope });
    const secrets = { secret, start: root, headerKey, live, ...newKeysOf(session) };
    for (const at of [PREAMBLE_AT + SEALED_HANDSHAKE_BYTES + 30, PREAMBLE_AT + FIRST_PREAMBLE_BYTES + 9]) {
      const refused = leftBy(secrets, () => respond({ me: alice, keys, envelope: changedAt(envelope, at) }));
      expect(refused).toEqual({ code: 'forged', names: [] });
    }
  });

  it('is the session with somebody else than a recovery bundle was for', () => {
    const { alice, bob, recovery } = invited();
    const carol = newIdentity();
    const keys = newRecoveryKeys(1);
    const me = alice;
    const note = new Uint8Array(0);
    const bundle = sealRecoveryBundle({ me, peer: carol.identity, recovery }, keys, note);
    const theirs = { me: carol, peer: me.identity, recovery };
    const sealed = seal(renew(theirs, openRecoveryBundle(theirs, bundle)), utf8('a text of a third'));
    const right = openRenewed({ me, peer: carol.identity, recovery }, keys, sealed.envelope);
    const refused = leftBy({ ...newKeysOf(right.session), text: right.plaintext }, () =>
      openRenewed({ me, peer: bob.identity, recovery }, keys, sealed.envelope),
    );
    expect(refused).toEqual({ code: 'forged', names: [] });
  });

  it('is what was drawn for an invite to nowhere', () => {
    const { alice } = invited();
    const drawn = knownRandom();
    const secrets = { secret: drawn(0, 32), agreeSecret: drawn(32, 64), seed: drawn(64, 128) };
    const reply = { id: new Uint8Array(32), server: '' };
    const refused = leftBy(secrets, () => createInvite({ me: alice, expires: 2_000_000_000, reply }));
    expect(refused).toEqual({ code: 'malformed', names: [] });
  });

  it('is the pair of a chain that could not be begun', () => {
    const { b } = acquainted();
    const { ratchet } = b;
    if (ratchet.turn !== 'mine') throw new Error('not their turn');
    const { agree, kem } = ratchet.theirs;
    for (const theirs of [
      { agree, kem: noKem(kem) },
      { agree: LOW_ORDER, kem },
    ]) {
      const drawn = knownRandom();
      const seed = drawn(96, 128);
      const secrets = {
        agreeSecret: drawn(0, 32),
        'seed of the pair': drawn(32, 96),
        kemSecret: kemKeyPair(drawn(32, 96)).secretKey.subarray(0, 64),
        seed,
        shared: kemEncapsulate(kem, seed).shared,
      };
      const session: Session = { ...b, ratchet: { ...ratchet, theirs } };
      expect(leftBy(secrets, () => seal(session, utf8('x')))).toEqual({ code: 'forged', names: [] });
    }
  });

  it('is the step of a message that does not open, and the keys in front of it', () => {
    const { a, b } = acquainted();
    const { envelopes } = sealAll(b, texts(4));
    const begun = open(a, envelopes[0]!).session;
    const later = open(begun, envelopes[3]!).session;
    const missing = later.receiving!.missing;
    const secrets = { ...newKeysOf(later), first: missing.subarray(4, 36), last: missing.subarray(-32) };
    for (const [session, envelope] of [
      [begun, envelopes[3]],
      [a, envelopes[3]],
      [later, envelopes[1]],
    ] as const) {
      const refused = leftBy(secrets, () => open(session, withOtherBody(envelope!)));
      expect(refused).toEqual({ code: 'forged', names: [] });
    }
  });

  it('is the keys of the chain before, where the next one does not open', () => {
    const { a, b } = acquainted();
    const spoken = sealAll(b, texts(4));
    const begun = open(a, spoken.envelopes[0]!).session;
    const reply = seal(begun, utf8('reply'));
    const answered = open(spoken.session, reply.envelope).session;
    const next = seal(answered, utf8('next'));
    const opened = open(reply.session, next.envelope).session;
    const waiting = opened.retired[0]!.missing.subarray(4, 36);
    const secrets = { ...newKeysOf(opened), waiting };
    const refused = leftBy(secrets, () => open(reply.session, withOtherBody(next.envelope)));
    expect(refused).toEqual({ code: 'forged', names: [] });
  });

  it('is the text of a live envelope that comes again', () => {
    const pair = acquainted();
    const { a, b } = exchange(pair.a, pair.b);
    const text = utf8('an address that nobody else reads');
    const envelope = sealLive(a, { attempt: 1, counter: 1 }, text);
    const { window } = openLive(b, newLiveWindow(), envelope);
    expect(leftBy({ text }, () => openLive(b, window, envelope))).toEqual({ code: 'duplicate', names: [] });
  });

  it('is a passphrase that could not be tried', () => {
    const text = 'orbit velvet canyon';
    const kept = wrapWithPassphrase(newMasterKey(), text, { passes: 1, memory: 65_536 });
    const refused = leftBy({ text: utf8(text) }, () => unwrapWithPassphrase({ ...kept, passes: 0 }, text));
    expect(refused).toEqual({ code: 'malformed', names: [] });
  });

  it('is one that is too long as it is kept, though not as it was typed', () => {
    const text = 'é'.repeat(1000);
    const refused = leftBy({ text: utf8(text).subarray(0, 64) }, () =>
      wrapWithPassphrase(newMasterKey(), text, { passes: 1, memory: 65_536 }),
    );
    expect(refused).toEqual({ code: 'malformed', names: [] });
  });

  it('is the scalar for a share that is no point', () => {
    const spoken: Spoken = { words: [1, 2, 3], mailbox: randomBytes(32) };
    const { message } = askByWords(spoken, randomBytes(32));
    const drawn = knownRandom();
    const secrets = { wide: drawn(0, 64), scalar: reduceScalar(drawn(0, 64)) };
    const noPoint = { ...message, share: new Uint8Array(32).fill(255) };
    const refused = leftBy(secrets, () => answerByWords(spoken, noPoint));
    expect(refused).toEqual({ code: 'forged', names: [] });
  });

  it('is what was authentic of a back-up before the chunk that was not', () => {
    const wrap = wrapWithPassphrase(newMasterKey(), 'x', { passes: 1, memory: 65_536 });
    const header = newBackup(wrap);
    const key = randomBytes(32);
    const content = randomBytes(65_532);
    const sealer = new BackupSealer(header, key);
    const file = concat(sealer.push(concat(content, content)), sealer.end());
    const opener = new BackupOpener(header, key);
    const changed = concat(changedAt(file, 65_552 + 9), Uint8Array.of(0));
    const refused = leftBy({ content: content.subarray(0, 64) }, () => opener.push(changed));
    expect(refused).toEqual({ code: 'forged', names: [] });
  });

  it('is what was written of a row of keys before the field that is none', () => {
    const { keys } = invited().created;
    const { secret, agreeSecret } = keys;
    const row = { ...keys, kemSecret: keys.kemSecret.subarray(1) };
    expect(leftBy({ secret, agreeSecret }, () => encodeInviteKeys(row))).toEqual({
      code: 'malformed',
      names: [],
    });
  });

  it('is the copy of a row of keys that has a byte too many', () => {
    const { alice, created, bobSession } = invited();
    const { keys } = created;
    const recoveryKeys = newRecoveryKeys(1);
    const { root } = bobSession.ratchet;
    const tail = (row: Uint8Array): Uint8Array => concat(row, Uint8Array.of(0));
    const identityRow = tail(encodeIdentityKeys(alice));
    const inviteRow = tail(encodeInviteKeys(keys));
    const recoveryRow = tail(encodeRecoveryKeys(recoveryKeys));
    const sessionRow = tail(encodeSession(bobSession));
    const none = { code: 'malformed', names: [] };
    const { agreeSecret } = alice;
    expect(leftBy({ agreeSecret }, () => decodeIdentityKeys(identityRow))).toEqual(none);
    expect(leftBy({ secret: keys.agreeSecret }, () => decodeInviteKeys(inviteRow))).toEqual(none);
    expect(leftBy({ secret: recoveryKeys.agreeSecret }, () => decodeRecoveryKeys(recoveryRow))).toEqual(none);
    expect(leftBy({ root }, () => decodeSession(sessionRow))).toEqual(none);
  });
});

describe('what a call that ends well overwrites', () => {
  it('is randomness, as it is handed out', () => {
    let block = new Uint8Array(0);
    useRandomSource((buffer) => {
      block = buffer.fill(7);
    });
    expect(randomBytes(32)).toEqual(new Uint8Array(32).fill(7));
    expect(block.subarray(0, 32)).toEqual(new Uint8Array(32));
    expect(block.subarray(32).every((byte) => byte === 7)).toBe(true);
    // What was drawn for nobody goes with its source.
    useRandomSource(undefined);
    expect(block).toEqual(new Uint8Array(block.length));
  });

  it('is the word of randomness that libsodium was given', () => {
    const real = globalThis.crypto.getRandomValues;
    const given: ArrayBufferView[] = [];
    globalThis.crypto.getRandomValues = function (this: Crypto, buffer) {
      given.push(buffer);
      return real.call(this, buffer);
    } as typeof real;
    try {
      randomWord();
    } finally {
      globalThis.crypto.getRandomValues = real;
    }
    expect(given).toEqual([new Uint32Array(1)]);
  });

  it('is the seed of an identity, which its signing key begins with', () => {
    const seed = hex(knownRandom()(0, 32));
    const holding = contentsAfter(newIdentity).filter((content) => content.includes(seed));
    expect(holding.map((content) => content.length / 2)).toEqual([64]);
  });

  it('is the key of a back-up’s chunks, once the last of them was made or opened', () => {
    const header = newBackup(wrapWithPassphrase(newMasterKey(), 'x', { passes: 1, memory: 65_536 }));
    const secret = randomBytes(32);
    const key = derive({ secret, label: LABELS.backup, length: 32 });
    let file: Uint8Array = new Uint8Array(0);
    const sealing = left({ key }, () => {
      file = new BackupSealer(header, secret).end();
    });
    expect(sealing).toEqual([]);
    expect(
      left({ key }, () => {
        const opener = new BackupOpener(header, secret);
        opener.push(file);
        opener.end();
      }),
    ).toEqual([]);
  });

  it('is what a back-up is made of, as it waits for a chunk to be full and is sealed', () => {
    const header = newBackup(wrapWithPassphrase(newMasterKey(), 'x', { passes: 1, memory: 65_536 }));
    const secret = randomBytes(32);
    const whole = randomBytes(65_532);
    const content = whole.subarray(0, 64);
    const making = left({ content }, () => {
      const sealer = new BackupSealer(header, secret);
      sealer.push(whole);
      sealer.end();
    });
    expect(making).toEqual([]);
    const givingUp = left({ content }, () => {
      const sealer = new BackupSealer(header, secret);
      sealer.push(content);
      sealer.close();
    });
    expect(givingUp).toEqual([]);
  });

  it('is what two agreed on by words, on either side', () => {
    const spoken: Spoken = { words: [1, 1027, 1539], mailbox: randomBytes(32) };
    const asked = askByWords(spoken, randomBytes(32));
    const drawn = knownRandom();
    const scalar = reduceScalar(drawn(0, 64));
    const agreement = ristrettoMultiply(scalar, asked.message.share);
    // Second and third word, as the password that both have.
    const words = Uint8Array.of(3, 4, 3, 6);
    let answered = answerByWords(spoken, asked.message);
    knownRandom();
    const answering = left({ agreement, scalar, words }, () => {
      answered = answerByWords(spoken, asked.message);
    });
    expect(answering).toEqual([]);
    const ci = concat(LABELS.words, Uint8Array.of(1, 1, 0));
    const generator = generatorOf({ prs: words, ci, sid: spoken.mailbox });
    const lv = (bytes: Uint8Array) => concat(Uint8Array.of(bytes.length), bytes);
    const parts = [utf8('CPaceRistretto255'), words, new Uint8Array(104), ci, spoken.mailbox];
    const hash = sha512(concat(...parts.map(lv)));
    expect(ristrettoFromHash(hash)).toEqual(generator);
    expect(left({ words, generator, hash }, () => askByWords(spoken, asked.message.reply))).toEqual([]);
    expect(left({ agreement, scalar }, () => proveWords(asked.state, answered.message))).toEqual([]);
  });

  it('is the first key of a chain, on either side', () => {
    const { a, b } = acquainted();
    const { root, nextHeaderKey, step, ...ratchet } = a.ratchet;
    if (ratchet.turn !== 'theirs') throw new Error('not their turn');
    knownRandom();
    const { envelope } = seal(b, utf8('text'));
    const preamble = envelope.subarray(PREAMBLE_AT, PREAMBLE_AT + PREAMBLE_BYTES);
    const block = openPreamble(nextHeaderKey, a.associatedData, preamble) ?? new Uint8Array(0);
    const { agreement, shared } = readBlock(ratchet.ours, block);
    const { chainKey } = rootStep({ root, step, block, agreement, shared });
    expect(left({ chainKey }, () => open(a, envelope))).toEqual([]);
    knownRandom();
    expect(left({ chainKey, agreement, shared }, () => seal(b, utf8('text')))).toEqual([]);
  });

  it('is what a handshake left, but for the session and the way back', () => {
    const { alice, created, bobSession } = invited();
    const { keys } = created;
    const { envelope } = seal(bobSession, utf8('hello'));
    const secrets = handshakeSecrets(keys.secret);
    const part = envelope.subarray(PREAMBLE_AT, PREAMBLE_AT + SEALED_HANDSHAKE_BYTES);
    const { secret } = accept({ me: alice, keys, secrets, part });
    const { root } = startRoot(secret);
    expect(left({ ...secrets, secret, root }, () => respond({ me: alice, keys, envelope }))).toEqual([]);
  });

  it('is the same on the side that accepts an invite', () => {
    const { alice, bob, invite, created } = invited();
    const { keys } = created;
    const bundle = openBundle(invite, created.bundle);
    const secrets = handshakeSecrets(keys.secret);
    knownRandom();
    const { envelope } = seal(initiate({ me: bob, invite, bundle }).session, utf8('hello'));
    const part = envelope.subarray(PREAMBLE_AT, PREAMBLE_AT + SEALED_HANDSHAKE_BYTES);
    const { secret } = accept({ me: alice, keys, secrets, part });
    knownRandom();
    expect(left({ ...secrets, secret }, () => initiate({ me: bob, invite, bundle }))).toEqual([]);
  });

  it('is the same where a session is made anew, on either side', () => {
    const { alice, bob, recovery } = invited();
    const mine = { me: alice, peer: bob.identity, recovery };
    const theirs = { me: bob, peer: alice.identity, recovery };
    const keys = newRecoveryKeys(1);
    const bundle = openRecoveryBundle(theirs, sealRecoveryBundle(mine, keys, utf8('note')));
    const secrets = recoveryHandshakeSecrets(recovery, 1);
    knownRandom();
    const { envelope } = seal(renew(theirs, bundle), utf8('hello'));
    const part = envelope.subarray(PREAMBLE_AT, PREAMBLE_AT + SEALED_HANDSHAKE_BYTES);
    const { secret } = accept({ me: alice, keys, secrets, part });
    knownRandom();
    expect(left({ ...secrets, secret }, () => renew(theirs, bundle))).toEqual([]);
    const { root } = startRoot(secret);
    expect(left({ ...secrets, secret, root }, () => openRenewed(mine, keys, envelope))).toEqual([]);
  });

  it('is what a handshake was derived from', () => {
    const { alice, bob, created, bobSession } = invited();
    const { keys } = created;
    const { envelope } = seal(bobSession, utf8('hello'));
    const first = x25519(keys.agreeSecret, bob.identity.agreeKey);
    // The agreements behind what PQXDH puts in front of them.
    const material = concat(new Uint8Array(8).fill(255), first.subarray(0, 8));
    expect(left({ material }, () => respond({ me: alice, keys, envelope }))).toEqual([]);
  });

  it('is each of its agreements, on either side', () => {
    const { alice, bob, invite, created } = invited();
    const { keys } = created;
    const bundle = openBundle(invite, created.bundle);
    const accept = () => initiate({ me: bob, invite, bundle });
    const drawn = knownRandom();
    const [ephemeral, seed] = [drawn(0, 32), drawn(32, 64)];
    const { envelope } = seal(accept().session, utf8('hello'));
    const agreed = {
      'identity of the accepter': x25519(bob.agreeSecret, keys.oneTime.agree),
      'identity of the inviter': x25519(ephemeral, alice.identity.agreeKey),
      'neither identity': x25519(ephemeral, keys.oneTime.agree),
      'ML-KEM': kemEncapsulate(keys.oneTime.kem, seed).shared,
    };
    knownRandom();
    expect(left({ ...agreed, ephemeral, seed }, accept)).toEqual([]);
    expect(left(agreed, () => respond({ me: alice, keys, envelope }))).toEqual([]);
  });

  it('is what an invite was written from and read from, and the key of its bundle', () => {
    const { alice } = invited();
    const reply = { id: new Uint8Array(32), server: 'https://aside.example.org' };
    const make = () => createInvite({ me: alice, expires: 2_000_000_000, reply });
    const drawn = knownRandom();
    const secret = drawn(0, 32);
    const { text, bundle } = make();
    // The last byte of the expiry in front of the secret: so it is in the text's bytes alone.
    const written = concat(Uint8Array.of(119), secret);
    const { rendezvous, sealKey } = bundleSecrets(secret);
    const extracted = hkdfExtract(new Uint8Array(0), secret);
    const seed = drawn(64, 96);
    // Who makes it needs the key of the rendezvous.
    knownRandom();
    expect(left({ written, sealKey, extracted, seed }, make)).toEqual([]);
    expect(left({ written }, () => readInvite(text))).toEqual([]);
    const invite = readInvite(text);
    const opening = left({ sealKey, rendezvous, extracted }, () => openBundle(invite, bundle));
    expect(opening).toEqual([]);
  });

  it('is a guest pass in all that a bundle is made of and read from', () => {
    const { alice } = invited();
    const reply = { id: new Uint8Array(32), server: 'https://aside.example.org' };
    const guestPass = randomBytes(40);
    const make = () => createInvite({ me: alice, expires: 2_000_000_000, reply, guestPass });
    const { text, bundle } = make();
    expect(left({ guestPass }, make)).toEqual([]);
    const invite = readInvite(text);
    // But for the one that the reader is given.
    const read = contentsAfter(() => expect(openBundle(invite, bundle).guestPass).toEqual(guestPass));
    const holding = read.filter((content) => content.includes(hex(guestPass)));
    expect(holding.map((content) => content.length / 2)).toEqual([40]);
    const refused = leftBy({ guestPass }, () => openBundle({ ...invite, expires: 1 }, bundle));
    expect(refused).toEqual({ code: 'forged', names: [] });
  });

  it('is the keys of a recovery bundle, and its note as it was padded', () => {
    const { alice, bob, recovery } = invited();
    const mine = { me: alice, peer: bob.identity, recovery };
    const theirs = { me: bob, peer: alice.identity, recovery };
    const keys = newRecoveryKeys(1);
    const note = utf8('a mailbox that nobody else knows');
    const bundle = sealRecoveryBundle(mine, keys, note);
    const secrets = {
      key: recoveryBundleKey(recovery),
      mailbox: recoveryMailboxKey(recovery, bob.identity),
      extracted: hkdfExtract(new Uint8Array(0), recovery),
      // Length, suite and generation in front of the rest.
      padded: Uint8Array.of(0, 0, 1, 1, 0, 0, 0, ...keys.oneTime.agree.subarray(0, 8)),
    };
    expect(left(secrets, () => sealRecoveryBundle(mine, keys, note))).toEqual([]);
    expect(left(secrets, () => openRecoveryBundle(theirs, bundle))).toEqual([]);
  });

  it('is the invite that is handed over by words, and what its keys were cut from', () => {
    const { text } = invited().created;
    const { secret } = readInvite(text);
    const written = concat(Uint8Array.of(119), secret);
    const spoken: Spoken = { words: [1, 2, 3], mailbox: randomBytes(32) };
    const asked = askByWords(spoken, randomBytes(32));
    const answered = answerByWords(spoken, asked.message);
    const proven = proveWords(asked.state, answered.message);
    const { proof, seal: sealKey } = proven.state;
    const both = concat(proof, sealKey);
    expect(left({ both }, () => proveWords(asked.state, answered.message))).toEqual([]);
    const handed = handOverInvite(answered.state, text);
    expect(left({ written, secret }, () => handOverInvite(answered.state, text))).toEqual([]);
    expect(left({ written, secret }, () => takeInvite(proven.state, handed))).toEqual([]);
    const drawn = knownRandom()(0, 4);
    expect(left({ drawn }, secretWords)).toEqual([]);
  });

  it('is the text of a live envelope that was sealed', () => {
    const { a } = acquainted();
    const text = utf8('an address that nobody else reads');
    expect(left({ text }, () => sealLive(a, { attempt: 1, counter: 1 }, text))).toEqual([]);
  });

  it('is the key beyond the end of a chain that is over', () => {
    const { a, b } = acquainted();
    const spoken = sealAll(b, texts(3));
    const begun = open(a, spoken.envelopes[0]!).session;
    const { ratchet } = spoken.session;
    if (ratchet.turn !== 'theirs') throw new Error('no chain was begun');
    const reply = seal(begun, utf8('reply'));
    const next = seal(open(spoken.session, reply.envelope).session, utf8('next'));
    const { chainKey } = ratchet.sending;
    expect(left({ chainKey }, () => open(reply.session, next.envelope))).toEqual([]);
  });
});
