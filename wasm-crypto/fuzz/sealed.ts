/**
 * What is opened with a key. `-sealed` targets take what a stranger can send: the bytes themselves. The others take what
 * the one with the key can send, a hostile contact or the maker of an invite: what the input says is sealed properly first.
 */
import { concat } from '../src/codec.ts';
import { respond } from '../src/establish.ts';
import { accept } from '../src/handshake.ts';
import { identityParts } from '../src/identity.ts';
import { openBundle } from '../src/invite/bundle.ts';
import { handshakeSecrets } from '../src/invite/secrets.ts';
import { LABELS } from '../src/labels.ts';
import { openLive, sealLive } from '../src/live/live.ts';
import { newLiveWindow } from '../src/live/window.ts';
import { openRecoveryBundle, sealRecoveryBundle } from '../src/recovery/bundle.ts';
import { openRenewed, renew } from '../src/recovery/renew.ts';
import { encodeSession } from '../src/session/codec.ts';
import { makeEnvelope } from '../src/session/envelope.ts';
import { open, openBare } from '../src/session/open.ts';
import { seal } from '../src/session/seal.ts';
import type { Session } from '../src/session/state.ts';
import { MIN_ENVELOPE, SEALED_HANDSHAKE_BYTES } from '../src/sizes.ts';
import { aeadOpen, aeadSeal, chainStep } from '../src/sodium.ts';
import { openRow, sealRow, tableKey } from '../src/vault/rows.ts';
import { answerByWords, askByWords, handOverInvite, proveWords, takeInvite } from '../src/words/exchange.ts';
import { attempt, equal, Finding, type Refusals, type Target, utf8 } from './target.ts';
import type { World } from './world.ts';

const NONCE = new Uint8Array(24).fill(5);
const sealWith = (key: Uint8Array, ad: Uint8Array, content: Uint8Array): Uint8Array =>
  concat(NONCE, aeadSeal(key, NONCE, ad, content));

/** Cuts a text out of an input whose first bytes choose something. */
const byte = (input: Uint8Array, at: number): number => input[at] ?? 0;

export function sealedTargets(world: World, refusals: Refusals): Record<string, Target> {
  const { pair, hello, bob, alice, recoveryKeys, friends } = world;
  const { alice: me, invite, created } = pair;
  const say = (call: () => unknown): string => {
    const outcome = attempt(call, refusals);
    return 'refused' in outcome ? outcome.refused : 'opened';
  };
  /** Opening leaves the session as it was, whatever came. */
  const opening = (session: Session, call: (envelope: Uint8Array) => unknown) => {
    const before = encodeSession(session);
    let calls = 0;
    return (envelope: Uint8Array): string => {
      const outcome = say(() => call(envelope));
      // Encoding costs more than opening noise: every refusal of some depth, and every 64th of the others.
      if ((outcome !== 'unknown-chain' || (++calls & 63) === 0) && !equal(encodeSession(session), before)) {
        throw new Finding('a session was changed in place');
      }
      return outcome;
    };
  };

  const secrets = handshakeSecrets(invite.secret);
  const partData = concat(LABELS.inviteHandshake, Uint8Array.of(1, 1), ...identityParts(me.identity));
  const firstPart = hello.envelope.subarray(49, 49 + SEALED_HANDSHAKE_BYTES);
  const partContent =
    aeadOpen(secrets.sealKey, firstPart.subarray(0, 24), partData, firstPart.subarray(24)) ??
    new Uint8Array(0);

  const fromAlice = seal(alice, utf8('six'));
  const { sending } = fromAlice.session.ratchet as Extract<Session['ratchet'], { turn: 'theirs' }>;
  const keys = [sending.chainKey];
  while (keys.length < 8) keys.push(chainStep(keys.at(-1) as Uint8Array).chainKey);
  /** Number, previous length, which chain key and whose preamble, then the body. */
  const fromContact = (input: Uint8Array): Uint8Array => {
    const step = byte(input, 0) & 7;
    const chain = {
      ...sending,
      chainKey: keys[step] as Uint8Array,
      next: byte(input, 1) === 0 ? sending.next + step : byte(input, 1) * 2 ** (byte(input, 2) & 24),
      previous: byte(input, 3),
      preamble:
        byte(input, 4) < 128 ? sending.preamble : sending.preamble.with(byte(input, 4), byte(input, 5)),
    };
    return makeEnvelope(chain, input.subarray(6)).envelope;
  };

  const peer = { me: pair.bob, peer: me.identity, recovery: pair.recovery };
  const own = { me, peer: pair.bob.identity, recovery: pair.recovery };
  const recoveryBundle = sealRecoveryBundle(peer, recoveryKeys, utf8('note'));
  const renewed = seal(renew(own, openRecoveryBundle(own, recoveryBundle)), utf8('again')).envelope;

  const live = (input: Uint8Array): Uint8Array => {
    const content = new Uint8Array(1024);
    content.set(input.subarray(0, 1024));
    const ad = concat(LABELS.live, Uint8Array.of(1), friends.a.associatedData);
    return concat(Uint8Array.of(1), sealWith(friends.a.live.send, ad, content));
  };
  const window = openLive(
    friends.b,
    newLiveWindow(),
    sealLive(friends.a, { attempt: 7, counter: 70 }, utf8('x')),
  ).window;

  const spoken = { words: [1, 2, 3] as const, mailbox: new Uint8Array(32).fill(4) };
  const asked = askByWords(spoken, new Uint8Array(32).fill(6));
  const answered = answerByWords(spoken, asked.message);
  const proven = proveWords(asked.state, answered.message);
  const handed = handOverInvite(answered.state, created.text);

  const openContact = opening(bob, (envelope) => openBare(bob, envelope));
  const rowKey = tableKey(new Uint8Array(32).fill(8), 'messages');
  return {
    'bundle-sealed': {
      maxBytes: MIN_ENVELOPE,
      seeds: [created.bundle],
      run: (input) => say(() => openBundle(invite, input)),
    },
    'handshake-content': {
      maxBytes: 1300,
      seeds: [partContent, partContent.slice().fill(0, 129, 161)],
      run: (input) => {
        const content = new Uint8Array(partContent.length);
        content.set(input.subarray(0, content.length));
        const part = sealWith(secrets.sealKey, partData, content);
        return say(() => accept({ me, keys: created.keys, secrets, part }));
      },
    },
    'first-envelope-sealed': {
      maxBytes: MIN_ENVELOPE,
      seeds: [hello.envelope],
      run: (input) => say(() => respond({ me, keys: created.keys, envelope: input })),
    },
    'envelope-sealed': {
      maxBytes: MIN_ENVELOPE,
      seeds: [fromAlice.envelope, hello.envelope],
      run: opening(bob, (envelope) => open(bob, envelope)),
    },
    'envelope-from-contact': {
      maxBytes: 64,
      seeds: [new Uint8Array(12), Uint8Array.of(3, 0, 0, 1, 0, 0, 1), Uint8Array.of(0, 1, 8, 0, 130, 7)],
      run: (input) => openContact(fromContact(input)),
    },
    'live-sealed': {
      maxBytes: 1065,
      seeds: [sealLive(friends.a, { attempt: 7, counter: 71 }, utf8('hi'))],
      run: (input) => say(() => openLive(friends.b, window, input)),
    },
    'live-from-contact': {
      maxBytes: 64,
      seeds: [
        Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0, 71, 0, 0, 0, 0, 0, 0, 0, 3),
        new Uint8Array(24).fill(255),
      ],
      run: (input) => say(() => openLive(friends.b, window, live(input))),
    },
    'recovery-sealed': {
      maxBytes: MIN_ENVELOPE,
      seeds: [recoveryBundle],
      run: (input) => say(() => openRecoveryBundle(own, input)),
    },
    'renewed-sealed': {
      maxBytes: MIN_ENVELOPE,
      seeds: [renewed],
      run: (input) => say(() => openRenewed(peer, recoveryKeys, input)),
    },
    'row-sealed': {
      maxBytes: 256,
      seeds: [sealRow(rowKey, 'a', utf8('row'))],
      run: (input) => say(() => openRow(rowKey, 'a', input)),
    },
    'words-share': {
      maxBytes: 32,
      seeds: [asked.message.share, new Uint8Array(32)],
      run: (input) => {
        const share = new Uint8Array(32);
        share.set(input.subarray(0, 32));
        return say(() => answerByWords(spoken, { ...asked.message, share }));
      },
    },
    'words-invite': {
      maxBytes: 129,
      seeds: [concat(handed.tag, handed.sealed)],
      run: (input) => {
        const bytes = new Uint8Array(129);
        bytes.set(input.subarray(0, 129));
        const message = { kind: 'invite' as const, tag: bytes.slice(0, 32), sealed: bytes.slice(32) };
        return say(() => takeInvite(proven.state, message));
      },
    },
  };
}
