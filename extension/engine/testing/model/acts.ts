/** What may befall two engines: the acts, and how likely each is in each kind of world. */
import type { Refusal } from '@aside/signal/protocol';
import fc from 'fast-check';
import type { Fate } from './post.ts';

/** Milliseconds. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Who = 'alice' | 'bob';

export type Act =
  | { readonly kind: 'say'; readonly by: Who; readonly count: number }
  /** What happens to the envelopes that come next, one after the other; honest behind the last. */
  | { readonly kind: 'fate'; readonly of: readonly Fate[] }
  | { readonly kind: 'restart'; readonly by: Who }
  | { readonly kind: 'copy'; readonly by: Who }
  | { readonly kind: 'back'; readonly by: Who; readonly which: number }
  /** Says something that the disk then forgets, after it has left or not. */
  | { readonly kind: 'lapse'; readonly by: Who; readonly count: number; readonly left: boolean }
  /** Accepts an invite of the other's; both do, at the same moment, or one. */
  | { readonly kind: 'invite'; readonly by: Who; readonly mutual: boolean }
  /** Moves to the other of two servers, or back. */
  | { readonly kind: 'move'; readonly by: Who }
  /** Says yes to the server that the other has moved to. */
  | { readonly kind: 'agree'; readonly by: Who }
  | { readonly kind: 'look'; readonly by: Who; readonly at: boolean }
  | { readonly kind: 'wire'; readonly up: boolean }
  | { readonly kind: 'back-up'; readonly by: Who }
  /** Erases everything and comes back from a back-up file. */
  | { readonly kind: 'restore'; readonly by: Who; readonly which: number }
  /** The disk takes no durable transaction, for so many. */
  | { readonly kind: 'full'; readonly by: Who; readonly times: number }
  /** Servers refuse the next envelopes. */
  | { readonly kind: 'refuse'; readonly reason: Refusal; readonly times: number }
  /** Every socket ends. */
  | { readonly kind: 'cut' }
  /** Locks, and opens again. */
  | { readonly kind: 'lock'; readonly by: Who }
  | { readonly kind: 'skip'; readonly time: number }
  | { readonly kind: 'flow' };

const who = fc.constantFrom<Who>('alice', 'bob');
const fates = fc.constantFrom<Fate>('honest', 'drop', 'twice', 'hold', 'release');
const count = fc.integer({ min: 1, max: 3 });

const everyday: fc.WeightedArbitrary<Act>[] = [
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('say' as const), by: who, count }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('fate' as const), of: fc.array(fates, { maxLength: 6 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), by: who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('copy' as const), by: who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('back' as const), by: who, which: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('lapse' as const), by: who, count, left: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const), by: who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('agree' as const), by: who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('look' as const), by: who, at: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wire' as const), up: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('skip' as const),
      // Behind the last of them every mailbox has had its turn.
      time: fc.constantFrom(3000, MINUTE, HOUR, DAY + HOUR, 61 * DAY),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('flow' as const) }) },
];

/** What may befall two who know each other. */
export const acts = fc.array(fc.oneof(...everyday), { minLength: 4, maxLength: 16 });
/** The same, and invites between them. */
export const actsWithInvites = fc.array(
  fc.oneof(...everyday, {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('invite' as const), by: who, mutual: fc.boolean() }),
  }),
  { minLength: 4, maxLength: 16 },
);

/** What befalls people whose disks and servers fail them, and who lock and restore. */
export const actsOfTrouble = fc.array(
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    ...everyday,
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('back-up' as const), by: who }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('restore' as const), by: who, which: fc.nat(9) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('full' as const), by: who, times: count }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('refuse' as const),
        reason: fc.constantFrom<Refusal>('mailbox-full', 'mailbox-unknown', 'server-busy', 'rate'),
        times: count,
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lock' as const), by: who }) },
  ),
  { minLength: 6, maxLength: 20 },
);

/** What has to do with where the two read, for worlds in which servers keep everything. */
export const actsOfMoving = fc.array(
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('say' as const), by: who, count }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('fate' as const), of: fc.array(fates, { maxLength: 6 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), by: who }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), by: who }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('agree' as const), by: who }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wire' as const), up: fc.boolean() }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('skip' as const),
        time: fc.constantFrom(MINUTE, 11 * MINUTE, HOUR, 61 * DAY),
      }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('flow' as const) }) },
  ),
  { minLength: 8, maxLength: 24 },
);
