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
  /** They outlive the page: the browser keeps them. */
  const alarms = new Map<string, unknown>();
  vi.stubGlobal('chrome', {
    runtime: {
      id: 'aside',
      onMessage: event('message'),
      onUpdateAvailable: event('update'),
      onInstalled: event('installed'),
      onStartup: event('startup'),
      reload: () => done.push(`reload with ${alarms.size} alarms`),
    },
    alarms: {
      create: async (name: string, when: unknown) => void alarms.set(name, when),
      clear: async (name: string) => alarms.delete(name),
      onAlarm: event('alarm'),
    },
    browserAction: { onClicked: event('clicked') },
    notifications: { onClicked: event('notification') },
    commands: { onCommand: event('command') },
    sidebarAction: { open: note('open'), toggle: note('toggle') },
  });
  const tell = (name: string, ...words: unknown[]) =>
    (heard[name] as unknown as (...words: unknown[]) => void)(...words);
  return { done, tell, alarms };
});

const { firefoxShell, listenToFirefox } = await import('./firefox-background.ts');

const INVITE = 'https://a.example/i#AQIDBAUGBwgJCgsMDQ4PEBES';
const asked: string[] = [];
const engine = {
  propose: async (address: string) => void asked.push(`propose ${address}`),
  handle: async ({ type }: { type: string }) => void asked.push(type),
  updateAvailable: () => asked.push('update'),
} as unknown as Engine;

beforeEach(() => {
  firefox.done.length = asked.length = 0;
  firefox.alarms.clear();
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

describe('an update', () => {
  beforeEach(async () => {
    firefox.tell('update');
    await expect.poll(() => asked).toEqual(['update']);
  });

  it('is told to the engine of the page after one that crashed too', async () => {
    expect([...firefox.alarms]).toEqual([['update', { periodInMinutes: 1 }]]);
    listenToFirefox(Promise.resolve(engine), (contactId) => contactId);
    firefox.tell('alarm', { name: 'something else' });
    firefox.tell('alarm', { name: 'update' });
    await expect.poll(() => asked).toEqual(['update', 'update']);
  });

  it.each(['startup', 'installed'])('is told no more once the browser has brought it: %s', async (event) => {
    firefox.tell(event);
    await expect.poll(() => firefox.alarms.size).toBe(0);
  });

  it('is told no more once it was reloaded, or it would be reloaded for ever', async () => {
    firefoxShell.reload();
    await expect.poll(() => firefox.done).toEqual(['reload with 0 alarms']);
  });
});
