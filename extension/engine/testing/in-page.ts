/** Modules of the engine in a page of the extension, for tests of what only browsers have. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { build, type Rollup } from 'vite';
import type { Launched } from '../../launch/browsers.mjs';

/** A script that puts a module's exports into the global `inPage` of whatever page runs it. */
export async function scriptOf(module: URL): Promise<string> {
  const [built] = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'esnext',
      lib: { entry: fileURLToPath(module), formats: ['iife'], name: 'inPage' },
    },
  })) as Rollup.RollupOutput[];
  // A page's own global, which the bundle's `var` would not be in what a test evaluates.
  return `${built?.output[0].code}; globalThis.inPage = inPage;`;
}

/** A page of the extension's origin with nothing in it but a script. */
export async function pageWith(script: string, browser: Launched): Promise<Page> {
  // Any file of the extension makes one; an image has no script of its own.
  const page = await browser.open('icons/16.png');
  await page.evaluate(script);
  return page;
}
