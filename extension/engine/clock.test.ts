import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.ts';

const DAY = 24 * 3600_000;

afterEach(() => {
  vi.useRealTimers();
});

describe('the system’s clock', () => {
  it('waits for as long as it is told, also longer than a timer can', () => {
    vi.useFakeTimers();
    const called = vi.fn();
    systemClock.after(60 * DAY, called);
    vi.advanceTimersByTime(60 * DAY - 1);
    expect(called).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(called).toHaveBeenCalledOnce();
  });

  it('calls nobody back who has cancelled, at any time of a long wait', () => {
    vi.useFakeTimers();
    const called = vi.fn();
    const cancel = systemClock.after(60 * DAY, called);
    vi.advanceTimersByTime(50 * DAY);
    cancel();
    vi.advanceTimersByTime(50 * DAY);
    expect(called).not.toHaveBeenCalled();
  });
});
