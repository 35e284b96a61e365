import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parcelFromStore } from '../../parcel.ts';
import { Courier } from './courier.ts';
import { newNodeName } from './names.ts';

/** How many listen where the next batch is published; nothing for a Redis that does not answer. */
let listeners: number | undefined;
let published: number;
let courier: Courier;
let outcomes: [request: number, outcome: string][];
const sender = {
  liveOutcome: (request: number, outcome: string) => void outcomes.push([request, outcome]),
};
const there = newNodeName();

beforeEach(() => {
  vi.useFakeTimers();
  listeners = 1;
  published = 0;
  outcomes = [];
  courier = new Courier({
    me: newNodeName(),
    publish: () => {
      published++;
      return listeners === undefined ? new Promise(() => {}) : Promise.resolve(listeners);
    },
    reader: { live: () => 'passed', notice: () => {}, taken: () => {} },
    elsewhere: () => {},
  });
});
afterEach(() => {
  courier.stop();
  vi.useRealTimers();
});

const live = (bytes: number, request = 1) =>
  courier.live(there, Buffer.alloc(bytes), sender, request, 'last');

/** Somebody sets the machine's time of day an hour back. */
const putBack = () => vi.setSystemTime(Date.now() - 3600_000);

describe('live envelopes for a node that does not answer', () => {
  it('are nobody’s after two seconds', async () => {
    expect(live(100, 7)).toBe('later');
    await vi.advanceTimersByTimeAsync(1500);
    expect(outcomes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1100);
    expect(outcomes).toEqual([[7, 'nobody']]);
  });

  it('are nobody’s then though the time of day is put back', async () => {
    live(100, 7);
    await vi.advanceTimersByTimeAsync(1);
    putBack();
    await vi.advanceTimersByTimeAsync(3000);
    expect(outcomes).toEqual([[7, 'nobody']]);
  });

  it('take four mebibytes at most, until it has answered or was given up', async () => {
    listeners = undefined;
    const frame = 256 * 1024;
    const answers = Array.from({ length: 20 }, () => live(frame));
    expect(answers.filter((answer) => answer === 'later')).toHaveLength(16);
    expect(answers.slice(16)).toEqual(['nobody', 'nobody', 'nobody', 'nobody']);
    await vi.advanceTimersByTimeAsync(2600);
    expect(live(frame)).toBe('later');
  });
});

describe('a node that nobody subscribes for', () => {
  const notice = async () => {
    courier.notice(there, 2, 1, 1, parcelFromStore(randomBytes(32), Buffer.from('x')));
    await vi.advanceTimersByTimeAsync(1);
  };

  it.each([
    { though: '', meanwhile: () => {} },
    { though: ', though the time of day is put back', meanwhile: putBack },
  ])('is spared notices for a second, and told again after it$though', async ({ meanwhile }) => {
    listeners = 0;
    await notice();
    await notice();
    expect(published).toBe(1);
    meanwhile();
    await vi.advanceTimersByTimeAsync(1000);
    listeners = 1;
    await notice();
    expect(published).toBe(2);
  });
});
