/**
 * Frozen vectors of our own: with the randomness fixed, every byte of an invite, a handshake, two sessions, live
 * envelopes, the vault and an invite by words is fixed too. A change here is a change of the protocol, and needs a new version of it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../testing/load.ts';
import frozen from '../vectors/frozen.json' with { type: 'json' };
import { BackupSealer } from './backup/chunks.ts';
import { newBackup } from './backup/header.ts';
import { concat } from './codec.ts';
import { initiate, respond } from './establish.ts';
import { encodeIdentity, encodeIdentityKeys, identityHash, newIdentity } from './identity.ts';
import { identityFingerprint, identityStatement } from './identity-statement.ts';
import { openBundle } from './invite/bundle.ts';
import { createInvite } from './invite/create.ts';
import { encodeInviteKeys } from './invite/keys.ts';
import { readInvite } from './invite/text.ts';
import { openLive, sealLive } from './live/live.ts';
import { newLiveWindow } from './live/window.ts';
import { mailboxIdOf } from './mailbox.ts';
import { moon } from './moon.ts';
import { useRandomSource } from './random.ts';
import { openRecoveryBundle, sealRecoveryBundle } from './recovery/bundle.ts';
import { encodeRecoveryKeys, newRecoveryKeys } from './recovery/keys.ts';
import { openRenewed, renew } from './recovery/renew.ts';
import { recoveryMailboxKey } from './recovery/secrets.ts';
import { safetyNumber } from './safety-number.ts';
import { encodeSession } from './session/codec.ts';
import { open } from './session/open.ts';
import { seal } from './session/seal.ts';
import { blake2b } from './sodium.ts';
import { asText, hex, utf8 } from './test-people.ts';
import { unwrapWithPassphrase, wrapWithPassphrase } from './vault/passphrase.ts';
import { openRow, sealRow, tableKey } from './vault/rows.ts';
import { encodeWrappedMasterKey } from './vault/wrapped.ts';
import {
  answerByWords,
  askByWords,
  handOverInvite,
  proveWords,
  type Spoken,
  takeInvite,
  wordsFit,
  wordsReplyKey,
} from './words/exchange.ts';
import { encodeWordsMessage } from './words/messages.ts';

beforeAll(loadCrypto);
afterAll(() => useRandomSource(undefined));

/** Long values stand by their hash. */
const short = (bytes: Uint8Array): string => `${bytes.length}:${hex(blake2b(32, [bytes]))}`;

/** A counter, hashed: as good as any fixed bytes. */
function fixedRandomness(): void {
  let counter = 0;
  useRandomSource((buffer) => {
    for (let at = 0; at < buffer.length; at += 64) {
      counter++;
      const block = blake2b(64, [utf8('aside frozen vectors'), Uint8Array.of(counter & 255, counter >>> 8)]);
      buffer.set(block.subarray(0, Math.min(64, buffer.length - at)), at);
    }
  });
}

function compute(): Record<string, string> {
  fixedRandomness();
  const alice = newIdentity();
  const bob = newIdentity();
  const reply = { id: mailboxIdOf(new Uint8Array(32).fill(1)), server: 'https://aside.example.org' };
  const created = createInvite({ me: alice, expires: 1_800_000_000, reply, guestPass: utf8('pass') });
  const invite = readInvite(created.text);
  const begun = initiate({ me: bob, invite, bundle: openBundle(invite, created.bundle) });
  const first = seal(begun.session, utf8('one'));
  const second = seal(first.session, utf8('two'));
  const met = respond({ me: alice, keys: created.keys, envelope: second.envelope });
  const late = open(met.session, first.envelope);
  const answer = seal(late.session, utf8('three'));
  const answered = open(second.session, answer.envelope);
  const next = seal(answered.session, new Uint8Array(5000));
  const live = sealLive(next.session, { attempt: 1_700_000_000_000, counter: 3 }, utf8('live'));
  expect(asText(met.plaintext) + asText(late.plaintext) + asText(answered.plaintext)).toBe('twoonethree');
  const heard = openLive(answer.session, newLiveWindow(), live);
  expect([heard.attempt, heard.counter, asText(heard.plaintext)]).toEqual([1_700_000_000_000, 3, 'live']);
  const key = tableKey(new Uint8Array(32).fill(2), 'messages');
  const row = sealRow(key, 'row', utf8('row'));
  expect(asText(openRow(key, 'row', row))).toBe('row');
  const wrap = wrapWithPassphrase(new Uint8Array(32).fill(4), 'Ｐａss phräse', { passes: 1, memory: 65_536 });
  expect(unwrapWithPassphrase(wrap, 'Pass phra\u0308se')).toEqual(new Uint8Array(32).fill(4));
  const number = safetyNumber(alice.identity, bob.identity);
  expect(hex(met.recovery)).toBe(hex(begun.recovery));
  const a = { me: alice, peer: bob.identity, recovery: met.recovery };
  const b = { me: bob, peer: alice.identity, recovery: begun.recovery };
  const recoveryKeys = newRecoveryKeys(2);
  const recoveryBundle = sealRecoveryBundle(a, recoveryKeys, utf8('note'));
  const renewed = seal(renew(b, openRecoveryBundle(b, recoveryBundle)), utf8('anew'));
  const anew = openRenewed(a, recoveryKeys, renewed.envelope);
  expect(asText(anew.plaintext)).toBe('anew');
  const backup = newBackup(wrap);
  const sealer = new BackupSealer(backup, new Uint8Array(32).fill(4));
  const backupChunks = concat(sealer.push(new Uint8Array(70_000).fill(5)), sealer.end());
  const spoken: Spoken = { words: [2047, 1234, 5], mailbox: mailboxIdOf(new Uint8Array(32).fill(6)) };
  const asked = askByWords(spoken, reply.id);
  const replied = answerByWords(spoken, asked.message);
  const proven = proveWords(asked.state, replied.message);
  expect(wordsFit(replied.state, proven.message)).toBe(true);
  const handed = handOverInvite(replied.state, created.text);
  expect(takeInvite(proven.state, handed)).toBe(created.text);
  return {
    aliceKeys: hex(encodeIdentityKeys(alice)),
    alice: hex(encodeIdentity(alice.identity)),
    aliceHash: hex(identityHash(alice.identity)),
    bob: hex(encodeIdentity(bob.identity)),
    mailboxId: hex(reply.id),
    inviteText: created.text,
    rendezvousKey: hex(created.rendezvousKey),
    bundle: short(created.bundle),
    inviteKeys: short(encodeInviteKeys(created.keys)),
    firstEnvelope: short(first.envelope),
    secondEnvelope: short(second.envelope),
    answer: short(answer.envelope),
    largerEnvelope: short(next.envelope),
    liveEnvelope: short(live),
    bobSession: short(encodeSession(next.session)),
    aliceSession: short(encodeSession(open(answer.session, next.envelope).session)),
    row: hex(row),
    passphraseWrap: hex(encodeWrappedMasterKey(wrap)),
    safetyDigits: number.digits,
    safetyEmoji: number.emoji.join(' '),
    safetyQr: hex(number.qr),
    aliceMoon: JSON.stringify(moon(alice.identity)),
    bobMoon: JSON.stringify(moon(bob.identity)),
    recoverySecret: hex(met.recovery),
    recoveryMailbox: hex(mailboxIdOf(recoveryMailboxKey(met.recovery, alice.identity))),
    recoveryKeys: short(encodeRecoveryKeys(recoveryKeys)),
    recoveryBundle: short(recoveryBundle),
    renewedEnvelope: short(renewed.envelope),
    backupHeader: hex(backup.bytes),
    backupChunks: short(backupChunks),
    renewedSession: short(encodeSession(anew.session)),
    wordsAsk: short(encodeWordsMessage(asked.message)),
    wordsAnswer: short(encodeWordsMessage(replied.message)),
    wordsProof: short(encodeWordsMessage(proven.message)),
    wordsInvite: short(encodeWordsMessage(handed)),
    wordsRefusal: short(encodeWordsMessage({ kind: 'refusal' })),
    wordsReplyKey: hex(wordsReplyKey(spoken.mailbox)),
    aliceFingerprint: identityFingerprint(alice.identity),
    aliceStatement: short(utf8(identityStatement(alice.identity, '2026-11-29'))),
  };
}

describe('frozen vectors', () => {
  it('are what this code computes', () => {
    expect({ source: frozen.source, ...compute() }).toEqual(frozen);
  });
});
