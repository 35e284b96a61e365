/**
 * `npm start`: installs what is missing, builds, starts the servers and opens two windows, Alice's and Bob's. Without a
 * display, or with `--headless`, holds the first conversation by itself and prints it. Ctrl-C ends all of it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, SHIPPED } from './build.mjs';
import { install } from './install.mjs';
import { tryLock } from './lock.mjs';
import { asideFolder, outputs } from './paths.mjs';
import { atEnd, endAll } from './processes.mjs';
import { findBrowser } from './programs.mjs';
import { bold, dim, red, say, task, yellow } from './say.mjs';

/** @typedef {import('./programs.mjs').FoundBrowser} FoundBrowser */

/** @returns {boolean} whether a window could be shown */
function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** Alice's and Bob's: one of each where both exist, else the same one twice. @returns {[FoundBrowser, FoundBrowser] | undefined} */
function chooseBrowsers() {
  const chromium = findBrowser('chromium');
  const firefox = findBrowser('firefox');
  const first = chromium ?? firefox;
  return first && [first, chromium && firefox ? firefox : first];
}

function sayWhereToLoad() {
  say(dim(`  To load it yourself: ${outputs.chrome} (Chromium, Chrome, Edge: “Load unpacked”)`));
  say(dim(`                       ${outputs.firefox} (Firefox: about:debugging, “Load Temporary Add-on”)`));
}

/** @param {[FoundBrowser, FoundBrowser]} browsers @returns {Promise<number>} exit code */
async function headless(browsers) {
  const { startServices } = await import('./services.mjs');
  const { holdFirstConversation } = await import('./first-conversation.mjs');
  const services = await task('Starting the signal server and coturn', () => startServices());
  say();
  say(bold('The first conversation'));
  const good = await holdFirstConversation(services.server, browsers, services.turn !== null);
  sayWhereToLoad();
  return good ? 0 : 1;
}

/** The same port in every run, or the kept profiles would look for their mailboxes in vain. @param {string} file */
function keptPort(file) {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || 0 : 0;
}

/** @param {import('./services.mjs').Services} services @param {string} file */
function keepPort({ server }, file) {
  writeFileSync(file, new URL(server).port);
}

/** @param {[FoundBrowser, FoundBrowser]} browsers @returns {Promise<number>} exit code */
async function windows(browsers) {
  if (!tryLock(join(asideFolder, 'start.lock'))) {
    say(red('  npm start is already running in this clone: its windows use the profiles here.'));
    return 1;
  }
  const { startServices } = await import('./services.mjs');
  const { launch } = await import('./browsers.mjs');
  const { putBeside, typeServer } = await import('./windows.mjs');
  const portFile = join(asideFolder, 'port');
  const data = join(asideFolder, 'signal');
  const services = await task('Starting the signal server and coturn', () =>
    startServices({ data, port: keptPort(portFile) }),
  );
  keepPort(services, portFile);
  const people = await task('Opening two windows', () =>
    Promise.all(
      browsers.map(async ({ kind }, at) => {
        const name = at === 0 ? 'alice' : 'bob';
        const browser = await launch({
          browser: kind,
          extension: kind === 'chromium' ? outputs.chrome : outputs.firefox,
          profile: join(asideFolder, 'profiles', `${name}-${kind}`),
          headless: false,
        });
        const page = await browser.open('tab.html');
        await putBeside(browser, page, at === 0 ? 'left' : 'right');
        await typeServer(name, browser, page, services.server);
        return browser;
      }),
    ),
  );
  atEnd(() => Promise.all(people.map((browser) => browser.close())));
  say();
  say(`  Alice is in ${bold(browsers[0].name)}, Bob in ${bold(browsers[1].name)}.`);
  say(`  The server, typed already where a window asks for it: ${bold(services.server)}`);
  say(`  Relay: ${services.turn ? services.turn.urls.join(', ') : 'none, coturn is not installed'}`);
  sayWhereToLoad();
  say('  Ctrl-C ends it; profiles and data stay in .aside/ for the next time.');
  await Promise.all(
    people.map(({ browser }) => new Promise((closed) => browser.once('disconnected', closed))),
  );
  say('  Both windows are closed.');
  return 0;
}

/** @returns {Promise<number>} exit code */
async function main() {
  say(bold('Aside'));
  const missing = await install(['chromium', 'firefox', 'turnserver']);
  if (missing.includes('turnserver')) say(yellow('  ! Without coturn there is no relay; going on without.'));
  await build(SHIPPED);
  const browsers = chooseBrowsers();
  if (!browsers) {
    say(
      red(
        '  ✗ No browser was found: install Chromium, Chrome, Edge or Firefox, or load the extension yourself.',
      ),
    );
    sayWhereToLoad();
    return 1;
  }
  return hasDisplay() && !process.argv.includes('--headless')
    ? await windows(browsers)
    : await headless(browsers);
}

let code = 1;
try {
  code = await main();
} catch (error) {
  say(red(error instanceof Error ? error.message : String(error)));
}
await endAll();
process.exit(code);
