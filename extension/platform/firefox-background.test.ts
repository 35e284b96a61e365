import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../engine/engine.ts';

/** Firefox's background page with a double of what Firefox gives it: no test can hit its keys, nor tell an event from a wait. */
const firefox = vi.hoisted(() => {
  type Listener = (...words: never[]) => void;
  const heard: Record<string, Listener> = {};
  const done: string[] = [];
  const event = (name: string) => ({
    addListener: (listener: Listener) => {
      heard[name] = listener;
    },
  });
  const note = (name: string) => async () => void done.push(name);
  vi.stubGlobal('chrome', {
    runtime: { id: 'aside', onMessage: event('message'), onUpdateAvailable: event('update') },
    browserAction: { onClicked: event('clicked') },
    notifications: { onClicked: event('notification') },
    commands: { onCommand: event('command') },
    sidebarAction: { open: note('open'), toggle: note('toggle') },
  });
  const tell = (name: string, ...words: unknown[]) =>
    (heard[name] as unknown as (...words: unknown[]) => void)(...words);
  return { done, tell };
});

const { listenToFirefox } = await import('./firefox-background.ts');

const INVITE = 'https://a.example/i#AQIDBAUGBwgJCgsMDQ4PEBES';
const asked: string[] = [];
const engine = {
  propose: async (address: string) => void asked.push(`propose ${address}`),
  handle: async ({ type }: { type: string }) => void asked.push(type),
  updateAvailable: () => asked.push('update'),
} as unknown as Engine;

beforeEach(() => {
  firefox.done.length = asked.length = 0;
  listenToFirefox(Promise.resolve(engine), (contactId) => contactId);
});

describe('the toolbar button', () => {
  it('on an open invite opens the sidebar, and never closes one that is open', async () => {
    firefox.tell('clicked', { windowId: 1, url: INVITE });
    // In the very event: after one wait the gesture is gone.
    expect(firefox.done).toEqual(['open']);
    await expect.poll(() => asked).toEqual([`propose ${INVITE}`]);
  });

  it.each(['https://a.example/', undefined])('opens and closes it on any other tab: %s', (url) => {
    firefox.tell('clicked', { windowId: 1, url });
    expect(firefox.done).toEqual(['toggle']);
    expect(asked).toEqual([]);
  });
});

describe('the keys', () => {
  it.each(['lock', 'wipe'])('for %s reach the engine, and others do not', async (command) => {
    firefox.tell('command', 'something else');
    firefox.tell('command', command);
    await expect.poll(() => asked).toEqual([command]);
  });
});
