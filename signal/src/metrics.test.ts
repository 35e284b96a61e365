import { afterEach, describe, expect, it } from 'vitest';
import { Metrics } from './metrics.ts';
import { Tally } from './tally.ts';

let metrics: Metrics;
afterEach(() => metrics.stop());

/** What the event loop's lag is said to be, by quantile. */
async function lag(): Promise<Record<string, number>> {
  const lines = (await metrics.text()).matchAll(/^aside_event_loop_lag_seconds\{quantile="(.+)"\} (.+)$/gm);
  return Object.fromEntries([...lines].map(([, quantile, value]) => [quantile!, Number(value)]));
}

describe('the lag of the event loop', () => {
  it('is said before there is any, and is the one since the last answer', async () => {
    // Begun here: what this process waited for before would count, too.
    metrics = new Metrics({
      tally: new Tally(),
      sockets: () => 0,
      mailboxesOpen: () => 0,
      mailboxesRegistered: () => undefined,
    });
    const none = { 0.5: 0, 0.9: 0, 0.99: 0, 1: 0 };
    expect(await lag()).toEqual(none);
    // The monitor's first wait only begins its measuring.
    for (let waits = 0; waits < 3; waits++) {
      const until = performance.now() + 60;
      while (performance.now() < until);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const late = await lag();
    expect(late['1']).toBeGreaterThan(0.01);
    expect(await lag()).toEqual(none);
  });
});
