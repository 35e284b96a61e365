/** What follows from the model of an invite by three words, and what stops following without a part of it (SPEC 13.16). */
import { describe, expect, it } from 'vitest';
import { prove as proved } from '../testing/prover.ts';
import { type Case, clauses, type Goal, type Part } from './words.ts';

const prove = (one: Case) => proved(clauses(one));
const lacking = (part: Part, one: Case): Case => ({ ...one, without: [part] });

describe('three words in the hands of whoever has the network', () => {
  it.each<Goal>(['the invite', 'something to try words on'])(
    'give nobody %s who has the words only when it is over (11.6)',
    (goal) => {
      const one: Case = { goal, words: 'later' };
      expect(prove(one)).toBe('safe');
      // A right guess in time, and a quantum computer: neither is claimed.
      expect(prove({ goal, words: 'now' })).toBe('attack');
      expect(prove({ ...one, breaksLater: ['ristretto255'] })).toBe('attack');
    },
  );

  it('could be tried on what was recorded, were they in the key and not in the generator (11.1)', () => {
    const one: Case = { goal: 'something to try words on', words: 'later' };
    expect(prove(lacking('words in the generator', one))).toBe('attack');
  });

  it('are proven by nobody who lacks them, not by what the accepter said either (11.2)', () => {
    const one: Case = { goal: 'a proof of nobody’s', words: 'later' };
    expect(prove(one)).toBe('safe');
    expect(prove(lacking('a label for each proof', one))).toBe('attack');
  });

  it('lead to the inviter’s invite and to no other (11.4)', () => {
    const one: Case = { goal: 'an invite in the place of the invite', words: 'later' };
    expect(prove(one)).toBe('safe');
    expect(prove(lacking('sealing of the invite', one))).toBe('attack');
  });

  it('are answered where the accepter reads, or the two have no key (11.1)', () => {
    const one: Case = { goal: 'an answer led elsewhere' };
    expect(prove(one)).toBe('safe');
    expect(prove(lacking('reply mailbox in the key', one))).toBe('attack');
  });
});
