/** What follows from the model of a session made anew, and what stops following without a part of it (SPEC 13.16). */
import { describe, expect, it } from 'vitest';
import { prove as proved } from '../testing/prover.ts';
import { type Case, clauses, type Part, type Secret } from './recovery.ts';
import type { Primitive } from './terms.ts';

const prove = (one: Case) => proved(clauses(one));

const IDENTITIES: readonly Secret[] = ['reader X25519', 'reader Ed25519', 'maker X25519', 'maker Ed25519'];
const QUANTUM: readonly Primitive[] = ['X25519', 'Ed25519'];
const WORDS = ['the word of the reader', 'the word of the maker'] as const;

const lacking = (part: Part, one: Case): Case => ({ ...one, without: [...(one.without ?? []), part] });

describe('a session made anew in the hands of whoever has the network and the recovery secret', () => {
  describe.each(WORDS)('keeps %s secret', (goal) => {
    const one: Case = { goal, has: ['recovery secret'], takesLater: IDENTITIES };

    it('from who later takes everything that lasts (12.5)', () => {
      expect(prove(one)).toBe('safe');
    });

    it('from a quantum computer that comes later, and where ML-KEM was never worth anything', () => {
      const quantum: Case = { ...one, breaksLater: QUANTUM };
      expect(prove(quantum)).toBe('safe');
      expect(prove(lacking('shared secret of the KEM', quantum))).toBe('attack');
      expect(prove({ ...one, breaks: ['ML-KEM'] })).toBe('safe');
    });

    it('where all of it falls later, from who lacks that secret alone', () => {
      const fallen: Case = {
        goal,
        without: ['sealing under the secret'],
        takesLater: IDENTITIES,
        breaksLater: [...QUANTUM, 'ML-KEM'],
      };
      expect(prove(fallen)).toBe('safe');
      expect(prove(lacking('pre-shared key', fallen))).toBe('attack');
      expect(prove({ ...fallen, takesLater: [...IDENTITIES, 'recovery secret'] })).toBe('attack');
    });
  });

  it('needs the signature of the bundle: who has the secret reads bundles and makes none (12.5)', () => {
    const one: Case = {
      goal: 'the word of the reader',
      has: ['recovery secret'],
      takesLater: IDENTITIES,
    };
    expect(prove(lacking('bundle signature', one))).toBe('attack');
    expect(prove({ ...one, has: ['recovery secret', 'maker Ed25519'] })).toBe('attack');
  });

  it('goes back to no generation that is over, whose keys somebody took with a copy (12.8)', () => {
    const one: Case = {
      goal: 'the word of the reader',
      has: ['recovery secret', 'old keys'],
      takesLater: IDENTITIES,
    };
    expect(prove(one)).toBe('safe');
    expect(prove(lacking('look at the generation', one))).toBe('attack');
    // An old bundle would pass for one of today.
    expect(prove(lacking('generation in the signature', one))).toBe('attack');
  });

  it('is begun by nobody in another’s name, not even with the maker’s keys (12.5)', () => {
    const one: Case = {
      goal: 'a session in the name of the reader',
      has: ['recovery secret', 'maker X25519', 'maker Ed25519'],
    };
    expect(prove(one)).toBe('safe');
    expect(prove(lacking('DH1', one))).toBe('attack');
    expect(prove(lacking('look at who answers', one))).toBe('attack');
    expect(prove({ ...one, has: ['recovery secret', 'reader X25519'] })).toBe('attack');
  });

  it('answers nothing that was made for somebody else (12.3)', () => {
    const one: Case = { goal: 'an answer to what was another’s', has: ['recovery secret'] };
    expect(prove(one)).toBe('safe');
    expect(prove(lacking('reader in the signature', one))).toBe('attack');
  });
});
