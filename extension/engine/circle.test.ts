import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type Act, actsOfThree, actsOfThreeInTrouble, actsOfThreeWithCopies } from './testing/circle/acts.ts';
import { Circle } from './testing/circle/circle.ts';
import { checkCircle } from './testing/circle/expectations.ts';
import { checkRest } from './testing/circle/rest.ts';
import { inTime } from './testing/in-time.ts';

/**
 * A search has more runs than everyday's, of another seed:
 * `ASIDE_SEED=7 ASIDE_MODEL_RUNS=500 npx vitest run --project unit extension/engine/circle.test.ts`.
 */
const runs = Number(process.env.ASIDE_MODEL_RUNS ?? 1);
const timeout = runs * 60_000;

async function live(all: readonly Act[]): Promise<void> {
  const circle = await Circle.begin();
  try {
    for (const act of all) await circle.do(act);
    await inTime(circle.settle(), 'settling');
    await inTime(checkCircle(circle), 'what each sees');
    await inTime(checkRest(circle), 'rest');
  } finally {
    await circle.end();
  }
}

/** As many as are asked for are as long as they come: the first few would be short ones otherwise. */
const options = {
  numRuns: runs,
  unbiased: true,
  // What was found is told, and not made smaller until the test's own time is over.
  interruptAfterTimeLimit: timeout * 0.7,
  markInterruptAsFailure: true,
};

describe('three people who meet, part and lose their profiles', () => {
  it('lose nothing that they wrote, and see what is', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(actsOfThree, (all) => live(all)),
      options,
    );
  });

  it('lose nothing that they wrote over servers that lose, repeat and reorder', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(actsOfThreeInTrouble, (all) => live(all)),
      options,
    );
  });

  it('find one another after their profiles were put back', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(actsOfThreeWithCopies, (all) => live(all)),
      options,
    );
  });
});
