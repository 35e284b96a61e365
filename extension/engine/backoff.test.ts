import { expect, it } from 'vitest';
import { backoff } from './backoff.ts';

it('doubles from half a second to half a minute', () => {
  expect([1, 2, 3, 7, 8, 1000].map((failures) => backoff(failures, 1))).toEqual([
    500, 1000, 2000, 30000, 30000, 30000,
  ]);
});

it('spreads by half, so that clients do not return as one', () => {
  expect(backoff(3, 0)).toBe(1000);
  expect(backoff(3, 0.5)).toBe(1500);
});
