import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ToEnginePage } from '../bridge/background.ts';
import { chromeShell } from './chrome-engine.ts';
import { listenForMessages } from './listen.ts';
import { startEngine } from './start-engine.ts';

/** What a browser gives a page of the extension, as far as the engine's page needs it. */
const { heard } = vi.hoisted(() => {
  const heard: ((message: unknown) => void)[] = [];
  const runtime = {
    id: 'aside',
    onMessage: { addListener: (listener: (message: unknown) => void) => heard.push(listener) },
    sendMessage: async () => {},
  };
  vi.stubGlobal('chrome', { runtime });
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('navigator', { locks: { request: (_name: string, held: () => unknown) => held() } });
  return { heard };
});

afterEach(() => vi.unstubAllGlobals());

describe('the key that erases everything', () => {
  it('destroys the master key also while the engine starts, however long that takes', async () => {
    const vault = await openDB('aside', 1, {
      upgrade: (database) => void database.createObjectStore('vault'),
    });
    await vault.put('vault', new Uint8Array(32), 'master-key');
    vault.close();
    // The crypto module does not come.
    vi.stubGlobal('fetch', () => new Promise(() => {}));
    listenForMessages(startEngine(chromeShell));
    const pressed: ToEnginePage = { to: 'engine', kind: 'wipe' };
    for (const hear of heard) hear(pressed);
    await expect
      .poll(async () => {
        const looked = await openDB('aside');
        const keys = await looked.count('vault');
        looked.close();
        return keys;
      })
      .toBe(0);
  });
});
