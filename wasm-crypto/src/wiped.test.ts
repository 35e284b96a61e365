/** What SPEC 2.6 says of the module's memory: after a call no key that it used is in there, whole or by half. */
import published from 'libsodium-wrappers-sumo';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../testing/load.ts';
import { BackupOpener, BackupSealer } from './backup/chunks.ts';
import { newBackup } from './backup/header.ts';
import { concat, Writer } from './codec.ts';
import { respond } from './establish.ts';
import type { IdentityKeys } from './identity.ts';
import { readInvite } from './invite/text.ts';
import { derive } from './kdf.ts';
import { LABELS } from './labels.ts';
import { openLive, sealLive } from './live/live.ts';
import { newLiveWindow } from './live/window.ts';
import { randomBytes } from './random.ts';
import { openRecoveryBundle, sealRecoveryBundle } from './recovery/bundle.ts';
import { newRecoveryKeys } from './recovery/keys.ts';
import { openRenewed, renew } from './recovery/renew.ts';
import { recoveryBundleKey, recoveryHandshakeSecrets, recoveryMailboxKey } from './recovery/secrets.ts';
import { open } from './session/open.ts';
import { seal } from './session/seal.ts';
import type { Session } from './session/state.ts';
import { need, workArea } from './sodium/memory.ts';
import { ristrettoMultiply } from './sodium/ristretto.ts';
import { aeadOpen, ED25519_SEED_BYTES, ed25519KeyPair, ed25519Sign, ed25519Verify } from './sodium.ts';
import { acquainted, codeOf, invited, utf8 } from './test-people.ts';
import { unwrapWithPassphrase, wrapWithPassphrase } from './vault/passphrase.ts';
import { newMasterKey, openRow, sealRow, tableKey } from './vault/rows.ts';
import type { PassphraseWrap } from './vault/wrapped.ts';
import { generatorOf } from './words/cpace.ts';
import {
  answerByWords,
  askByWords,
  handOverInvite,
  proveWords,
  type Spoken,
  takeInvite,
  wordsFit,
} from './words/exchange.ts';

/** Of an ML-KEM-768 secret: what follows is the public key, and its hash. */
const KEM_PRIVATE_BYTES = 1152;

beforeAll(async () => {
  await loadCrypto();
  await published.ready;
});

/** Which of these secrets have eight bytes in a row in the module's memory, of those that begin at every eighth. */
function leftovers(secrets: Readonly<Record<string, Uint8Array>>): string[] {
  const { heap } = need(workArea, 0);
  const wanted = new Map<number, { name: string; bytes: Uint8Array }[]>();
  for (const [name, secret] of Object.entries(secrets)) {
    for (let part = 0; part + 8 <= secret.length; part += 8) {
      const bytes = secret.subarray(part, part + 8);
      wanted.set(wordAt(bytes, 0), [...(wanted.get(wordAt(bytes, 0)) ?? []), { name, bytes }]);
    }
  }
  const found = new Set<string>();
  for (let at = 0; at + 8 <= heap.length; at++) {
    // Most of the memory is zeros, and no secret begins with as many.
    const word = wordAt(heap, at);
    if (word === 0) continue;
    for (const { name, bytes } of wanted.get(word) ?? []) {
      if (bytes.every((byte, index) => heap[at + index] === byte)) found.add(name);
    }
  }
  return [...found];
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) |
  ((bytes[at + 1] ?? 0) << 8) |
  ((bytes[at + 2] ?? 0) << 16) |
  ((bytes[at + 3] ?? 0) << 24);

/** Both halves of a chain's step, as the published wrapper computes them in a memory of its own. */
function stepOf(chainKey: Uint8Array): { next: Uint8Array; message: Uint8Array } {
  const both = published.crypto_kdf_derive_from_key(64, 1, 'AsideMsg', chainKey);
  return { next: both.slice(0, 32), message: both.slice(32) };
}

function sendingKey(session: Session): Uint8Array {
  if (session.ratchet.turn !== 'theirs') throw new Error('not speaking');
  return session.ratchet.sending.chainKey;
}

function secretsOf({ ratchet, receiving, live }: Session): Record<string, Uint8Array> {
  return {
    root: ratchet.root,
    nextHeaderKey: ratchet.nextHeaderKey,
    liveSend: live.send,
    ...Object.fromEntries(live.receive.map((key, index) => [`liveReceive${index}`, key])),
    ...(receiving === undefined
      ? {}
      : { receivingKey: receiving.chainKey, receivingHeader: receiving.headerKey }),
    ...(ratchet.turn === 'mine'
      ? {}
      : {
          sendingKey: ratchet.sending.chainKey,
          sendingHeader: ratchet.sending.headerKey,
          agreeSecret: ratchet.ours.agreeSecret,
          kemSecret: ratchet.ours.kemSecret.subarray(0, KEM_PRIVATE_BYTES),
          kemRejection: ratchet.ours.kemSecret.subarray(-32),
        }),
  };
}

const ownSecrets = (name: string, { agreeSecret, signSecret }: IdentityKeys): Record<string, Uint8Array> => ({
  [`${name} agrees`]: agreeSecret,
  [`${name} signs`]: signSecret.subarray(0, 32),
});

/** What a wrap is bound to (SPEC 8.4). */
const boundTo = ({ salt, passes, memory }: PassphraseWrap): Uint8Array =>
  concat(LABELS.wrappedKey, Uint8Array.of(1, 2), salt, new Writer(8).u32(passes).u32(memory).bytes);

describe('the memory of the module', () => {
  it('shows what lies in it', () => {
    const { heap } = need(workArea, 0);
    heap.set(utf8('a needle in it'), workArea.at + 3);
    expect(leftovers({ needle: utf8('a needle'), other: utf8('another one') })).toEqual(['needle']);
    heap.fill(0, workArea.at, workArea.at + 20);
    expect(leftovers({ needle: utf8('a needle') })).toEqual([]);
  });

  it('keeps no key of a message that was sealed, opened or refused', () => {
    const { a, b } = acquainted();
    const before = sendingKey(a);
    const text = utf8('a text that nobody else reads');
    const keys = { before, ...stepOf(before), text };
    const sealed = seal(a, text);
    expect(sendingKey(sealed.session)).toEqual(keys.next);
    expect(leftovers({ ...keys, ...secretsOf(a) })).toEqual([]);
    const changed = sealed.envelope.with(3000, (sealed.envelope[3000] ?? 0) ^ 1);
    expect(codeOf(() => open(b, changed))).toBe('forged');
    expect(leftovers({ ...keys, ...secretsOf(b) })).toEqual([]);
    const opened = open(b, sealed.envelope);
    expect(leftovers({ ...keys, ...secretsOf(opened.session) })).toEqual([]);
  });

  it('keeps no key of a step of the ratchet', () => {
    const { a, b } = acquainted();
    const sealed = seal(b, utf8('text'));
    expect(leftovers({ ...secretsOf(b), ...secretsOf(sealed.session) })).toEqual([]);
    const opened = open(a, sealed.envelope);
    expect(leftovers({ ...secretsOf(a), ...secretsOf(opened.session) })).toEqual([]);
  });

  it('keeps no secret of a handshake, on either side', () => {
    const { alice, bob, created, invite, bobSession } = invited();
    const { secret, agreeSecret, kemSecret } = created.keys;
    const kept = {
      ...ownSecrets('Alice', alice),
      ...ownSecrets('Bob', bob),
      invite: invite.secret,
      'invite, as kept': secret,
      'one-time X25519': agreeSecret,
      'one-time ML-KEM': kemSecret.subarray(0, KEM_PRIVATE_BYTES),
    };
    expect(leftovers({ ...kept, ...secretsOf(bobSession) })).toEqual([]);
    const hello = seal(bobSession, utf8('hello'));
    const met = respond({ me: alice, keys: created.keys, envelope: hello.envelope });
    expect(leftovers({ ...kept, ...secretsOf(hello.session), ...secretsOf(met.session) })).toEqual([]);
  });

  it('keeps no master key, no key of a table and no row', () => {
    const masterKey = newMasterKey();
    const table = tableKey(masterKey, 'messages');
    const text = utf8('the text of a row');
    const row = sealRow(table, 'row', text);
    expect(leftovers({ masterKey, table, text })).toEqual([]);
    expect(openRow(table, 'row', row)).toEqual(text);
    expect(leftovers({ masterKey, table, text })).toEqual([]);
  });

  it('keeps nothing of what was signed, nor of what a signature was looked at for', () => {
    const { publicKey, secretKey } = ed25519KeyPair(randomBytes(ED25519_SEED_BYTES));
    const text = randomBytes(400);
    const signature = ed25519Sign(secretKey, text);
    expect(leftovers({ text, secretKey })).toEqual([]);
    expect(ed25519Verify(publicKey, text, signature)).toBe(true);
    expect(leftovers({ text })).toEqual([]);
  });

  it('keeps no text of a live envelope, nor a key of one', () => {
    const { a, b } = acquainted();
    const text = utf8('an address that nobody else reads');
    const envelope = sealLive(a, { attempt: 1, counter: 1 }, text);
    const secrets = { text, sending: a.live.send, ...secretsOf(b) };
    expect(leftovers(secrets)).toEqual([]);
    expect(openLive(b, newLiveWindow(), envelope).plaintext).toEqual(text);
    expect(leftovers(secrets)).toEqual([]);
  });

  it('keeps nothing of a way back, on either side', () => {
    const { alice, bob, recovery } = invited();
    const mine = { me: alice, peer: bob.identity, recovery };
    const theirs = { me: bob, peer: alice.identity, recovery };
    const keys = newRecoveryKeys(1);
    const note = utf8('a mailbox that nobody else knows');
    const secrets = {
      ...ownSecrets('Alice', alice),
      ...ownSecrets('Bob', bob),
      recovery,
      note,
      mailbox: recoveryMailboxKey(recovery, bob.identity),
      bundleKey: recoveryBundleKey(recovery),
      ...recoveryHandshakeSecrets(recovery, 1),
      agreeSecret: keys.agreeSecret,
      kemSecret: keys.kemSecret.subarray(0, KEM_PRIVATE_BYTES),
    };
    const bundle = sealRecoveryBundle(mine, keys, note);
    expect(leftovers(secrets)).toEqual([]);
    const hello = seal(renew(theirs, openRecoveryBundle(theirs, bundle)), utf8('hello'));
    expect(leftovers({ ...secrets, ...secretsOf(hello.session) })).toEqual([]);
    const { session } = openRenewed(mine, keys, hello.envelope);
    expect(leftovers({ ...secrets, ...secretsOf(session) })).toEqual([]);
  });

  it('keeps nothing of an exchange by words, on either side', () => {
    const { text } = invited().created;
    const { secret } = readInvite(text);
    const spoken: Spoken = { words: [1, 2, 3], mailbox: randomBytes(32) };
    const asked = askByWords(spoken, randomBytes(32));
    const { scalar } = asked.state;
    const generator = generatorOf({
      prs: Uint8Array.of(2, 0, 3, 0),
      ci: concat(LABELS.words, Uint8Array.of(1, 1, 0)),
      sid: spoken.mailbox,
    });
    expect(ristrettoMultiply(scalar, generator)).toEqual(asked.message.share);
    expect(leftovers({ scalar, generator })).toEqual([]);
    const answered = answerByWords(spoken, asked.message);
    const agreement = ristrettoMultiply(scalar, answered.message.share);
    const keys = { scalar, generator, agreement, secret, ...answered.state };
    expect(leftovers(keys)).toEqual([]);
    const proven = proveWords(asked.state, answered.message);
    expect(wordsFit(answered.state, proven.message)).toBe(true);
    expect(leftovers(keys)).toEqual([]);
    expect(takeInvite(proven.state, handOverInvite(answered.state, text))).toBe(text);
    expect(leftovers(keys)).toEqual([]);
  });

  it('keeps no passphrase, nothing that was made of it and nothing of a back-up', () => {
    const passphrase = 'orbit velvet canyon';
    const cost = { passes: 1, memory: 65_536 };
    const masterKey = newMasterKey();
    const wrap = wrapWithPassphrase(masterKey, passphrase, cost);
    const typed = utf8(passphrase);
    // By the published wrapper, in a memory of its own.
    const stretched = published.crypto_pwhash(
      32,
      typed,
      wrap.salt,
      cost.passes,
      cost.memory * 1024,
      published.crypto_pwhash_ALG_ARGON2ID13,
    );
    expect(aeadOpen(stretched, wrap.nonce, boundTo(wrap), wrap.wrapped)).toEqual(masterKey);
    const secrets = { masterKey, typed, stretched };
    expect(unwrapWithPassphrase(wrap, passphrase)).toEqual(masterKey);
    expect(leftovers(secrets)).toEqual([]);

    const header = newBackup(wrap);
    const content = randomBytes(300);
    const file = new BackupSealer(header, masterKey);
    const sealed = concat(file.push(content), file.end());
    const key = derive({ secret: masterKey, label: LABELS.backup, length: 32 });
    const opener = new BackupOpener(header, masterKey);
    expect(concat(opener.push(sealed), opener.end())).toEqual(content);
    expect(leftovers({ masterKey, key, content })).toEqual([]);
  });
});
