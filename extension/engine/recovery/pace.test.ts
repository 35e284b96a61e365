import { describe, expect, it } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import { ANSWER_WAIT, ASK_WAIT, type Pace, paced, waitOf } from './pace.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NEVER: Pace = { count: 0, at: 0 };

/** Does it whenever it may be done, for so long; gives the waits between. */
async function greedy(clock: HandClock, first: number, time: number): Promise<number[]> {
  let pace = NEVER;
  let last = clock.now();
  const waits: number[] = [];
  const until = clock.now() + time;
  const again = () => {
    const wait = waitOf(pace, first, clock.now());
    if (wait > 0) {
      clock.after(wait, again);
      return;
    }
    waits.push(clock.now() - last);
    last = clock.now();
    pace = paced(pace, last);
    if (last < until) again();
  };
  again();
  await clock.advance(time);
  return waits;
}

describe('asking', () => {
  it('is done at once, then after 1, 4, 16 … minutes, and once a day in the end', async () => {
    const waits = await greedy(new HandClock(), ASK_WAIT, 6 * DAY);
    expect(waits.map((wait) => wait / MINUTE)).toEqual([
      0, 1, 4, 16, 64, 256, 1024, 1440, 1440, 1440, 1440, 1440,
    ]);
  });

  it('is done at once again after two quiet days, and not before', () => {
    const clock = new HandClock();
    let pace = NEVER;
    for (let time = 0; time < 9; time++) pace = paced(pace, clock.now());
    clock.sleep(2 * DAY - 1);
    // The longest wait is over by then, but the next is as long again.
    expect(waitOf(pace, ASK_WAIT, clock.now())).toBe(0);
    expect(paced(pace, clock.now()).count).toBe(10);
    clock.sleep(1);
    expect(waitOf(pace, ASK_WAIT, clock.now())).toBe(0);
    pace = paced(pace, clock.now());
    expect(pace.count).toBe(1);
    expect(waitOf(pace, ASK_WAIT, clock.now())).toBe(ASK_WAIT);
  });

  it('does not wait for a time to come that the clock had before it was put back', () => {
    for (const back of [HOUR, 30 * DAY, 4 * 365 * DAY]) {
      const clock = new HandClock();
      let pace = paced(paced(NEVER, clock.now()), clock.now());
      expect(waitOf(pace, ASK_WAIT, clock.now())).toBe(4 * MINUTE);
      clock.sleep(4 * MINUTE - back);
      expect(waitOf(pace, ASK_WAIT, clock.now())).toBe(0);
      // And from then on it is as slow as ever.
      pace = paced(pace, clock.now());
      expect(waitOf(pace, ASK_WAIT, clock.now())).toBe(16 * MINUTE);
    }
  });
});

describe('answering', () => {
  it('begins with ten seconds, and comes to once a day likewise', async () => {
    const waits = await greedy(new HandClock(), ANSWER_WAIT, 5 * DAY);
    const seconds = waits.map((wait) => wait / 1000);
    expect(seconds.slice(0, 8)).toEqual([0, 10, 40, 160, 640, 2560, 10_240, 40_960]);
    expect(seconds.slice(8).every((wait) => wait === DAY / 1000)).toBe(true);
  });
});
