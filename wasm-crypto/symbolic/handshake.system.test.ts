/** What follows from the model of the handshake, and what stops following when a part of it is left out (SPEC 13.16). */
import { describe, expect, it } from 'vitest';
import { prove as proved } from '../testing/prover.ts';
import { type Case, clauses, type Part, type Secret } from './handshake.ts';
import type { Primitive } from './terms.ts';

const prove = (one: Case) => proved(clauses(one));

const IDENTITIES: readonly Secret[] = [
  'accepter X25519',
  'accepter Ed25519',
  'inviter X25519',
  'inviter Ed25519',
];
const EVERYTHING: readonly Secret[] = [...IDENTITIES, 'link'];
const QUANTUM: readonly Primitive[] = ['X25519', 'Ed25519'];
const WORDS = ['the word of the accepter', 'the word of the inviter'] as const;

const lacking = (part: Part, one: Case): Case => ({ ...one, without: [...(one.without ?? []), part] });

describe('a handshake in the hands of whoever has the network', () => {
  describe.each(WORDS)('keeps %s secret', (goal) => {
    it('from somebody who has the link too (13.3)', () => {
      expect(prove({ goal, has: ['link'] })).toBe('safe');
    });

    it('from somebody who has the link, and later takes everything that lasts (13.4)', () => {
      expect(prove({ goal, has: ['link'], takesLater: EVERYTHING })).toBe('safe');
    });

    it('from a quantum computer that comes later and has everything that lasts (13.3)', () => {
      const one: Case = { goal, has: ['link'], takesLater: EVERYTHING, breaksLater: QUANTUM };
      expect(prove(one)).toBe('safe');
      expect(prove(lacking('shared secret of the KEM', one))).toBe('attack');
    });

    it('where ML-KEM was never worth anything (13.3)', () => {
      const one: Case = { goal, has: ['link'], takesLater: EVERYTHING, breaks: ['ML-KEM'] };
      expect(prove(one)).toBe('safe');
    });

    it('where all of it falls later, from somebody who lacks the link alone (5.6)', () => {
      const one: Case = {
        goal,
        without: ['sealing under the link'],
        takesLater: IDENTITIES,
        breaksLater: [...QUANTUM, 'ML-KEM'],
      };
      expect(prove(one)).toBe('safe');
      expect(prove(lacking('pre-shared key', one))).toBe('attack');
      expect(prove({ ...one, takesLater: EVERYTHING })).toBe('attack');
    });
  });

  it('needs the signature of the bundle for what is taken later (13.4)', () => {
    const one: Case = { goal: 'the word of the accepter', has: ['link'], takesLater: EVERYTHING };
    expect(prove(lacking('bundle signature', one))).toBe('attack');
  });

  it('needs the rendezvous in that signature, or a bundle fits a link that the attacker made (4.3)', () => {
    const one: Case = {
      goal: 'the word of the accepter',
      without: ['sealing under the link'],
      takesLater: IDENTITIES,
      breaksLater: [...QUANTUM, 'ML-KEM'],
    };
    expect(prove(lacking('rendezvous in the signature', one))).toBe('attack');
  });

  it('needs the accepter’s ephemeral key, not only the inviter’s identity, where the KEM is worth nothing (13.4)', () => {
    const one: Case = {
      goal: 'the word of the accepter',
      has: ['link'],
      takesLater: EVERYTHING,
      breaks: ['ML-KEM'],
    };
    expect(prove(lacking('DH3', one))).toBe('attack');
  });

  it('lets nobody begin a session in another’s name, not even with the inviter’s keys (13.6)', () => {
    const one: Case = {
      goal: 'a session in the name of the accepter',
      has: ['link', 'inviter X25519', 'inviter Ed25519'],
    };
    expect(prove(one)).toBe('safe');
    expect(prove(lacking('DH1', one))).toBe('attack');
    expect(prove({ ...one, has: ['link', 'accepter X25519'] })).toBe('attack');
  });

  it('lets nobody pose as the inviter, not even with the accepter’s keys (13.6)', () => {
    const goal = 'the word of the accepter';
    expect(prove({ goal, has: ['link', 'accepter X25519', 'accepter Ed25519'] })).toBe('safe');
    expect(prove({ goal, has: ['link', 'inviter X25519', 'inviter Ed25519'] })).toBe('attack');
  });

  it('falls to a quantum computer that is there from the beginning: authentication is classical (13.6)', () => {
    expect(prove({ goal: 'the word of the accepter', has: ['link'], breaks: QUANTUM })).toBe('attack');
    expect(prove({ goal: 'a session in the name of the accepter', has: ['link'], breaks: QUANTUM })).toBe(
      'attack',
    );
  });

  it('leaves the two with one view of who they are (13.8)', () => {
    const one: Case = { goal: 'two views of one session', has: ['link'] };
    expect(prove(one)).toBe('safe');
    expect(prove(lacking('transcript', one))).toBe('attack');
  });
});
