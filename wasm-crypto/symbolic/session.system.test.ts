/** What follows from the model of the session's steps, and what stops following without a part of them (SPEC 13.16). */
import { describe, expect, it } from 'vitest';
import { prove as proved } from '../testing/prover.ts';
import { type Case, clauses, type Part } from './session.ts';
import type { Primitive } from './terms.ts';

const prove = (one: Case) => proved(clauses(one));
const lacking = (part: Part, one: Case): Case => ({ ...one, without: [...(one.without ?? []), part] });

describe('who listens, and takes what both have when it is over', () => {
  it.each([
    [1, 2],
    [2, 2],
    [1, 3],
  ])(
    'reads not the message of chain %i, which came, from what both have after chain %i (13.4)',
    (goal, at) => {
      expect(prove({ goal: `word ${goal}`, takesLater: [`begun ${at}`, `taken ${at}`] })).toBe('safe');
    },
  );

  it('reads none where it was a quantum computer too, but would, were a chain’s key that of its message', () => {
    const one: Case = {
      goal: 'word 3',
      takesLater: ['begun 3', 'taken 3'],
      breaksLater: ['X25519', 'ML-KEM'],
    };
    expect(prove(one)).toBe('safe');
    expect(prove(lacking('step of the chain', one))).toBe('attack');
  });
});

describe('who has taken a session’s state and then only listens', () => {
  const HALVES: readonly (readonly [broken: Primitive, other: Part])[] = [
    ['X25519', 'ML-KEM of the step'],
    ['ML-KEM', 'X25519 of the step'],
  ];

  it('has lost it after one message each way that was begun afterwards (13.5)', () => {
    expect(prove({ goal: 'word 2', has: ['begun 1'] })).toBe('attack');
    expect(prove({ goal: 'word 3', has: ['begun 1'] })).toBe('safe');
    expect(prove({ goal: 'word 2', has: ['taken 1'] })).toBe('safe');
  });

  it.each(HALVES)('has lost it where %s was never worth anything, by the other half', (broken, other) => {
    const one: Case = { goal: 'word 3', has: ['begun 1'], breaks: [broken] };
    expect(prove(one)).toBe('safe');
    expect(prove(lacking(other, one))).toBe('attack');
  });

  it('has it for one more chain by a pair that was made ahead, where ML-KEM is worth nothing', () => {
    const one: Case = { goal: 'word 3', has: ['begun 1', 'ahead 3'] };
    expect(prove(one)).toBe('safe');
    const broken: Case = { ...one, breaks: ['ML-KEM'] };
    expect(prove(broken)).toBe('attack');
    expect(prove({ ...broken, goal: 'word 4' })).toBe('attack');
    expect(prove({ ...broken, goal: 'word 5' })).toBe('safe');
  });

  it('keeps it by taking part: that is not claimed', () => {
    expect(prove({ goal: 'word 3', has: ['begun 1'], takesPart: true })).toBe('attack');
  });
});
