import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, WebWorker } from 'puppeteer-core';
import type { TestContext } from 'vitest';
import { type Launched, type LaunchOptions, launch } from '../launch/browsers.mjs';
import { Person } from '../launch/conversation.mjs';
import { asideFolder, outputs } from '../launch/paths.mjs';
import type { BrowserKind } from '../launch/programs.mjs';
import { type Services, startServices } from '../launch/services.mjs';
import { en } from '../locales/en.ts';

/** Everything that an end-to-end test needs; all of it ends with the test. */
export interface Stage {
  readonly services: Services;
  /** Starts a browser with the extension in it. */
  start(browser: BrowserKind, options?: Partial<LaunchOptions>): Promise<Launched>;
  /** Somebody in front of the extension's tab, in a browser of their own unless one is given. */
  arrive(name: string, browser: BrowserKind | Launched): Promise<Person>;
}

/** A file name from a test's name. */
const slug = (text: string) => text.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 100);

/** What each page said on its console, kept for the case of a failure. */
function listen(page: Page, said: string[]): void {
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) =>
    said.push(`error: ${error instanceof Error ? (error.stack ?? error.message) : error}`),
  );
}

/** Chromium's engine is an offscreen page; attached to late, it repeats what it has said. */
async function engineConsole({ browser, kind }: Launched): Promise<string[]> {
  const said: string[] = [];
  if (kind !== 'chromium') return said;
  for (const target of browser.targets().filter((one) => one.type() === 'background_page')) {
    const page = await target.asPage();
    listen(page, said);
    // Whatever is stored is repeated before this comes back.
    await page.evaluate(() => 0);
  }
  return said;
}

async function keepTraces(name: string, people: readonly (readonly [Person, string[]])[]): Promise<void> {
  const folder = join(asideFolder, 'e2e', slug(name));
  mkdirSync(folder, { recursive: true });
  for (const [person, said] of people) {
    const file = join(folder, person.name);
    await person.page.screenshot({ path: `${file}.png` }).catch(() => undefined);
    const engine = await engineConsole(person.browser).catch((error) => [String(error)]);
    const screen = await person.screen();
    writeFileSync(`${file}.log`, [screen, '', ...said, '', 'Engine:', ...engine].join('\n'));
  }
}

/** What a browser of a kind loads: the shipped build. */
const extensionFor = (browser: BrowserKind) => (browser === 'chromium' ? outputs.chrome : outputs.firefox);

/**
 * Plays a test with a server, coturn and as many browsers as it starts. If it fails, what each person saw and what
 * their pages said goes to `.aside/e2e/`.
 */
export async function staged(
  { task }: TestContext,
  play: (stage: Stage) => Promise<void>,
  options: Parameters<typeof startServices>[0] = {},
): Promise<void> {
  const services = await startServices(options);
  const browsers: Launched[] = [];
  const people: [Person, string[]][] = [];
  const start: Stage['start'] = async (browser, more = {}) => {
    const loopback = services.turn?.loopback ? { 'media.peerconnection.ice.loopback': true } : {};
    const launched = await launch({ browser, extension: extensionFor(browser), prefs: loopback, ...more });
    browsers.push(launched);
    return launched;
  };
  const arrive: Stage['arrive'] = async (name, browser) => {
    const person = await Person.arrive(name, typeof browser === 'string' ? await start(browser) : browser);
    const said: string[] = [];
    listen(person.page, said);
    people.push([person, said]);
    return person;
  };
  try {
    await play({ services, start, arrive });
  } catch (error) {
    await keepTraces(task.name, people).catch((late) => console.error('No traces could be kept:', late));
    throw error;
  } finally {
    await Promise.all([...browsers.map((browser) => browser.close()), services.stop()]);
  }
}

/** The words on the screen of whoever says them. */
export async function wordsOf(person: Person): Promise<string[]> {
  const list = await person.find('list', en.spoken.list);
  return list.evaluate((element) => [...element.children].map((one) => one.textContent ?? ''));
}

/** Chrome's background, from which its own interfaces can be asked. */
export async function serviceWorker({ browser }: Launched): Promise<WebWorker> {
  const target = await browser.waitForTarget((one) => one.type() === 'service_worker');
  const worker = await target.worker();
  if (worker === null) throw new Error('There is no service worker.');
  return worker;
}
