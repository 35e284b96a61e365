/** Starts the one engine of a profile: the Web Lock keeps a second one waiting until the first is gone. */
import { ENGINE_LOCK } from '../bridge/channel.ts';
import { serve } from '../bridge/server.ts';
import { systemClock } from '../engine/clock.ts';
import { Engine } from '../engine/engine.ts';
import type { Shell } from '../engine/shell.ts';
import { listenForSteps } from '../engine/steps.ts';
import { cryptoModule } from './crypto-module.ts';
import { workInWorker } from './passphrase-worker.ts';

/**
 * Resolves with the engine once the lock is this page's, which then starts: erasing waits for no start that takes long.
 * The lock is held until the page ends.
 */
export function startEngine(shell: Shell): Promise<Engine> {
  return new Promise((resolve) => {
    void navigator.locks.request(ENGINE_LOCK, async () => {
      if (__ASIDE_STEP_HOOKS__) listenForSteps();
      const engine = new Engine({
        shell,
        module: cryptoModule,
        passphraseWork: workInWorker(systemClock),
        ...(__ASIDE_DEFAULT_SERVER__ === '' ? {} : { defaultServer: __ASIDE_DEFAULT_SERVER__ }),
      });
      serve(engine);
      addEventListener('online', () => engine.online());
      void engine.start();
      resolve(engine);
      await new Promise<never>(() => {});
    });
  });
}
