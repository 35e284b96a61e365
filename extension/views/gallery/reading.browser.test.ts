import { describe, expect, it } from 'vitest';
import type { App } from '../models/app.ts';
import type { FakeClient } from '../testing/fake-client.ts';
import { id, LONG, NOW, THOUSAND, theirs } from '../testing/samples.ts';
import { handsOn } from './hands.ts';
import { pageForEach } from './opened.ts';

// Reading a conversation of more messages than a page holds at once, in a real browser.

const { page, gallery } = pageForEach();

const { open, find, calls, showConversation: show } = handsOn(page, gallery);
const button = (name: string) => find('button', name);

const marked = async () => (await calls('mark-read')).length;

/** Texts of the messages of which something is in sight, from top to bottom, with where each begins. */
function inSight(): Promise<{ readonly text: string; readonly top: number }[]> {
  return page().evaluate(() => {
    const { top, bottom } =
      document.querySelector('section.thread')?.getBoundingClientRect() ?? new DOMRect();
    return [...document.querySelectorAll('li.message')].flatMap((message) => {
      const box = message.getBoundingClientRect();
      const text = message.querySelector('p')?.firstChild?.textContent ?? '';
      return box.bottom > top && box.top < bottom ? [{ text, top: Math.round(box.top) }] : [];
    });
  });
}

/** Returns by how much it can: less at either end of what is in the page. */
async function scrollBy(by: number): Promise<number> {
  const went = await page().$eval(
    'section.thread',
    (thread, px) => {
      const { scrollTop, scrollHeight, clientHeight } = thread;
      thread.scrollBy(0, px);
      return Math.max(-scrollTop, Math.min(px, scrollHeight - clientHeight - scrollTop));
    },
    by,
  );
  await painted();
  return went;
}
/** What a scroll leads to has been drawn. */
const painted = () =>
  page().evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** Scrolls until this text is in sight, and notes all texts on the way; nothing may jump. */
async function readTo(text: string, by: number): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let steps = 0; steps < 400; steps++) {
    const before = await inSight();
    for (const each of before) seen.add(each.text);
    if (before.some((each) => each.text === text)) return seen;
    const went = await scrollBy(by);
    const after = await inSight();
    const same = after.find((each) => before.some((was) => was.text === each.text));
    const was = before.find((each) => each.text === same?.text);
    if (same === undefined || was === undefined) throw new Error(`it jumped at “${before[0]?.text}”`);
    // The browser's own rounding.
    expect(Math.abs(was.top - same.top - went)).toBeLessThanOrEqual(1);
  }
  throw new Error(`never came to “${text}”`);
}

describe('a long conversation', () => {
  it('is read from its end to its beginning and back, each message in its turn, without a jump', async () => {
    await open('conversation-long');
    await show(THOUSAND);
    await page().$eval('section.thread', (thread) => thread.scrollTo(0, thread.scrollHeight));
    await painted();
    const marks = await marked();
    const up = await readTo('Message 0', -400);
    expect(up.size).toBe(1000);
    expect(await page().$$eval('li.message', (all) => all.length)).toBeLessThan(500);
    expect(await marked()).toBe(marks);
    const down = await readTo('Message 999', 400);
    expect(down.size).toBe(1000);
  });

  it('opens where the unread ones begin, says how many there are, and is read when the end is', async () => {
    await open('conversation-unread');
    const [first] = await inSight();
    expect(await page().$eval('.unread-line', (line) => line.textContent)).toBe('New');
    expect(first?.text).not.toBe('Message 999');
    expect(await marked()).toBe(0);
    await (await button('To the newest message, 128 unread')).click();
    await painted();
    expect((await inSight()).at(-1)?.text).toBe('Message 999');
    await page().waitForFunction(() => {
      const { client } = (globalThis as unknown as { gallery: { client: FakeClient } }).gallery;
      return client.calls.some(({ type }) => type === 'mark-read');
    });
  });

  it('goes to a message far up, where the focus is on it', async () => {
    await open('conversation-long');
    await show(THOUSAND);
    await page().evaluate(
      (wanted) => {
        const { app } = (globalThis as unknown as { gallery: { app: App } }).gallery;
        const place = app.place.value;
        if (place.at === 'conversation') place.conversation.goTo(wanted);
      },
      id(1000 + 300),
    );
    await painted();
    expect((await inSight()).map(({ text }) => text)).toContain('Message 300');
    expect(await page().evaluate(() => document.activeElement?.getAttribute('aria-label'))).toContain(
      LONG.name,
    );
    expect(await page().evaluate(() => document.activeElement?.textContent)).toContain('Message 300');
    // It is not kept there, and what comes is not shown before the person comes to the end.
    await show({ ...THOUSAND, messages: [...THOUSAND.messages, theirs(1000, 'Message 1000', NOW)] });
    expect((await inSight()).map(({ text }) => text)).toContain('Message 300');
    await (await button('Newer messages')).evaluate((element) => element.scrollIntoView());
    await painted();
    await (await button('To the newest message, 128 unread')).click();
    await painted();
    expect((await inSight()).at(-1)?.text).toBe('Message 1000');
  });

  it('comes to the end with what is written', async () => {
    await open('conversation-unread');
    await page().focus('textarea');
    await page().keyboard.type('Here I am');
    await page().keyboard.press('Enter');
    await painted();
    expect((await inSight()).at(-1)?.text).toBe('Message 999');
  });
});
