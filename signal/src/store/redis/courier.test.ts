import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parcelFromStore } from '../../parcel.ts';
import { Courier } from './courier.ts';
import { newNodeName } from './names.ts';
import { Batch, type LiveOutcomeThere, liveFramesIn } from './post.ts';

/** How many listen where the next batch is published; nothing for a Redis that does not answer. */
let listeners: number | undefined;
let published: number;
/** Batches as they were handed over: what Redis' connection holds until it is answered. */
let batches: Buffer[];
let answer: () => void;
let courier: Courier;
let outcomes: [request: number, outcome: string][];
let elsewhere: string[];
const sender = {
  liveOutcome: (request: number, outcome: string) => void outcomes.push([request, outcome]),
};
const there = newNodeName();

beforeEach(() => {
  vi.useFakeTimers();
  listeners = 1;
  published = 0;
  batches = [];
  outcomes = [];
  elsewhere = [];
  courier = new Courier({
    me: newNodeName(),
    publish: (_channel, bytes) => {
      published++;
      batches.push(bytes);
      if (listeners !== undefined) return Promise.resolve(listeners);
      return new Promise((resolve) => {
        answer = () => resolve(1);
      });
    },
    reader: { live: () => 'passed', notice: () => {}, taken: () => {} },
    elsewhere: (frame, _sender, request) => elsewhere.push(`${request} ${textOf(frame)}`),
  });
});
afterEach(() => {
  courier.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const live = (bytes: number, request = 1) =>
  courier.live(there, Buffer.alloc(bytes), sender, request, 'last');

const textOf = (frame: Uint8Array) => Buffer.from(frame).toString();

/** The node that the courier writes to says what became of the batch of a number. */
const hear = (number: number, ...of: LiveOutcomeThere[]) => {
  const batch = new Batch(there, 0);
  batch.begin(1);
  batch.outcomes(number, of);
  courier.heard(batch.bytes);
};

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

  it('are not nobody’s where it was this node that got no time', async () => {
    live(100, 7);
    await vi.advanceTimersByTimeAsync(1);
    // One turn that is longer than that patience: its timers are due first, and then what came meanwhile.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 6000);
    await vi.advanceTimersByTimeAsync(500);
    hear(1, 'passed');
    expect(outcomes).toEqual([[7, 'passed']]);
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

describe('the memory of a batch', () => {
  const send = async (text: string, request: number) => {
    courier.live(there, Buffer.from(text), sender, request, 'first');
    await vi.advanceTimersByTimeAsync(1);
  };
  const said = (n: number) => liveFramesIn(batches[n]!).map(textOf);

  it('is not written over while it waits for the other node, nor while Redis may not have it', async () => {
    await send('one', 1);
    listeners = undefined;
    await send('two', 2);
    hear(2, 'passed');
    await send('three', 3);
    expect([said(0), said(1), said(2)]).toEqual([['one'], ['two'], ['three']]);
    hear(1, 'elsewhere');
    expect(elsewhere).toEqual(['1 one']);
    expect(outcomes).toEqual([[2, 'passed']]);
  });

  it('is used again after that, for as many frames as come, and nobody hears of another’s', async () => {
    listeners = undefined;
    courier.live(there, Buffer.from('first'), sender, 1, 'last');
    await send('second', 2);
    hear(1, 'passed', 'nobody');
    answer();
    await vi.advanceTimersByTimeAsync(1);
    await send('third', 3);
    expect(batches[1]!.buffer === batches[0]!.buffer).toBe(true);
    expect(said(1)).toEqual(['third']);
    hear(2, 'elsewhere', 'passed');
    expect(elsewhere).toEqual(['3 third']);
    expect(outcomes).toEqual([
      [1, 'passed'],
      [2, 'nobody'],
    ]);
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
