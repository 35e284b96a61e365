import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { respond } from '../establish.ts';
import { newIdentity } from '../identity.ts';
import { createInvite } from '../invite/create.ts';
import { acquainted, asText, codeOf, invited, utf8 } from '../test-people.ts';
import { open } from './open.ts';
import { seal } from './seal.ts';
import type { OurKeys, Session } from './state.ts';

beforeAll(loadCrypto);

/** What somebody has who broke one half of the hybrid: the other half's secret is not theirs to know. */
function withKeys(session: Session, change: (ours: OurKeys) => OurKeys): Session {
  const { ratchet } = session;
  if (ratchet.turn !== 'theirs') throw new Error('no chain is awaited');
  return { ...session, ratchet: { ...ratchet, ours: change(ratchet.ours) } };
}

/** One-time keys of an invite that has nothing to do with the one at hand. */
const otherKeys = () =>
  createInvite({
    me: newIdentity(),
    expires: 2_000_000_000,
    reply: { id: new Uint8Array(32), server: 'https://aside.example.org' },
  }).keys;

describe('who breaks one half of the hybrid', () => {
  it('opens no chain: neither X25519 nor ML-KEM alone is enough', () => {
    const { a, b } = acquainted();
    const { envelope } = seal(b, utf8('both halves'));
    const { agreeSecret, kemSecret } = otherKeys();
    expect(asText(open(a, envelope).plaintext)).toBe('both halves');
    // A quantum computer has found every X25519 secret, and no ML-KEM secret.
    expect(
      codeOf(() =>
        open(
          withKeys(a, (ours) => ({ ...ours, kemSecret })),
          envelope,
        ),
      ),
    ).toBe('forged');
    // A flaw in ML-KEM gave its secrets away, and X25519 stands.
    expect(
      codeOf(() =>
        open(
          withKeys(a, (ours) => ({ ...ours, agreeSecret })),
          envelope,
        ),
      ),
    ).toBe('forged');
  });

  it('answers no handshake, nor does who lacks the link’s secret', () => {
    const { alice, created, bobSession } = invited();
    const { envelope } = seal(bobSession, utf8('hello'));
    const { agreeSecret, kemSecret, secret } = otherKeys();
    const answer = (keys: typeof created.keys) => () => respond({ me: alice, keys, envelope });
    expect(asText(answer(created.keys)().plaintext)).toBe('hello');
    for (const change of [{ kemSecret }, { agreeSecret }, { secret }])
      expect(codeOf(answer({ ...created.keys, ...change }))).toBe('forged');
  });
});
