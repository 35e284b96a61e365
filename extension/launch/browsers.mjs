/**
 * Starts real browsers with our built extension in them, for `npm start` and for tests. Needs the installed packages
 * (puppeteer-core drives both browsers) only when it launches.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { beginFromTemplate, makeTemplate } from './firefox-template.mjs';
import { cloneLock } from './install.mjs';
import { withLock } from './lock.mjs';
import { atEnd, signalGroup } from './processes.mjs';
import { findBrowser } from './programs.mjs';
import { readFolder, zip } from './zip.mjs';

/**
 * @typedef {import('puppeteer-core').Browser} Browser
 * @typedef {import('puppeteer-core').Page} Page
 * @typedef {import('./programs.mjs').BrowserKind} BrowserKind
 */

/**
 * @typedef {object} LaunchOptions
 * @property {BrowserKind} browser
 * @property {string} extension the folder of a build for that browser
 * @property {boolean} [headless] true unless said otherwise
 * @property {string} [profile] kept afterwards; without one, a fresh one is made and removed again
 * @property {boolean} [xpi] Firefox: installs by an unsigned archive in the profile, so that the extension starts with
 *   the browser, as an installed one does (Debian's and other ESR builds allow it; release builds do not)
 * @property {Readonly<Record<string, string | number | boolean>>} [prefs] Firefox preferences
 * @property {readonly string[]} [args] further arguments of the browser
 * @property {readonly string[]} [within] a command that runs the browser, such as `ip netns exec NAME`. Firefox is driven
 *   by way of a port, which then has to be named in `args` and to lead there
 * @property {boolean} [throttled] keeps the browser's own throttling of hidden pages, which drivers switch off
 * @property {boolean} [leaveWorkers] does not attach to service workers: an attached debugger keeps them alive
 */

/**
 * @typedef {object} Launched
 * @property {BrowserKind} kind
 * @property {Browser} browser
 * @property {string} profile
 * @property {string} base the address of the extension's pages, with a slash at its end
 * @property {(page: string) => Promise<Page>} open opens a page of the extension, such as `tab.html`, in a tab
 * @property {() => Promise<void>} kill ends the browser and all its processes at once (SIGKILL); the profile stays
 * @property {() => Promise<void>} close ends the browser as a person would; one with a fresh profile at once, since the
 *   profile is removed and nobody will read what it writes at its end
 */

/** Quiet, the same everywhere, and nothing that calls home. */
const CHROMIUM_ARGS = [
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-component-update',
  '--disable-search-engine-choice-screen',
  // Two pages of its own for the address bar, which nobody types in: each browser would begin with a second's work.
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup',
];

/** What drivers switch off and a browser at home has. */
const THROTTLING_OFF = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

const FIREFOX_PREFS = {
  // An unpacked or unsigned build of our own, in a profile that is ours too.
  'xpinstall.signatures.required': false,
  'extensions.autoDisableScopes': 0,
  'extensions.startupScanScopes': 15,
  'datareporting.policy.dataSubmissionEnabled': false,
  'app.update.enabled': false,
  'app.normandy.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.aboutwelcome.enabled': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'toolkit.telemetry.reportingpolicy.firstRun': false,
  // After kill -9 the same profile starts again at once, without asking about safe mode or restoring pages.
  'toolkit.startup.max_resumed_crashes': -1,
  'browser.sessionstore.resume_from_crash': false,
};

/**
 * @param {string} folder of a Chrome build
 * @returns {string} the id that Chromium gives it: from the manifest's key, else from its path
 */
function chromiumId(folder) {
  const manifest = readManifest(folder);
  const of = manifest.key === undefined ? folder : Buffer.from(manifest.key, 'base64');
  const digits = createHash('sha256').update(of).digest('hex').slice(0, 32);
  return [...digits].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 16))).join('');
}

/**
 * @param {string} folder
 * @returns {{ key?: string, browser_specific_settings?: { gecko?: { id?: string } } }}
 */
function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
}

/**
 * Firefox makes up a page address for every installation; ours is made up once for a profile and written into it.
 *
 * @param {string} profile
 */
function firefoxUuid(profile) {
  const file = join(profile, 'aside-page-address');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const uuid = randomUUID();
  writeFileSync(file, uuid);
  return uuid;
}

async function driver() {
  const { default: puppeteer } = await import('puppeteer-core');
  return puppeteer;
}

/** @param {BrowserKind} kind */
function executableOf(kind) {
  const found = findBrowser(kind);
  if (!found) throw new Error(`There is no ${kind === 'chromium' ? 'Chromium or Chrome' : 'Firefox'} here.`);
  return found.path;
}

/**
 * A program that is started by way of another command, which must become it.
 *
 * @param {string} executable
 * @param {string} profile where the script lies
 * @param {readonly string[]} [command]
 */
function wrapped(executable, profile, command) {
  if (command === undefined) return executable;
  const script = join(profile, 'aside-start');
  const words = [...command, executable].map((word) => `'${word}'`).join(' ');
  writeFileSync(script, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  return script;
}

/** @param {LaunchOptions} options @param {string} profile */
async function launchChromium(options, profile) {
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const browser = await (await driver()).launch({
    executablePath: wrapped(executableOf('chromium'), profile, options.within),
    headless: options.headless ?? true,
    // Branded Chrome takes unpacked extensions through its pipe only.
    pipe: true,
    enableExtensions: true,
    userDataDir: profile,
    defaultViewport: null,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    ignoreDefaultArgs: options.throttled ? THROTTLING_OFF : [],
    args: [
      ...CHROMIUM_ARGS,
      ...(asRoot ? ['--no-sandbox'] : []),
      ...((options.headless ?? true) ? ['--disable-gpu'] : []),
      ...(options.args ?? []),
    ],
    ...(options.leaveWorkers
      ? {
          targetFilter: (/** @type {import('puppeteer-core').Target} */ target) =>
            target.type() !== 'service_worker',
        }
      : {}),
  });
  await browser.installExtension(options.extension);
  return { browser, base: `chrome-extension://${chromiumId(options.extension)}/` };
}

/**
 * Has the Firefox that there is prepare what every new headless profile of it then begins with. Without it they only
 * start more slowly.
 */
export async function prepareFirefox() {
  const executablePath = findBrowser('firefox')?.path;
  if (executablePath === undefined) return;
  await makeTemplate(executablePath, async (profile) => {
    const browser = await startFirefox(executablePath, profile);
    await browser.close();
  });
}

/**
 * Starts a Firefox, for a template or for a test, that asks nothing of anybody.
 *
 * @param {string} executablePath
 * @param {string} profile
 * @param {Pick<LaunchOptions, 'headless' | 'args' | 'prefs'>} [options]
 */
async function startFirefox(executablePath, profile, { headless = true, args = [], prefs = {} } = {}) {
  return (await driver()).launch({
    browser: 'firefox',
    executablePath,
    headless,
    userDataDir: profile,
    defaultViewport: null,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: ['--remote-allow-system-access', ...args],
    extraPrefsFirefox: { ...FIREFOX_PREFS, ...prefs },
  });
}

/** @param {LaunchOptions} options @param {string} profile */
async function launchFirefox(options, profile) {
  const id = readManifest(options.extension).browser_specific_settings?.gecko?.id;
  if (id === undefined)
    throw new Error(`${options.extension} is not a build for Firefox: its manifest has no gecko id.`);
  const uuid = firefoxUuid(profile);
  // One that was killed soon after its start would be taken for one that crashed in it, and lose all that it has compiled.
  rmSync(join(profile, '.startup-incomplete'), { force: true });
  if (options.xpi) {
    mkdirSync(join(profile, 'extensions'), { recursive: true });
    writeFileSync(join(profile, 'extensions', `${id}.xpi`), zip(readFolder(options.extension)));
  }
  const executablePath = wrapped(executableOf('firefox'), profile, options.within);
  const browser = await startFirefox(executablePath, profile, {
    ...options,
    prefs: { 'extensions.webextensions.uuids': JSON.stringify({ [id]: uuid }), ...options.prefs },
  });
  if (!options.xpi) await browser.installExtension(options.extension);
  return { browser, base: `moz-extension://${uuid}/` };
}

/**
 * The profile's own copy of the build: a browser reads an unpacked extension's files whenever it needs one, and another
 * command may build anew meanwhile.
 *
 * @param {string} profile
 * @param {string} build
 * @returns {string} the same path for the same profile
 */
function copyInto(profile, build) {
  const copy = join(profile, 'aside-extension');
  rmSync(copy, { recursive: true, force: true });
  cpSync(build, copy, { recursive: true });
  return copy;
}

/**
 * @param {string} profile
 * @returns {string | undefined} the folder outside of it in which Chromium hears whether the profile is opened twice
 */
function socketFolder(profile) {
  try {
    const folder = dirname(readlinkSync(join(profile, 'SingletonSocket')));
    return basename(folder).startsWith('org.chromium.') ? folder : undefined;
  } catch {
    // Another browser, or one that ended as it should.
    return undefined;
  }
}

/**
 * Starts a browser with the extension in it. It ends with this process at the latest.
 *
 * @param {LaunchOptions} options
 * @returns {Promise<Launched>}
 */
export async function launch(options) {
  const fresh = options.profile === undefined;
  const profile = options.profile ?? mkdtempSync(join(tmpdir(), 'aside-profile-'));
  mkdirSync(profile, { recursive: true });
  const removeProfile = () => {
    if (fresh) rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  let launched;
  try {
    const extension = await withLock(cloneLock, async () => {
      const headless = options.headless ?? true;
      if (options.browser === 'firefox' && headless) beginFromTemplate(executableOf('firefox'), profile);
      return copyInto(profile, options.extension);
    });
    const launchIt = options.browser === 'chromium' ? launchChromium : launchFirefox;
    launched = await launchIt({ ...options, extension }, profile);
  } catch (error) {
    removeProfile();
    throw error;
  }
  const { browser, base } = launched;
  const child = browser.process();
  const gone = new Promise((resolve) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) resolve(undefined);
    else child.once('exit', resolve);
  });
  const endNow = () => {
    // While the profile still says where it is: a browser that is killed leaves it behind.
    const socket = socketFolder(profile);
    signalGroup(child?.pid, 'SIGKILL');
    if (socket !== undefined) rmSync(socket, { recursive: true, force: true });
  };
  const forget = atEnd(() => {
    endNow();
    removeProfile();
  });
  return {
    kind: options.browser,
    browser,
    profile,
    base,
    open: (page) => openPage(browser, options.browser, base + page),
    async kill() {
      endNow();
      await gone;
      forget();
    },
    async close() {
      if (!fresh) {
        // A browser that does not end when asked is ended.
        const late = setTimeout(endNow, 5_000);
        await browser.close().catch(endNow);
        await gone;
        clearTimeout(late);
      }
      endNow();
      await gone;
      forget();
      removeProfile();
    },
  };
}

/** How long a page of the extension may take to be there. */
const PAGE_MILLISECONDS = 20_000;

/**
 * @param {Browser} browser
 * @param {BrowserKind} kind
 * @param {string} address
 * @returns {Promise<Page>} with its document loaded
 */
async function openPage(browser, kind, address) {
  const page = await browser.newPage();
  if (kind === 'chromium') {
    await page.goto(address, { waitUntil: 'load', timeout: PAGE_MILLISECONDS });
    return page;
  }
  // Firefox never reports the extension's own pages as loaded, although they are.
  const end = Date.now() + PAGE_MILLISECONDS;
  await page.goto(address, { waitUntil: [] });
  for (;;) {
    const state = await page
      .evaluate(() => (document.readyState === 'complete' ? location.href : ''))
      .catch(() => '');
    if (state.startsWith(address)) return page;
    if (Date.now() > end) throw new Error(`${address} did not load: it is at ${page.url()}.`);
    await new Promise((again) => setTimeout(again, 20));
  }
}
