import 'fake-indexeddb/auto';
import { cryptoModule } from '@aside/wasm-crypto/testing';
import { expect, it, vi } from 'vitest';
import type { AppSnapshot } from '../bridge/types/snapshots.ts';
import { Engine } from './engine.ts';
import { workHere } from './storage/passphrase-work.ts';

// In a file of its own: whoever has loaded the module once has it for good.
it('starts when a view opens where the crypto module could not be read, without a restart of the browser', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  const lost = () => Promise.reject<Response>(new TypeError('Failed to fetch'));
  const module = vi.fn<() => Promise<Response> | Uint8Array<ArrayBuffer>>(lost);
  const shell = { badge() {}, notify() {}, dismiss() {}, dismissAll() {}, openAs() {}, reload() {} };
  const engine = new Engine({
    shell,
    module,
    databaseName: `module-${process.pid}`,
    passphraseWork: workHere(),
  });
  const phases: AppSnapshot['phase'][] = [];
  engine.watch({ topic: 'app' }, ({ phase }) => phases.push(phase));
  await engine.start();
  await expect.poll(() => phases.at(-1)).toBe('storage-failed');
  expect(logged).toHaveBeenCalledWith('Aside: CryptoError not-ready');
  engine.viewsOpen(1);
  await expect.poll(() => module.mock.calls.length).toBe(2);
  await expect.poll(() => phases.filter((phase) => phase === 'storage-failed').length).toBe(2);
  module.mockImplementation(cryptoModule);
  // A view that ends asks for nothing.
  engine.viewsOpen(0);
  engine.viewsOpen(1);
  await expect.poll(() => phases.at(-1)).toBe('first-run');
  expect(module).toHaveBeenCalledTimes(3);
  // Nor does one that opens where all is well.
  engine.viewsOpen(2);
  await engine.stop();
  expect(module).toHaveBeenCalledTimes(3);
  logged.mockRestore();
});
