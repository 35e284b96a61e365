/** What three people do who keep their profiles or lose them for good, and what befalls them; nobody goes back to a copy. */
import type { Refusal } from '@aside/signal/protocol';
import fc from 'fast-check';
import type { Fate } from '../model/post.ts';

/** Milliseconds. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Who = 'alice' | 'bob' | 'carol';

/** Of several conversations with the same person, whose older ones are with a key that is gone, the `which`th. */
interface Between {
  readonly by: Who;
  readonly to: Who;
  readonly which: number;
}

export type Act =
  | (Between & { readonly kind: 'say'; readonly count: number })
  /** Begins to write something, and sends it or not. */
  | (Between & { readonly kind: 'draft'; readonly send: boolean })
  /** Has everything on the screen that there is. */
  | (Between & { readonly kind: 'read' })
  | (Between & { readonly kind: 'look'; readonly at: boolean })
  /** Calls somebody by a name of one's own. */
  | (Between & { readonly kind: 'alias' })
  /** Attaches a signed statement, or takes it back. */
  | (Between & { readonly kind: 'proof'; readonly attached: boolean })
  | (Between & { readonly kind: 'remove' })
  /** Decides about a changed key; where there is none, compares or takes the comparison back. */
  | (Between & { readonly kind: 'decide'; readonly how: 'compare' | 'go-on' | 'refuse' })
  /** Tries again, or gives up, what was for a key that is gone. */
  | (Between & { readonly kind: 'failed'; readonly retry: boolean })
  /** Says yes to the server that the other has moved to. */
  | (Between & { readonly kind: 'agree' })
  /** An invite is made and accepted; it is for the one whom the maker (`again`) or the accepter (`from`) knows. */
  | (Between & {
      readonly kind: 'meet';
      readonly how: 'link' | 'words';
      readonly again: boolean;
      readonly from: boolean;
    })
  /** Makes an invite, for a contact or for anybody. */
  | (Between & { readonly kind: 'link'; readonly again: boolean })
  | { readonly kind: 'accept'; readonly by: Who; readonly link: number; readonly from: boolean }
  | { readonly kind: 'withdraw'; readonly link: number }
  /** Takes another name. */
  | { readonly kind: 'name'; readonly by: Who }
  /** Moves to the other of two servers, or back. */
  | { readonly kind: 'move'; readonly by: Who }
  /** Erases everything and begins as somebody new, whom nobody knows. */
  | { readonly kind: 'wipe'; readonly by: Who }
  /** Closes the browser, for as long as it takes until they come back. */
  | { readonly kind: 'leave'; readonly by: Who }
  | { readonly kind: 'come'; readonly by: Who }
  | { readonly kind: 'restart'; readonly by: Who }
  | { readonly kind: 'lock'; readonly by: Who }
  /** What happens to the envelopes that come next; honest behind the last. */
  | { readonly kind: 'fate'; readonly of: readonly Fate[] }
  /** Servers put off the next envelopes. */
  | { readonly kind: 'refuse'; readonly reason: Refusal; readonly times: number }
  | { readonly kind: 'wire'; readonly up: boolean }
  /** Every socket ends. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'skip'; readonly time: number }
  /** The clock is put forward or back; no time goes by. */
  | { readonly kind: 'clock'; readonly by: number }
  | { readonly kind: 'flow' };

const who = fc.constantFrom<Who>('alice', 'bob', 'carol');
const other: Readonly<Record<Who, readonly [Who, Who]>> = {
  alice: ['bob', 'carol'],
  bob: ['alice', 'carol'],
  carol: ['alice', 'bob'],
};
const between = fc
  .record({ by: who, side: fc.nat(1), which: fc.nat(2) })
  .map(({ by, side, which }): Between => ({ by, to: other[by][side as 0 | 1], which }));

/** An act between two, with what is its own. */
function of<K extends Act['kind'], M extends object>(
  kind: K,
  more: { [P in keyof M]: fc.Arbitrary<M[P]> },
): fc.Arbitrary<Between & { readonly kind: K } & M> {
  return fc
    .tuple(between, fc.record(more) as fc.Arbitrary<M>)
    .map(([pair, own]) => ({ kind, ...pair, ...own }));
}

/** An act of one person. */
const ofOne = <K extends Act['kind']>(kind: K) =>
  who.map((by): { readonly kind: K; readonly by: Who } => ({ kind, by }));

const yes = fc.boolean();
const rarely = <A extends Act>(arbitrary: fc.Arbitrary<A>): fc.WeightedArbitrary<Act> => ({
  weight: 2,
  arbitrary,
});
const often = <A extends Act>(weight: number, arbitrary: fc.Arbitrary<A>): fc.WeightedArbitrary<Act> => ({
  weight,
  arbitrary,
});
const fates = fc.constantFrom<Fate>('honest', 'drop', 'twice', 'hold', 'release');

/** What people do to one another and to themselves. */
const deeds: readonly fc.WeightedArbitrary<Act>[] = [
  often(14, of('say', { count: fc.integer({ min: 1, max: 3 }) })),
  often(4, of('read', {})),
  rarely(of('draft', { send: yes })),
  rarely(of('look', { at: yes })),
  rarely(of('alias', {})),
  rarely(of('proof', { attached: yes })),
  often(4, of('remove', {})),
  often(6, of('decide', { how: fc.constantFrom('compare', 'go-on', 'refuse') })),
  rarely(of('failed', { retry: yes })),
  rarely(of('agree', {})),
  often(8, of('meet', { how: fc.constantFrom('link', 'words'), again: yes, from: yes })),
  often(3, of('link', { again: yes })),
  often(3, fc.record({ kind: fc.constant('accept' as const), by: who, link: fc.nat(9), from: yes })),
  rarely(fc.record({ kind: fc.constant('withdraw' as const), link: fc.nat(9) })),
  rarely(ofOne('name')),
  rarely(ofOne('move')),
  rarely(ofOne('wipe')),
  often(3, ofOne('leave')),
  often(3, ofOne('come')),
  rarely(ofOne('restart')),
  rarely(ofOne('lock')),
];

/** What befalls them. */
const events: readonly fc.WeightedArbitrary<Act>[] = [
  often(
    5,
    fc.record({
      kind: fc.constant('skip' as const),
      time: fc.constantFrom(3000, 11 * MINUTE, HOUR, DAY + HOUR, 9 * DAY, 61 * DAY),
    }),
  ),
  rarely(
    fc.record({
      kind: fc.constant('clock' as const),
      by: fc.constantFrom(-3 * HOUR, -20 * MINUTE, 5 * HOUR, 3 * DAY),
    }),
  ),
  rarely(fc.record({ kind: fc.constant('wire' as const), up: yes })),
  rarely(fc.constant({ kind: 'cut' as const })),
  often(12, fc.constant({ kind: 'flow' as const })),
];

/** What servers do to the post. */
const faults: readonly fc.WeightedArbitrary<Act>[] = [
  often(8, fc.record({ kind: fc.constant('fate' as const), of: fc.array(fates, { maxLength: 6 }) })),
  rarely(
    fc.record({
      kind: fc.constant('refuse' as const),
      reason: fc.constantFrom<Refusal>('server-busy', 'rate'),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  ),
];

const lengths = { minLength: 6, maxLength: 24 };

/** Over servers that do as they should. */
export const actsOfThree = fc.array(fc.oneof(...deeds, ...events), lengths);
/** Over servers that lose, repeat, hold back and reorder. */
export const actsOfThreeInTrouble = fc.array(fc.oneof(...deeds, ...events, ...faults), lengths);
