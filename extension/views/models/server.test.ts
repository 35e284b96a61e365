import { signal } from '@preact/signals';
import { expect, it } from 'vitest';
import type { ServerView } from '../../bridge/types/snapshots.ts';
import { FakeClient } from '../testing/fake-client.ts';
import { testSurroundings } from '../testing/surroundings.ts';
import { CONNECTING_SHOWN_MS, createServer } from './server.ts';

function start(first: ServerView) {
  const client = new FakeClient();
  const { clock } = testSurroundings(client);
  const server = signal<ServerView | undefined>(first);
  return { client, clock, server, model: createServer({ client, clock }, server) };
}

it('speaks of connecting only when it takes long, whatever else changes meanwhile', () => {
  const { clock, server, model } = start({ state: 'connecting' });
  clock.pass(CONNECTING_SHOWN_MS - 1);
  server.value = { state: 'connecting' };
  expect(model.banner.value.show).toBe('nothing');
  clock.pass(1);
  expect(model.banner.value.show).toBe('connecting');
  server.value = { state: 'online' };
  expect(model.banner.value.show).toBe('nothing');
});

it('counts the seconds to the next try, and stops counting when it is over', () => {
  const { clock, server, model } = start({ state: 'unreachable', retryAt: 0 });
  const before = model.second.value;
  clock.pass(3_000);
  expect(model.second.value).toBe(before + 3_000);
  server.value = { state: 'online' };
  clock.pass(3_000);
  expect(model.second.value).toBe(before + 3_000);
});

it('tells a pass that is missing from one that is none any more', () => {
  const { server, model } = start({ state: 'pass-needed', pass: 'missing' });
  expect(model.banner.value).toEqual({ show: 'pass-needed', pass: 'missing' });
  server.value = { state: 'pass-needed', pass: 'refused' };
  expect(model.banner.value).toEqual({ show: 'pass-needed', pass: 'refused' });
  server.value = { state: 'online' };
  expect(model.banner.value).toEqual({ show: 'nothing' });
});

it('tries again and takes over when asked', async () => {
  const { client, model } = start({ state: 'elsewhere' });
  expect(model.banner.value).toEqual({ show: 'elsewhere' });
  await model.takeOver();
  await model.reconnect();
  expect(client.calls).toEqual([{ type: 'take-over' }, { type: 'reconnect' }]);
});
