/** What three people do who keep their profiles or lose them for good, and what befalls them; one kind of them also goes back to copies. */
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
  /** In one moment. */
  | { readonly kind: 'together'; readonly acts: readonly [Act, Act] }
  | (Between & { readonly kind: 'say'; readonly count: number })
  /** Begins to write something, and sends it or not. */
  | (Between & { readonly kind: 'draft'; readonly send: boolean })
  /** Has everything on the screen that there is, or only what came first. */
  | (Between & { readonly kind: 'read'; readonly all: boolean })
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
  /** Keeps a copy of the profile, and puts one of them back. */
  | { readonly kind: 'copy'; readonly by: Who }
  | { readonly kind: 'back'; readonly by: Who; readonly copy: number }
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

/** Two do most of it: what matters is what one thing does to another between the same people. */
const who = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<Who>('alice', 'bob') },
  { weight: 1, arbitrary: fc.constant<Who>('carol') },
);
const pair = fc.oneof<fc.WeightedArbitrary<readonly [Who, Who]>[]>(
  { weight: 3, arbitrary: fc.constantFrom<readonly [Who, Who]>(['alice', 'bob'], ['bob', 'alice']) },
  { weight: 1, arbitrary: fc.constantFrom<readonly [Who, Who]>(['alice', 'carol'], ['carol', 'alice']) },
  { weight: 1, arbitrary: fc.constantFrom<readonly [Who, Who]>(['bob', 'carol'], ['carol', 'bob']) },
);
const between = fc
  .record({
    pair,
    which: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2) }),
  })
  .map(({ pair: [by, to], which }): Between => ({ by, to, which }));

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
  often(8, of('say', { count: fc.integer({ min: 1, max: 3 }) })),
  often(4, of('read', { all: yes })),
  rarely(of('draft', { send: yes })),
  rarely(of('look', { at: yes })),
  rarely(of('alias', {})),
  rarely(of('proof', { attached: yes })),
  often(4, of('remove', {})),
  often(6, of('decide', { how: fc.constantFrom('compare', 'go-on', 'refuse') })),
  rarely(of('failed', { retry: yes })),
  rarely(of('agree', {})),
  often(5, of('meet', { how: fc.constantFrom('link', 'words'), again: yes, from: yes })),
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

/** What two people may do at once. */
const moments = fc.oneof<fc.WeightedArbitrary<Act>[]>(
  often(4, of('say', { count: fc.integer({ min: 1, max: 3 }) })),
  rarely(of('draft', { send: yes })),
  rarely(of('alias', {})),
  rarely(of('proof', { attached: yes })),
  rarely(of('remove', {})),
  rarely(of('decide', { how: fc.constantFrom('compare', 'go-on', 'refuse') })),
  rarely(of('failed', { retry: yes })),
  rarely(of('agree', {})),
  rarely(ofOne('name')),
  rarely(ofOne('move')),
  rarely(ofOne('leave')),
  rarely(ofOne('restart')),
  rarely(ofOne('lock')),
);
const together = fc
  .tuple(moments, moments)
  .filter(([one, another]) => 'by' in one && 'by' in another && one.by !== another.by)
  .map((acts): Act => ({ kind: 'together', acts }));

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
  often(6, fc.constant({ kind: 'flow' as const })),
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

/** What every world has. */
const ALWAYS: readonly Act['kind'][] = ['say', 'meet', 'flow'];
const KINDS: readonly Act['kind'][] = [
  ...(['draft', 'read', 'look', 'alias', 'proof', 'remove', 'decide', 'failed', 'agree', 'link'] as const),
  ...([
    'accept',
    'withdraw',
    'name',
    'move',
    'wipe',
    'leave',
    'come',
    'restart',
    'lock',
    'together',
  ] as const),
  ...(['fate', 'refuse', 'wire', 'cut', 'skip', 'clock', 'copy', 'back'] as const),
];
const ACTS_MAX = 30;

/** Of many kinds each world has a few, so that they come close to one another: all of them in one would hardly touch. */
function few(...all: readonly fc.WeightedArbitrary<Act>[]): fc.Arbitrary<Act[]> {
  return fc
    .record({
      kinds: fc.subarray([...KINDS], { minLength: 4, maxLength: 12 }),
      acts: fc.array(fc.oneof(...all), { minLength: 30, maxLength: 120, size: 'max' }),
    })
    .map(({ kinds, acts }) =>
      acts.filter(({ kind }) => ALWAYS.includes(kind) || kinds.includes(kind)).slice(0, ACTS_MAX),
    );
}

/** Over servers that do as they should. */
export const actsOfThree = few(...deeds, often(6, together), ...events);
/** Over servers that lose, repeat, hold back and reorder. */
export const actsOfThreeInTrouble = few(...deeds, often(6, together), ...events, ...faults);
/** By people whose profiles are put back as well. */
export const actsOfThreeWithCopies = few(
  ...deeds,
  often(8, ofOne('copy')),
  often(8, fc.record({ kind: fc.constant('back' as const), by: who, copy: fc.nat(9) })),
  ...events,
  ...faults,
);
