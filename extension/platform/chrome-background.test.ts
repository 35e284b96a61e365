import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ToBackground, ToEnginePage } from '../bridge/background.ts';

/**
 * Chrome's service worker with a double of what Chrome gives it. Tests load the extension unpacked, where Chrome says that it
 * was installed at every start and never that the browser was started: that way is only here.
 */
const chrome_ = vi.hoisted(() => {
  type Listener = (...words: never[]) => void;
  const heard: Record<string, Listener[]> = {};
  const said: unknown[] = [];
  const alarms: unknown[][] = [];
  let pages = 0;
  let made = 0;
  const forgetListeners = () => {
    for (const name of Object.keys(heard)) delete heard[name];
  };
  const event = (name: string) => ({
    addListener: (listener: Listener) => {
      heard[name] = [...(heard[name] ?? []), listener];
    },
  });
  const double = {
    runtime: {
      id: 'aside',
      ContextType: { OFFSCREEN_DOCUMENT: 'OFFSCREEN_DOCUMENT' },
      getContexts: async () => Array.from({ length: pages }, () => ({})),
      reload: () => {},
      sendMessage: async (message: unknown) => void said.push(message),
      onInstalled: event('installed'),
      onStartup: event('startup'),
      onUpdateAvailable: event('update'),
      onMessage: event('message'),
    },
    offscreen: {
      Reason: { WEB_RTC: 'WEB_RTC' },
      createDocument: async () => {
        made++;
        // As Chrome does.
        if (pages > 0) throw new Error('Only a single offscreen document may be created.');
        pages++;
      },
    },
    alarms: {
      create: async (...words: unknown[]) => void alarms.push(words),
      clear: async (name: string) => {
        alarms.splice(0, alarms.length, ...alarms.filter(([set]) => set !== name));
        return true;
      },
      onAlarm: event('alarm'),
    },
    action: { onClicked: event('clicked') },
    notifications: { onClicked: event('notification') },
    commands: { onCommand: event('command') },
    sidePanel: { open: async () => {} },
  };
  vi.stubGlobal('chrome', double);
  return {
    double,
    said,
    alarms,
    tell: (name: string, ...words: unknown[]) => {
      for (const listener of heard[name] ?? []) (listener as (...words: unknown[]) => void)(...words);
    },
    get made() {
      return made;
    },
    get pages() {
      return pages;
    },
    crash: () => {
      pages = 0;
    },
    forgetListeners,
    forget: () => {
      forgetListeners();
      said.length = 0;
      alarms.length = 0;
      pages = 0;
      made = 0;
    },
  };
});

beforeEach(async () => {
  chrome_.forget();
  // Each life of the worker remembers nothing of the one before.
  vi.resetModules();
  const { startChromeBackground } = await import('./chrome-background.ts');
  startChromeBackground((contactId) => contactId);
  await vi.waitFor(() => expect(chrome_.pages).toBe(1));
});

const wake: ToBackground = { to: 'background', kind: 'wake' };

describe('the engine’s page', () => {
  it.each([
    ['the browser starts', 'startup'],
    ['Aside is installed or updated', 'installed'],
    ['the alarm rings', 'alarm', { name: 'ensure-engine' }],
    ['a view asks', 'message', wake],
    ['a key is hit', 'command', 'lock'],
  ])('is made again when it is gone and %s', async (_when, name, ...words) => {
    chrome_.crash();
    chrome_.tell(name, ...words);
    await vi.waitFor(() => expect(chrome_.pages).toBe(1));
  });

  it('is looked after once a minute', () => {
    expect(chrome_.alarms).toEqual([[expect.any(String), { periodInMinutes: 1 }]]);
  });

  it('is made once, whoever asks for it at the same time', async () => {
    chrome_.crash();
    const before = chrome_.made;
    for (const name of ['startup', 'installed', 'alarm']) chrome_.tell(name, { name: 'ensure-engine' });
    chrome_.tell('message', wake);
    await vi.waitFor(() => expect(chrome_.pages).toBe(1));
    // Whoever came too late for that would have asked by now.
    await new Promise((resolve) => setImmediate(resolve));
    expect(chrome_.made - before).toBe(1);
  });

  it('is told what a view said to it while it was gone, and not twice what it heard itself', async () => {
    const said: ToEnginePage = { to: 'engine', kind: 'propose', address: 'https://a.example/i#x' };
    chrome_.tell('message', said);
    await new Promise((resolve) => setImmediate(resolve));
    expect(chrome_.said).toEqual([]);
    chrome_.crash();
    chrome_.tell('message', said);
    await vi.waitFor(() => expect(chrome_.said).toEqual([said]));
    expect(chrome_.pages).toBe(1);
  });

  it('is told also what a view said while it was on its way', async () => {
    const said: ToEnginePage = { to: 'engine', kind: 'propose', address: 'https://a.example/i#x' };
    chrome_.crash();
    chrome_.tell('message', wake);
    chrome_.tell('message', said);
    await vi.waitFor(() => expect(chrome_.said).toEqual([said]));
  });

  it('is told of a key also where an earlier life of the worker is just making it', async () => {
    const { createDocument } = chrome_.double.offscreen;
    chrome_.crash();
    chrome_.double.offscreen.createDocument = async () => {
      await createDocument();
      throw new Error('Only a single offscreen document may be created.');
    };
    chrome_.tell('command', 'lock');
    await vi.waitFor(() => expect(chrome_.said).toEqual([{ to: 'engine', kind: 'lock' }]));
    chrome_.double.offscreen.createDocument = createDocument;
  });

  describe('is told of an update', () => {
    const update: ToEnginePage = { to: 'engine', kind: 'update-available' };
    const everyMinute = { periodInMinutes: 1 };

    beforeEach(async () => {
      chrome_.tell('update');
      await vi.waitFor(() => expect(chrome_.said).toEqual([update]));
      expect(chrome_.alarms).toContainEqual(['update', everyMinute]);
    });

    it('and so is the page after one that crashed, also by a later life of the worker', async () => {
      chrome_.crash();
      vi.resetModules();
      const { startChromeBackground } = await import('./chrome-background.ts');
      chrome_.forgetListeners();
      startChromeBackground((contactId) => contactId);
      await vi.waitFor(() => expect(chrome_.pages).toBe(1));
      chrome_.tell('alarm', { name: 'update' });
      await vi.waitFor(() => expect(chrome_.said).toEqual([update, update]));
    });

    it.each(['startup', 'installed'])('and no more once the browser has brought it: %s', async (event) => {
      chrome_.tell(event);
      await vi.waitFor(() => expect(chrome_.alarms).not.toContainEqual(['update', everyMinute]));
    });

    it('and no more once it was reloaded, or it would be reloaded for ever', async () => {
      const order: unknown[] = [];
      chrome_.double.runtime.reload = () => void order.push([...chrome_.alarms]);
      chrome_.tell('message', { to: 'background', kind: 'reload' } satisfies ToBackground);
      await vi.waitFor(() => expect(order).toHaveLength(1));
      expect(order[0]).not.toContainEqual(['update', everyMinute]);
    });
  });

  it.each(['lock', 'wipe'])('is told of the key for %s, and of no other', async (command) => {
    chrome_.tell('command', 'something else');
    chrome_.tell('command', command);
    await vi.waitFor(() => expect(chrome_.said).toEqual([{ to: 'engine', kind: command }]));
  });

  it('is told of the open tab when the button is pressed, after the panel was opened', async () => {
    const order: string[] = [];
    chrome_.double.sidePanel.open = async () => void order.push('opened');
    chrome_.tell('clicked', { windowId: 1, url: 'https://a.example/i#x' });
    // In the very event: after one wait the gesture is gone.
    expect(order).toEqual(['opened']);
    await vi.waitFor(() =>
      expect(chrome_.said).toEqual([{ to: 'engine', kind: 'propose', address: 'https://a.example/i#x' }]),
    );
  });
});
