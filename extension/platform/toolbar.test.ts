import { beforeEach, describe, expect, it, vi } from 'vitest';
import { en } from '../locales/en.ts';

/** What the browser is asked to show, noted; it draws all of it where no test reaches. */
const { shown, asked } = vi.hoisted(() => {
  const asked: unknown[][] = [];
  const shown = new Map<string, { title: string; message: string }>();
  const note =
    (name: string) =>
    (...words: unknown[]) => {
      asked.push([name, ...words]);
      return Promise.resolve();
    };
  const notifications = {
    create: async (tag: string, what: { title: string; message: string }) => void shown.set(tag, what),
    clear: async (tag: string) => shown.delete(tag),
    getAll: async () => Object.fromEntries([...shown.keys()].map((tag) => [tag, true])),
  };
  const action = {
    setPopup: note('setPopup'),
    setBadgeText: note('setBadgeText'),
    setBadgeBackgroundColor: note('setBadgeBackgroundColor'),
  };
  vi.stubGlobal('chrome', { runtime: { id: 'aside' }, action, notifications });
  vi.stubGlobal('location', { origin: 'chrome-extension://aside' });
  return { shown, asked };
});

const { openAs, showBadge, showNews, takeAllBack } = await import('./toolbar.ts');

beforeEach(() => {
  shown.clear();
  asked.length = 0;
});

describe('the toolbar button', () => {
  it('opens the popup by itself where the person wants that, and else is heard', () => {
    openAs('popup');
    openAs('panel');
    expect(asked).toEqual([
      ['setPopup', { popup: '/popup.html' }],
      ['setPopup', { popup: '' }],
    ]);
  });

  it('counts to 99, shows nothing for none, and a lock', () => {
    for (const badge of [0, 1, 99, 100, 'locked'] as const) showBadge(badge);
    const texts = asked.filter(([name]) => name === 'setBadgeText').map(([, words]) => words);
    expect(texts).toEqual(['', '1', '99', '99+', '\u{1F512}'].map((text) => ({ text })));
  });
});

describe('a notification', () => {
  it('says who, and how much, and never what', () => {
    showNews({ tag: 'a', about: 'message', name: 'Alice', count: 2 });
    showNews({ tag: 'b', about: 'accepted', name: 'Bob', count: 0 });
    showNews({ tag: 'c', about: 'key-changed', name: 'Carol', count: 3 });
    showNews({ tag: 'd', about: 'message', count: 1 });
    showNews({ tag: 'words', about: 'words-failed' });
    const { notifications, spoken, contact } = en;
    expect([...shown].map(([tag, { title, message }]) => [tag, title, message])).toEqual([
      ['a', 'Alice', notifications.message(2)],
      ['b', 'Bob', notifications.accepted],
      ['c', 'Carol', notifications.keyChanged],
      ['d', contact.nameless, notifications.message(1)],
      ['words', spoken.failed, notifications.wordsFailed],
    ]);
  });

  it('that an earlier start left goes with the others when all are taken back', async () => {
    for (const tag of ['a', 'b']) showNews({ tag, about: 'message', name: 'Alice', count: 1 });
    takeAllBack();
    await expect.poll(() => [...shown.keys()]).toEqual([]);
  });
});
