/**
 * From pressing "Send" to the text on the other screen, over an open connection, beside a bare round trip and two bare
 * strict commits in the same browsers: what no implementation that stores before it sends could do without.
 */
import { launch } from '../launch/browsers.mjs';
import { meet, Person } from '../launch/conversation.mjs';
import { outputs } from '../launch/paths.mjs';
import { startServices } from '../launch/services.mjs';
import { connectBare, roundTrip, strictCommit } from './bare.mjs';

/** @typedef {import('../launch/programs.mjs').BrowserKind} BrowserKind */

const PAIRS = 15;
const WARM_UP = 3;
const GOAL = 1.5;

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}

/** @param {readonly [BrowserKind, BrowserKind]} kinds @param {string} server */
async function measure([forAlice, forBob], server) {
  const browsers = await Promise.all(
    [forAlice, forBob].map((browser) =>
      launch({
        browser,
        extension: browser === 'chromium' ? outputs.chrome : outputs.firefox,
        // Firefox rounds its clock to the millisecond and more.
        prefs: { 'privacy.reduceTimerPrecision': false },
      }),
    ),
  );
  const [atAlice, atBob] = browsers;
  if (!atAlice || !atBob) throw new Error('Two browsers are needed.');
  try {
    // Any file of the extension makes a page of its origin; an image has no script of its own.
    const [near, far] = await Promise.all([atAlice.open('icons/16.png'), atBob.open('icons/16.png')]);
    await connectBare(near, far);
    const [alice, bob] = await Promise.all([Person.arrive('Alice', atAlice), Person.arrive('Bob', atBob)]);
    await meet(alice, bob, server, { accepted: true });
    await Promise.all([alice, bob].map((person) => person.waitForConnection(['direct'])));
    /** @type {number[]} */
    const links = [];
    /** @type {number[]} */
    const bares = [];
    for (let at = 0; at < PAIRS + WARM_UP; at++) {
      const bare = (await roundTrip(near)) + (await strictCommit(near)) + (await strictCommit(far));
      const text = `bench ${at + 1} of ${PAIRS + WARM_UP}`;
      const link = await alice.sendTimed(text, bob);
      // The receipt has come and gone before the next bare measurement.
      await alice.waitForDelivery(text, 'delivered');
      if (at < WARM_UP) continue;
      bares.push(bare);
      links.push(link);
    }
    return { link: median(links), bare: median(bares) };
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()));
  }
}

/** @returns {Promise<import('../launch/bench.mjs').Row[]>} */
export async function run() {
  const services = await startServices({ relay: false });
  try {
    /** @type {import('../launch/bench.mjs').Row[]} */
    const rows = [];
    for (const kinds of /** @type {const} */ ([
      ['chromium', 'chromium'],
      ['chromium', 'firefox'],
    ])) {
      const { link, bare } = await measure(kinds, services.server);
      rows.push({
        name: `press to screen, ${kinds.join(' to ')}`,
        value: link,
        unit: 'ms',
        reference: bare,
        referenceName: 'bare round trip and two strict commits',
        ratio: link / bare,
        goal: `at most ${GOAL} ×`,
        ok: link / bare <= GOAL,
      });
    }
    return rows;
  } finally {
    await services.stop();
  }
}
