/** Two links with the connections that browsers make, in a page of the extension, which is where the engine has them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Launched, launch } from '../../launch/browsers.mjs';
import { outputs } from '../../launch/paths.mjs';
import { pageWith, scriptOf } from '../testing/in-page.ts';
import type { Link as LinkType } from './link.ts';
import type { Signal } from './signals.ts';

type InPage = { readonly inPage: { readonly Link: typeof LinkType } };

const TRIES = 20;
/** Milliseconds. */
const PATIENCE = 8000;

describe.each(['chromium', 'firefox'] as const)('two links in %s', (kind) => {
  let browser: Launched;
  let script: string;

  beforeAll(async () => {
    script = await scriptOf(new URL('./link.ts', import.meta.url));
    browser = await launch({
      browser: kind,
      extension: kind === 'chromium' ? outputs.chrome : outputs.firefox,
    });
  });

  afterAll(() => browser.close());

  it('come together where both offer in one moment, each time', { timeout: 240_000 }, async () => {
    const apart: (readonly string[])[] = [];
    let crossed = 0;
    for (let tries = 0; tries < TRIES; tries++) {
      // In a new page a browser has yet to look which networks there are, as in an engine that has just started.
      const page = await pageWith(script, browser);
      const { isOpen, said } = await page.evaluate(async (patience) => {
        const { Link } = (globalThis as unknown as InPage).inPage;
        const said: string[] = [];
        const ends: LinkType[] = [];
        let opened = () => {};
        const open = new Promise<true>((done) => {
          opened = () => ends.length === 2 && ends.every((end) => end.isOpen) && done(true);
        });
        const make = (at: 0 | 1) =>
          new Link({
            clock: {
              now: () => Date.now(),
              after: (wait, then) => {
                const timer = setTimeout(then, wait);
                return () => clearTimeout(timer);
              },
            },
            polite: at === 0,
            relayOnly: () => false,
            lastAttempt: 0,
            attempted: () => {},
            turn: async () => undefined,
            pass: async (attempt, payload) => {
              const signal = JSON.parse(new TextDecoder().decode(payload)) as Signal;
              said.push(`${at}: ${signal.kind} to ${signal.to}`);
              setTimeout(() => ends[1 - at]?.receive(attempt, signal));
              return 'passed';
            },
            envelope: () => {},
            changed: () => opened(),
          });
        ends.push(make(0), make(1));
        for (const end of ends) end.want(true);
        const late = new Promise<false>((told) => setTimeout(() => told(false), patience));
        const isOpen = await Promise.race([open, late]);
        for (const end of ends) end.end();
        return { isOpen, said };
      }, PATIENCE);
      await page.close();
      if (said.slice(0, 2).sort().join() === '0: offer to 0,1: offer to 0') crossed++;
      if (!isOpen) apart.push(said);
    }
    expect(apart).toEqual([]);
    expect(crossed, 'tries in which both had offered before either heard').toBeGreaterThan(0);
  });
});
