import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { toHex } from './encoding.ts';
import { inTime } from './testing/in-time.ts';
import { type Act, acts, actsOfMoving, actsOfTrouble, actsWithInvites } from './testing/model/acts.ts';
import { World } from './testing/model/world.ts';

/**
 * A search has more runs than everyday's, of another seed:
 * `ASIDE_SEED=7 ASIDE_MODEL_RUNS=500 npx vitest run --project unit extension/engine/model.test.ts`.
 */
const runs = Number(process.env.ASIDE_MODEL_RUNS ?? 5);
const timeout = runs * 20_000;
/**
 * What fails is made smaller, world after world, which takes longer than any test may: it ends in time to say what was
 * found, and by which seed.
 */
const options = {
  numRuns: runs,
  interruptAfterTimeLimit: timeout * 0.7,
  markInterruptAsFailure: true,
};

/** By an envelope's tag, the chain key that its message key came from. */
const { chainKeys } = vi.hoisted(() => ({ chainKeys: new Map<string, string>() }));

vi.mock('../../wasm-crypto/src/session/envelope.ts', async (load) => {
  const real = await load<typeof import('../../wasm-crypto/src/session/envelope.ts')>();
  return {
    ...real,
    makeEnvelope(...given: Parameters<typeof real.makeEnvelope>) {
      const chainKey = toHex(given[0].chainKey);
      const made = real.makeEnvelope(...given);
      chainKeys.set(tagOf(made.envelope), chainKey);
      return made;
    },
  };
});

const tagOf = (envelope: Uint8Array): string => toHex(envelope.subarray(-16));
const nonceOf = (envelope: Uint8Array): string => toHex(envelope.subarray(1, 25));

beforeEach(() => chainKeys.clear());

/** Every number of a chain has a key of its own: what left is under another one each, or at least under another nonce. */
function checkKeys(world: World): void {
  const used = new Map<string, Map<string, string>>();
  for (const envelope of world.left()) {
    const chainKey = chainKeys.get(tagOf(envelope));
    if (chainKey === undefined) continue;
    const nonces = used.get(chainKey) ?? new Map<string, string>();
    used.set(chainKey, nonces);
    const tag = tagOf(envelope);
    expect(nonces.get(nonceOf(envelope)) ?? tag, 'one text under a key and a nonce').toBe(tag);
    nonces.set(nonceOf(envelope), tag);
  }
  expect(used.size).toBeGreaterThan(0);
  if (world.anybodyWentBack) return;
  for (const nonces of used.values()) expect(nonces.size, 'one text under a key').toBe(1);
}

async function live(all: readonly Act[], keepsAll = false): Promise<void> {
  const world = await World.begin(keepsAll);
  try {
    for (const act of all) await world.do(act);
    await inTime(world.settle(), 'settling');
    await inTime(world.check(), 'what both see');
    checkKeys(world);
  } finally {
    await world.end();
  }
}

/** What was found once, where the two move. */
const foundMoving: readonly (readonly Act[])[] = [
  // What came through the present mailbox while a fresh one took its place let it be left for that one, of which
  // whoever wrote it did not know yet.
  [
    { kind: 'say', by: 'alice', count: 2 },
    { kind: 'skip', time: 60_000 },
    { kind: 'move', by: 'alice' },
    { kind: 'say', by: 'alice', count: 1 },
    { kind: 'flow' },
    { kind: 'restart', by: 'alice' },
    { kind: 'flow' },
    { kind: 'flow' },
    { kind: 'restart', by: 'alice' },
    { kind: 'say', by: 'alice', count: 2 },
    { kind: 'skip', time: 61 * 24 * 3600_000 },
  ],
];

/** What was found once. */
const found: readonly (readonly Act[])[] = [
  // Two restarts from one copy, while three texts came: they stood in another order.
  [
    { kind: 'lapse', by: 'alice', count: 1, left: false },
    { kind: 'copy', by: 'alice' },
    { kind: 'say', by: 'bob', count: 3 },
    { kind: 'back', by: 'alice', which: 0 },
    { kind: 'back', by: 'alice', which: 0 },
  ],
  // A number that two lives gave stood before one of a third, whose receipt confirmed both.
  [
    { kind: 'lapse', by: 'alice', count: 1, left: false },
    { kind: 'flow' },
    { kind: 'lapse', by: 'alice', count: 1, left: false },
    { kind: 'say', by: 'alice', count: 1 },
    { kind: 'restart', by: 'alice' },
  ],
];

/** What was found once, where disks and servers fail them. */
const foundInTrouble: readonly (readonly Act[])[] = [
  // A disk did not take that the contact was told of a move, and until a restart they were not.
  [{ kind: 'flow' }, { kind: 'move', by: 'bob' }, { kind: 'full', by: 'bob', times: 1 }, { kind: 'flow' }],
];

describe('whatever befalls two engines', () => {
  it('loses, doubles and changes nothing', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(acts, (all) => live(all)),
      {
        ...options,
        examples: found.map((one): [readonly Act[]] => [one]),
      },
    );
  });

  it('loses, doubles and changes nothing, with new invites between them', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(actsWithInvites, (all) => live(all)),
      options,
    );
  });

  it('loses, doubles and changes nothing, while disks and servers fail them, and they restore', {
    timeout,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(actsOfTrouble, (all) => live(all)),
      {
        ...options,
        examples: foundInTrouble.map((one): [readonly Act[]] => [one]),
      },
    );
  });

  it('loses, doubles and changes nothing, while their mailboxes take turns and they move', {
    timeout,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(actsOfMoving, (all) => live(all, true)),
      {
        ...options,
        examples: foundMoving.map((one): [readonly Act[]] => [one]),
      },
    );
  });
});
