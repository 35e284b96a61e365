/** Formats that anybody can write, and rows of our own: what comes from a disk is checked like what comes from a stranger. */
import { concat } from '../src/codec.ts';
import {
  decodeIdentity,
  decodeIdentityKeys,
  encodeIdentity,
  encodeIdentityKeys,
  readIdentity,
} from '../src/identity.ts';
import { fromBase64Url, toBase64Url } from '../src/invite/base64url.ts';
import { decodeContent as decodeBundle, encodeContent as encodeBundle } from '../src/invite/bundle.ts';
import { decodeInviteKeys, encodeInviteKeys } from '../src/invite/keys.ts';
import { readInvite, writeInvite } from '../src/invite/text.ts';
import { labelledHash } from '../src/kdf.ts';
import { LABELS } from '../src/labels.ts';
import { pad, unpad } from '../src/padding.ts';
import {
  decodeContent as decodeRecoveryBundle,
  encodeContent as encodeRecoveryBundle,
} from '../src/recovery/bundle.ts';
import { decodeRecoveryKeys, encodeRecoveryKeys } from '../src/recovery/keys.ts';
import { decodeSession, encodeSession } from '../src/session/codec.ts';
import { open } from '../src/session/open.ts';
import { seal } from '../src/session/seal.ts';
import { decodeWrappedMasterKey, encodeWrappedMasterKey } from '../src/vault/wrapped.ts';
import { decodeWordsMessage, encodeWordsMessage, type WordsMessage } from '../src/words/messages.ts';
import { attempt, decoder, equal, Finding, latin1, type Refusals, type Target, utf8 } from './target.ts';
import type { World } from './world.ts';

const some = (length: number, first = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (first + at) & 255);

/** The text of an invite over any body, with the checksum that fits. */
function withChecksum(body: Uint8Array): string {
  const checksum = labelledHash(16, LABELS.inviteChecksum, body).subarray(0, 4);
  return toBase64Url(concat(body, checksum));
}

/** A row that decodes is one that a session can be: sealing and opening refuse, and never break. */
function usable(row: Uint8Array, envelope: Uint8Array, refusals: Refusals): Target['run'] {
  return (input) => {
    const decoded = attempt(() => decodeSession(input), refusals);
    if ('refused' in decoded) return decoded.refused;
    const session = decoded.value;
    if (!equal(encodeSession(session), input)) throw new Finding('the session encodes to other bytes');
    // Both cost more than decoding: only for rows that differ from the sound one in what they would reach.
    if (equal(input, row)) return 'the sound row';
    const opened = attempt(() => open(session, envelope), refusals);
    const sealed = attempt(() => seal(session, utf8('x')), refusals);
    if (!equal(encodeSession(session), input)) throw new Finding('a session was changed in place');
    return `opens: ${'refused' in opened ? opened.refused : 'yes'}; seals: ${'refused' in sealed ? sealed.refused : 'yes'}`;
  };
}

const words: readonly WordsMessage[] = [
  { kind: 'ask', share: some(32), reply: some(32, 9) },
  { kind: 'answer', share: some(32) },
  { kind: 'proof', tag: some(32) },
  { kind: 'invite', tag: some(32), sealed: some(97) },
  { kind: 'refusal' },
];

export function fixedTargets(world: World, refusals: Refusals): Record<string, Target> {
  const { pair, friends, bob, alice, recoveryKeys, fromA } = world;
  const { identity } = pair.alice;
  const inviteBody = fromBase64Url(pair.created.text)?.subarray(0, 53) ?? new Uint8Array(0);
  const rows = [friends.a, friends.b, bob, alice, pair.bobSession].map(encodeSession);
  const bundle = { identity, oneTime: pair.created.keys.oneTime };
  const reply = { id: some(32), server: 'https://aside.example.org' };
  return {
    'invite-text': decoder({
      maxBytes: 130,
      seeds: [utf8(pair.created.text), utf8('AQ'), utf8(withChecksum(some(53, 0)))],
      refusals,
      decode: (input) => readInvite(latin1(input)),
      encode: (invite) => utf8(writeInvite(invite)),
    }),
    'invite-body': decoder({
      maxBytes: 80,
      seeds: [inviteBody, inviteBody.with(0, 2), some(56)],
      refusals,
      decode: (input) => ({ input, invite: readInvite(withChecksum(input)) }),
      encode: ({ invite }) => fromBase64Url(writeInvite(invite))?.subarray(0, 53) ?? new Uint8Array(0),
    }),
    identity: decoder({
      maxBytes: 132,
      seeds: [encodeIdentity(identity), encodeIdentity(pair.bob.identity)],
      refusals,
      decode: decodeIdentity,
      encode: encodeIdentity,
    }),
    'identity-stored': decoder({
      maxBytes: 132,
      seeds: [encodeIdentity(identity)],
      refusals,
      decode: readIdentity,
      encode: encodeIdentity,
    }),
    'identity-keys': decoder({
      maxBytes: 70,
      seeds: [encodeIdentityKeys(pair.alice)],
      refusals,
      decode: decodeIdentityKeys,
      encode: encodeIdentityKeys,
    }),
    'invite-keys': decoder({
      maxBytes: 3700,
      seeds: [encodeInviteKeys(pair.created.keys)],
      refusals,
      decode: decodeInviteKeys,
      encode: encodeInviteKeys,
    }),
    'recovery-keys': decoder({
      maxBytes: 3700,
      seeds: [encodeRecoveryKeys(recoveryKeys)],
      refusals,
      decode: decodeRecoveryKeys,
      encode: encodeRecoveryKeys,
    }),
    'wrapped-key': decoder({
      maxBytes: 110,
      seeds: [
        encodeWrappedMasterKey({ version: 1, kind: 'device', nonce: some(12), wrapped: some(48) }),
        encodeWrappedMasterKey({
          version: 1,
          kind: 'passphrase',
          salt: some(16),
          passes: 3,
          memory: 65_536,
          nonce: some(24),
          wrapped: some(48),
        }),
      ],
      refusals,
      decode: decodeWrappedMasterKey,
      encode: encodeWrappedMasterKey,
    }),
    'words-message': decoder({
      maxBytes: 4200,
      seeds: words.map(encodeWordsMessage),
      refusals,
      decode: decodeWordsMessage,
      encode: encodeWordsMessage,
    }),
    padding: decoder({
      maxBytes: 64,
      seeds: [pad(some(5), 20), pad(some(0), 4), pad(some(12), 16)],
      refusals,
      decode: (input) => ({ text: unpad(input), length: input.length }),
      encode: ({ text, length }) => pad(text, length),
      // What stands behind the text is the peer's own and is not looked at (SPEC 2.4).
      same: (input, encoded) => {
        const length = new DataView(encoded.buffer).getUint32(0, true);
        return equal(input.subarray(0, 4 + length), encoded.subarray(0, 4 + length));
      },
    }),
    'bundle-content': decoder({
      maxBytes: 2000,
      seeds: [
        encodeBundle({ ...bundle, reply }),
        concat(
          encodeBundle({ ...bundle, reply: { ...reply, server: 'x' } }).subarray(0, -3),
          some(2, 0).fill(0),
        ),
        encodeBundle({ ...bundle, reply, guestPass: some(20) }),
      ],
      refusals,
      decode: decodeBundle,
      encode: encodeBundle,
    }),
    'recovery-content': decoder({
      maxBytes: 2400,
      seeds: [encodeRecoveryBundle({ generation: 2, oneTime: recoveryKeys.oneTime, note: utf8('note') })],
      refusals,
      decode: decodeRecoveryBundle,
      encode: encodeRecoveryBundle,
    }),
    'session-row': {
      maxBytes: 20_000,
      seeds: rows,
      run: usable(encodeSession(friends.b), fromA.envelope, refusals),
    },
  };
}
