/** The one connection as browsers make it: in a page of the extension, which is where the engine has it. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { build, type Rollup } from 'vite';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Launched, launch } from '../../launch/browsers.mjs';
import { outputs } from '../../launch/paths.mjs';
import type { PeerOptions, Peer as PeerType } from './peer.ts';

type InPage = { readonly inPage: { readonly Peer: typeof PeerType } };

let script: string;
let browser: Launched;

beforeAll(async () => {
  const [built] = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'esnext',
      lib: {
        entry: fileURLToPath(new URL('./peer.ts', import.meta.url)),
        formats: ['iife'],
        name: 'inPage',
      },
    },
  })) as Rollup.RollupOutput[];
  // A page's own global, which the bundle's `var` would not be in what a test evaluates.
  script = `${built?.output[0].code}; globalThis.inPage = inPage;`;
});

afterEach(() => browser.close());

async function pageOf(kind: 'chromium' | 'firefox'): Promise<Page> {
  browser = await launch({
    browser: kind,
    extension: kind === 'chromium' ? outputs.chrome : outputs.firefox,
  });
  // Any file of the extension makes a page of its origin; an image has no script of its own.
  const page = await browser.open('icons/16.png');
  await page.evaluate(script);
  return page;
}

describe.each(['chromium', 'firefox'] as const)('a connection in %s', (kind) => {
  it('that is closed while it takes an offer keeps nobody waiting', async () => {
    const page = await pageOf(kind);
    const outcome = await page.evaluate(async () => {
      const { Peer } = (globalThis as unknown as InPage).inPage;
      const make = (told: (sdp: string) => void) =>
        new Peer({
          turn: undefined,
          relayOnly: false,
          polite: true,
          clock: { now: () => 0, after: () => () => {} },
          signal: (signal) => signal.kind === 'offer' && told(signal.sdp),
          state: () => {},
          open: () => {},
          closed: () => {},
          frame: () => {},
        } satisfies PeerOptions);
      let theirs: PeerType | undefined;
      const sdp = await new Promise<string>((told) => {
        theirs = make(told);
      });
      const mine = make(() => {});
      const taken = mine.accept({ kind: 'offer', sdp });
      mine.close();
      const late = new Promise((resolve) => setTimeout(() => resolve('still waiting'), 5000));
      const first = await Promise.race([taken, late]);
      theirs?.close();
      return first;
    });
    expect(outcome).toBe('taken');
  });
});
