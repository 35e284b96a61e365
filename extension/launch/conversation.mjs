/**
 * Does what a person does with Aside, in a real browser, and finds everything by role and name only: `npm start`
 * without a display and the end-to-end tests hold their conversations with it.
 */
import { connections, deliveries, names } from './names.mjs';

/**
 * @typedef {import('puppeteer-core').Page} Page
 * @typedef {import('puppeteer-core').ElementHandle<Element>} Handle
 * @typedef {import('./browsers.mjs').Launched} Launched
 * @typedef {keyof typeof deliveries} DeliveryState
 * @typedef {keyof typeof connections} ConnectionState
 */

/**
 * @typedef {object} Shown one message as it stands on a screen
 * @property {'me' | 'them'} from
 * @property {string} text
 * @property {DeliveryState} [delivery] of my own
 */

/** Bounds every wait; a wait that is over says what was waited for and what was there. */
const PATIENCE_MILLISECONDS = 30_000;
/** Between two looks: below what a person notices, above what keeps a browser busy with being asked. */
const LOOK_AGAIN_MILLISECONDS = 40;
/** Who has waited for long looks less often: a minute's wait would cost a browser half of a processor. */
const SELDOM_MILLISECONDS = 200;
/** The part of what one has waited that the next look may come late by. */
const LATENESS = 1 / 20;

/**
 * Waits until `look` gives something.
 *
 * @template T
 * @param {string} what for the words of the error
 * @param {() => Promise<T | undefined | false>} look
 * @param {{ patience?: number, describe?: () => Promise<string> }} [options] milliseconds; what was seen instead
 * @returns {Promise<T>}
 */
export async function until(what, look, { patience = PATIENCE_MILLISECONDS, describe } = {}) {
  const start = performance.now();
  const end = start + patience;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) {
      const seen = describe ? ` ${await describe().catch(() => '')}` : '';
      throw new Error(`Waited ${Math.round(patience / 1000)} s for ${what}, in vain.${seen}`);
    }
    const late = (performance.now() - start) * LATENESS;
    const pause = Math.min(Math.max(late, LOOK_AGAIN_MILLISECONDS), SELDOM_MILLISECONDS);
    await new Promise((again) => setTimeout(again, pause));
  }
}

/**
 * For the browser's own accessibility tree. In the form that goes straight there: `::-p-aria(…)` says the same by way of
 * the page, and takes five times as long.
 *
 * @param {string} role
 * @param {string} [name] exact; any if absent
 */
export function selector(role, name) {
  if (name === undefined) return `aria/[role="${role}"]`;
  const quote = name.includes('"') ? "'" : '"';
  return `aria/[name=${quote}${name}${quote}][role="${role}"]`;
}

/** Runs in a page: notes when an article with this text comes. @param {string} text */
function watchForArticle(text) {
  const bench = /** @type {{ asideSeen?: Promise<number> }} */ (globalThis);
  bench.asideSeen = new Promise((seen) => {
    const observer = new MutationObserver(() => {
      const now = performance.timeOrigin + performance.now();
      const shown = [...document.querySelectorAll('article')].some((one) => one.textContent?.includes(text));
      if (!shown) return;
      observer.disconnect();
      seen(now);
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}

/** Runs in a page: when that was, in milliseconds since the epoch. Asked once, so that nobody looks while it is on its way. */
function seenArticle() {
  return /** @type {{ asideSeen?: Promise<number> }} */ (globalThis).asideSeen;
}

/** One person in front of one view of their browser. */
export class Person {
  /**
   * @param {string} name
   * @param {Launched} browser
   * @param {Page} page
   */
  constructor(name, browser, page) {
    this.name = name;
    this.browser = browser;
    this.page = page;
    /** How often something was pressed. */
    this.presses = 0;
  }

  /**
   * Opens a view in a browser.
   *
   * @param {string} name
   * @param {Launched} browser
   * @param {string} [view] `tab.html` unless said otherwise
   */
  static async arrive(name, browser, view = 'tab.html') {
    return new Person(name, browser, await browser.open(view));
  }

  /** All the words of the page. */
  text() {
    return this.page.evaluate(() => document.body.textContent ?? '').catch(() => '');
  }

  /** What is on the screen, in words, for errors. */
  async screen() {
    const text = await this.text();
    return `${this.name} sees: ${text.replaceAll(/\s+/g, ' ').slice(0, 600)}`;
  }

  /**
   * @template T
   * @param {string} what
   * @param {() => Promise<T | undefined | false>} look
   * @param {number} [patience] milliseconds
   */
  wait(what, look, patience = PATIENCE_MILLISECONDS) {
    return until(`${what} (${this.name})`, look, { patience, describe: () => this.screen() });
  }

  /**
   * @param {string} role
   * @param {string} [name]
   * @returns {Promise<Handle | undefined>} the first that there is now
   */
  async look(role, name) {
    // A view that draws itself anew in mid-look only means looking again.
    const [first] = await this.page.$$(selector(role, name)).catch(() => []);
    return first;
  }

  /**
   * @param {string} role
   * @param {string} name
   * @param {number} [patience] milliseconds
   */
  find(role, name, patience) {
    return this.wait(`the ${role} “${name}”`, () => this.look(role, name), patience);
  }

  /** @param {string} name @param {string} [role] */
  async press(name, role = 'button') {
    await this.#act(role, name, (handle) => handle.click());
    this.presses++;
  }

  /** @param {string} field @param {string} text */
  async type(field, text) {
    await this.#act('textbox', field, async (handle) => {
      await handle.focus();
      await handle.evaluate((element) => /** @type {HTMLInputElement} */ (element).select());
      await handle.type(text);
    });
  }

  /**
   * Finds and acts; once more from the start if the view replaced the element between the two.
   *
   * @param {string} role
   * @param {string} name
   * @param {(handle: Handle) => Promise<void>} act
   */
  async #act(role, name, act) {
    try {
      await act(await this.find(role, name));
    } catch (error) {
      if (!/detached|not clickable|no such|stale|not an Element/i.test(String(error))) throw error;
      await act(await this.find(role, name));
    }
  }

  /** First run: a name and, where none is known, a server. @param {string} server */
  async begin(server) {
    await this.type(names.yourName, this.name);
    if (!(await this.look('textbox', names.server))) await this.press(names.changeServer);
    await this.type(names.server, server);
    await this.press(names.start);
    await this.find('button', names.invite);
  }

  /** @returns {Promise<string>} the link of a new invite that is ready to be used */
  async invite() {
    await this.press(names.invite);
    const field = await this.find('textbox', names.inviteLink);
    await this.wait('the invite to be at the server', async () =>
      (await this.text()).includes(names.worksOnce),
    );
    return await field.evaluate((element) => /** @type {HTMLTextAreaElement} */ (element).value);
  }

  /** Pastes an invite and says yes. @param {string} link */
  async accept(link) {
    await this.press(names.paste);
    await this.type(names.inviteLink, link);
    await this.press(names.read);
    await this.press(names.accept);
  }

  /** Leaves a screen for the one before, if it can be left. */
  async back() {
    await (await this.look('button', names.back))?.click();
  }

  /**
   * Opens the conversation with a contact, from the list or from wherever one can go back to it, and waits until it shows
   * what was said: with that comes a draft, which would stand before what is typed sooner.
   *
   * @param {string} contact
   * @param {number} [patience] milliseconds
   */
  async openConversation(contact, patience) {
    const isShown = async () => (await this.look('region', names.messagesWith(contact))) !== undefined;
    await this.wait(
      `the conversation with ${contact}`,
      async () => {
        if (await this.look('textbox', names.messageTo(contact))) return isShown();
        const row = await this.look('button', contact);
        if (row) await row.click().catch(() => undefined);
        else await this.back().catch(() => undefined);
        return (await this.look('textbox', names.messageTo(contact))) !== undefined && isShown();
      },
      patience,
    );
    this.contact = contact;
  }

  /** Writes and presses "Send", in the open conversation. @param {string} text */
  async send(text) {
    await this.type(names.messageTo(this.contact ?? ''), text);
    await this.press(names.send);
  }

  /**
   * Sends as {@link send} does, and takes the time in the two pages themselves: looking from outside takes longer than
   * a message does. Both pages tell the time by the machine's clock, which they share.
   *
   * @param {string} text that neither has seen before
   * @param {Person} reader who has the conversation open
   * @returns {Promise<number>} milliseconds from the press to the text in the reader's page
   */
  async sendTimed(text, reader) {
    await this.type(names.messageTo(this.contact ?? ''), text);
    const button = await this.find('button', names.send);
    await reader.page.evaluate(watchForArticle, text);
    const pressed = await button.evaluate((element) => {
      const now = performance.timeOrigin + performance.now();
      /** @type {HTMLButtonElement} */ (element).click();
      return now;
    });
    const seen = await reader.page.evaluate(seenArticle);
    return (seen ?? Number.NaN) - pressed;
  }

  /** @returns {Promise<Shown[]>} the messages of the open conversation, oldest first */
  async messages() {
    const articles = await this.page.$$eval(selector('article'), (elements) =>
      elements.map((element) => {
        const text = element.textContent ?? '';
        const time = element.querySelector('time')?.textContent ?? '';
        return {
          label: element.getAttribute('aria-label') ?? '',
          text: text.slice(0, text.lastIndexOf(time)),
        };
      }),
    );
    return articles.map(({ label, text }) => {
      if (!label.startsWith(names.you)) return { from: 'them', text };
      const words = label.slice(label.lastIndexOf(', ') + 2);
      const delivery = /** @type {DeliveryState | undefined} */ (
        Object.entries(deliveries).find(([, word]) => word === words)?.[0]
      );
      return { from: 'me', text, ...(delivery ? { delivery } : {}) };
    });
  }

  /**
   * @param {string} text
   * @param {number} [patience] milliseconds
   */
  waitForMessage(text, patience) {
    return this.wait(
      `the message “${text}”`,
      async () => (await this.messages().catch(() => [])).find((message) => message.text === text),
      patience,
    );
  }

  /**
   * @param {string} text of my own message
   * @param {DeliveryState} state
   * @param {number} [patience] milliseconds
   */
  waitForDelivery(text, state, patience) {
    return this.wait(
      `“${text}” to be ${deliveries[state]}`,
      async () => {
        const all = await this.messages().catch(() => []);
        return all.find((message) => message.text === text && message.delivery === state);
      },
      patience,
    );
  }

  /** @returns {Promise<{ state: ConnectionState, roundTrip?: number } | undefined>} as the open conversation's mark says */
  async connection() {
    const labels = await this.page
      .$$eval(selector('button'), (elements) =>
        elements.map((element) => element.getAttribute('aria-label') ?? ''),
      )
      .catch(() => []);
    const label = labels.find((text) => text.startsWith(names.connection));
    if (label === undefined) return undefined;
    const [words = '', time] = label.slice(names.connection.length).split(' · ');
    const state = /** @type {ConnectionState | undefined} */ (
      Object.entries(connections).find(([, word]) => word === words)?.[0]
    );
    if (state === undefined) return undefined;
    return time === undefined ? { state } : { state, roundTrip: Number.parseFloat(time) };
  }

  /**
   * @param {readonly ConnectionState[]} states any of them will do
   * @param {number} [patience] milliseconds
   */
  waitForConnection(states, patience) {
    return this.wait(
      `the connection to be ${states.join(' or ')}`,
      async () => {
        const now = await this.connection();
        return now !== undefined && states.includes(now.state) && now;
      },
      patience,
    );
  }

  /** Accepts the contact of the open conversation, so that they may be connected to directly. */
  async letConnectDirectly() {
    const contact = this.contact ?? '';
    await this.press(names.about(contact));
    await this.press(names.hideFromContact, 'switch');
    await this.wait('the address to be shown', async () =>
      (await this.look('switch', names.hideFromContact))?.evaluate(
        (element) => element.ariaChecked === 'false',
      ),
    );
    await this.openConversation(contact);
  }

  /** From wherever the list can be reached. */
  async openSettings() {
    await this.wait('the list', async () => {
      if (await this.look('button', names.menu)) return true;
      await this.back().catch(() => undefined);
      return false;
    });
    await this.press(names.menu);
    await this.press(names.settings, 'menuitem');
  }

  /**
   * Chooses in the settings with whom to connect directly, and comes back to the list.
   *
   * @param {keyof typeof names.directWith} whom
   */
  async connectWith(whom) {
    const name = names.directWith[whom];
    await this.openSettings();
    await this.press(name, 'radio');
    await this.wait(`“${name}” to be chosen`, async () =>
      (await this.look('radio', name))?.evaluate(
        (element) => /** @type {HTMLInputElement} */ (element).checked,
      ),
    );
    await this.back();
    await this.find('button', names.invite);
  }
}

/**
 * Two people who have never met become contacts: one invites, the other accepts, both open the conversation.
 *
 * @param {Person} alice
 * @param {Person} bob
 * @param {string} server
 * @param {{ hidden?: boolean, accepted?: boolean }} [options] whether both hide their addresses from everybody, or
 *   show them to each other at once
 */
export async function meet(alice, bob, server, { hidden = false, accepted = false } = {}) {
  await Promise.all(
    [alice, bob].map(async (person) => {
      await person.begin(server);
      if (hidden) await person.connectWith('nobody');
    }),
  );
  await bob.accept(await alice.invite());
  await Promise.all([alice.openConversation(bob.name), bob.openConversation(alice.name)]);
  if (accepted) await Promise.all([alice.letConnectDirectly(), bob.letConnectDirectly()]);
}
