import { beforeAll, describe, expect, it } from 'vitest';
import { loadCrypto } from '../../testing/load.ts';
import { respond } from '../establish.ts';
import { X25519_BYTES } from '../sodium.ts';
import { acquainted, asText, codeOf, invited, utf8 } from '../test-people.ts';
import { makeBlock, sealPreamble } from './block.ts';
import { open } from './open.ts';
import { rootStep } from './root.ts';
import { chainData, seal } from './seal.ts';
import type { Session } from './state.ts';

beforeAll(loadCrypto);

/** What a hostile contact seals, who begins a chain with any block: the secrets are agreed on all the same. */
function sealOver(session: Session, change: (block: Uint8Array) => void): Uint8Array {
  const { ratchet, associatedData } = session;
  if (ratchet.turn !== 'mine') throw new Error('no chain is begun');
  const { ours, block, agreement, shared } = makeBlock(ratchet.theirs);
  change(block);
  const step = rootStep({ root: ratchet.root, step: ratchet.step, block, agreement, shared });
  const headerKey = ratchet.nextHeaderKey;
  const preamble = sealPreamble(headerKey, associatedData, ratchet.handshake, block);
  const sending = {
    headerKey,
    chainKey: step.chainKey,
    next: 0,
    previous: ratchet.previous,
    preamble,
    associatedData: chainData(associatedData, preamble),
  };
  const { root, nextHeaderKey } = step;
  const speaking = {
    ...session,
    ratchet: { turn: 'theirs', step: ratchet.step + 1, root, nextHeaderKey, ours, sending },
  } as const;
  return seal(speaking, utf8('answer this')).envelope;
}

/** Puts a number of twelve bits into the block's ML-KEM key (FIPS 203, 4.2.1), in the place of one coefficient. */
const withCoefficient = (index: number, value: number) => (block: Uint8Array) => {
  const at = X25519_BYTES + Math.floor(index / 2) * 3;
  const [first = 0, second = 0] = block.subarray(at, at + 3);
  if (index % 2 === 0) block.set([value & 255, (second & 0xf0) | (value >>> 8)], at);
  else block.set([first, (second & 0x0f) | ((value & 15) << 4), value >>> 4], at);
};

describe('a key block', () => {
  it('with a key that nothing can be encapsulated to is refused when it comes, not when it is answered', () => {
    const { a, b } = acquainted();
    const { alice, created, bobSession } = invited();
    for (const index of [0, 1, 400, 766, 767]) {
      const bad = withCoefficient(index, 3329);
      expect(codeOf(() => open(a, sealOver(b, bad)))).toBe('forged');
      const envelope = sealOver(bobSession, bad);
      expect(codeOf(() => respond({ me: alice, keys: created.keys, envelope }))).toBe('forged');
    }
  });

  it('with the largest coefficient that there is can be answered', () => {
    const { a, b } = acquainted();
    for (const index of [0, 1, 767]) {
      const opened = open(a, sealOver(b, withCoefficient(index, 3328)));
      expect(asText(opened.plaintext)).toBe('answer this');
      expect(codeOf(() => seal(opened.session, utf8('answer')))).toBe('nothing thrown');
    }
  });
});
