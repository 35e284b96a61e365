import { beforeEach, expect, it, vi } from 'vitest';

const { tabs, said } = vi.hoisted(() => {
  const said: unknown[] = [];
  const tabs: { url?: string }[] = [];
  vi.stubGlobal('chrome', {
    runtime: { id: 'aside', sendMessage: async (message: unknown) => void said.push(message) },
    tabs: { query: async () => tabs },
  });
  return { tabs, said };
});

const { proposeOpenTab } = await import('./propose.ts');

const INVITE = 'https://a.example/i#AQIDBAUGBwgJCgsMDQ4PEBES';

beforeEach(() => {
  tabs.length = said.length = 0;
});

it('a popup hands an invite in the open tab to the engine', async () => {
  tabs.push({ url: INVITE });
  await proposeOpenTab();
  expect(said).toEqual([{ to: 'engine', kind: 'propose', address: INVITE }]);
});

it.each(['https://bank.example/account?secret=1', undefined])(
  'a popup tells nobody of a tab that has none: %s',
  async (url) => {
    tabs.push(url === undefined ? {} : { url });
    await proposeOpenTab();
    expect(said).toEqual([]);
  },
);
