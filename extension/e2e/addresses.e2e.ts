import { describe, expect, it } from 'vitest';
import { findProgram } from '../launch/programs.mjs';
import { ADDRESSES, BETWEEN, holdConversation } from './namespaces.mjs';

const { alice, bob } = ADDRESSES;

describe('an address', () => {
  it('is told to nobody and reached by no packet until its owner has accepted them', {
    timeout: 120_000,
  }, async () => {
    // Not skipped elsewhere: a proof that was not made is none.
    expect(process.getuid?.(), 'this test makes networks of its own, which takes root on Linux').toBe(0);
    expect(findProgram('tcpdump'), 'tcpdump is not installed').toBeDefined();
    const { untilAccepted, nobody, accepted } = await holdConversation();
    for (const { told, pairs } of [untilAccepted, nobody]) {
      for (const lines of [told.alice, told.bob]) {
        const candidates = lines.filter((line) => line.includes('candidate:'));
        expect(candidates.length).toBeGreaterThan(0);
        for (const line of candidates) expect(line).toMatch(/ typ relay /);
      }
      expect(told.alice.join('\n')).not.toContain(bob);
      expect(told.bob.join('\n')).not.toContain(alice);
      // There was something to see: both spoke with the relay.
      expect(pairs).toEqual(
        expect.arrayContaining([alice, bob].map((one) => `${one} > ${ADDRESSES.middle}`)),
      );
      expect(pairs.filter((pair) => BETWEEN.includes(pair))).toEqual([]);
    }
    // Once they have accepted each other, the same eyes see both.
    expect(accepted.told.alice.join('\n')).toContain(bob);
    expect(accepted.told.bob.join('\n')).toContain(alice);
    expect(accepted.pairs).toEqual(expect.arrayContaining(BETWEEN));
  });
});
